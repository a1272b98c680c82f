"""What an app can report to the page about itself. The simulator passes it on uninterpreted.

`explain(question)` says what the app would do with a message. The question has `text` (as a
member types it), `channel` (a name), `kind` (an event's `channel_type`) and `user` (a name). If it
is about a message that was sent, it also has `event_id`, `event` and `files` (name → text).
The answer has

    addressed   whether the app considers the message addressed to it
    outcomes    [{rule, source, line, emoji: […], replies: [{text, attachment, manner: […]}],
                notes: […], failure: {error, source, line}, entry}], all but `rule` optional
    near        [{rule, source, line, why, entry}]: the rules that nearly fired, and why they didn't
    names       {id: name} of users and channels that the replies mention but the workspace lacks
    problems    […]: why there is no answer, such as a broken file

`explain.version()` changes when the answer to the same question may have changed.

`health()` returns {parts, last_error}. `parts` is a list of
{name, state: "ok" | "down" | "unknown", note}; `last_error` is {at, text} or None.
"""

from collections.abc import Callable
from typing import Protocol

from slack_simulator.workspace.objects import Json


class Explainer(Protocol):
    """Explain what an app would do with a message."""

    def __call__(self, question: Json) -> Json:
        """Answer a question. The page shows any exception that is raised."""
        ...

    def version(self) -> str:
        """Return a string that changes with the app's rules."""
        ...


class Extensions:
    """The extensions that the app provides; None for those it doesn't."""

    def __init__(self) -> None:
        self.explain: Explainer | None = None
        self.health: Callable[[], Json] | None = None
