"""What an app can tell the page about itself. The simulator knows none of it; it passes it on.

`explain(question)` says what the app would do with a message. The question has `text` (what a
member types), `channel` (a name), `kind` (as an event's `channel_type`), `user` (a name) and, if a
message that was sent is meant, its `event_id`, `event` and `files` (names and texts).
The answer has

    addressed   whether the app takes the message as said to it
    outcomes    [{rule, source, line, emoji: […], replies: [{text, attachment, manner: […]}],
                notes: […], failure: {error, source, line}, entry}], all but `rule` optional
    near        [{rule, source, line, why, entry}]: what did not fire, and why
    names       {id: name} of users and channels that the replies mention and Slack does not know
    problems    […]: why nothing can be said, such as a broken file

`explain.version()` changes when the same question might be answered otherwise.

`health()` gives the app's parts: [{name, state: "ok" | "down" | "unknown", note}], and its last
error, {at, text} or None: {parts, last_error}.
"""

from collections.abc import Callable
from typing import Protocol

from slack_simulator.workspace.objects import Json


class Explainer(Protocol):
    """Says what an app would do."""

    def __call__(self, question: Json) -> Json:
        """Answer a question; any exception is shown on the page."""
        ...

    def version(self) -> str:
        """Return a word that changes with the app's rules."""
        ...


class Extensions:
    """What the app offers; None where it offers nothing."""

    def __init__(self) -> None:
        self.explain: Explainer | None = None
        self.health: Callable[[], Json] | None = None
