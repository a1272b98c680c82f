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

With `before`, a question is about the app as it was before its files were changed.

`explain.version()` changes when the answer to the same question may have changed.

`compare()` returns {before, after, changes, problems}: what the app would do differently since its
files were changed. `before` and `after` name the versions; a change is {kind, rule, source, lines,
examples: [{text, kind, channel, before, after}]}, where `lines` counts those with another answer.
The `kind` of an example is "dm" in a direct message, and "" if it's no message; `channel` is a
name. `problems` says why a version doesn't start.

`why({channel, ts})` returns {verdict, steps: [{at, text}], now: […], remedy}: what became of a
message by the app's own record, what its text would do now, and what to do. `at` is in seconds
since 1970.

`health()` returns {parts, problem, last_error}, all optional. `parts` is a list of
{name, state: "ok" | "down" | "unknown", note}; `last_error` is {at, text} or None. `problem` says
why the app doesn't run as its files say; the page shows it until it is "".

A `notice` in the feed, with a `text`, is shown on the page for a moment.
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
        self.compare: Callable[[], Json] | None = None
        self.why: Callable[[Json], Json] | None = None
        self.health: Callable[[], Json] | None = None

    def names(self) -> list[str]:
        """Return the names of those that the app provides."""
        return [name for name, extension in vars(self).items() if extension is not None]
