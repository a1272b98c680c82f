"""What of Slack is simulated: its methods and events, and how far each goes.

methods.txt and events.txt are Slack's own lists, as slack_sdk for Python and @slack/web-api and
@slack/types for JavaScript have them. `python -m slack_simulator.coverage` prints COVERAGE.md.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from slack_simulator.coverage.limits import EVENT_LIMITS, METHOD_LIMITS
from slack_simulator.events.payloads import EVERY_EVENT
from slack_simulator.web_api.methods import METHODS

_FOLDER = Path(__file__).parent

#: Events that aren't sent because something changed, but by a call of the simulator.
ON_CALL = {"app_rate_limited": "sent by `app_rate_limited()`"}


@functools.cache
def slack_methods() -> frozenset[str]:
    """Return the names of all Web API methods that Slack has."""
    return frozenset((_FOLDER / "methods.txt").read_text().split())


@functools.cache
def slack_events() -> frozenset[str]:
    """Return the types of all events that Slack sends."""
    return frozenset((_FOLDER / "events.txt").read_text().split())


def advice(method: str) -> str:
    """Return what to do about a call of a method that isn't simulated."""
    if method not in slack_methods():
        return f"Slack's SDKs know no method {method}: is it misspelled?"
    answer = f'slack.web_api.answer("{method}", {{…}})'
    return f"{method} isn't simulated yet: give its answer with {answer}, or POST /sim/answers"


def document() -> str:
    """Return the content of COVERAGE.md."""
    methods, events = slack_methods(), slack_events()
    simulated = [name for name in methods if name in METHODS]
    sent = [name for name in events if name in EVERY_EVENT or name in ON_CALL]
    return "\n".join(
        [
            "# Coverage",
            "",
            "`python -m slack_simulator.coverage` writes this file; a test compares it with the",
            "code. The lists of methods and events are those of Slack's SDKs for Python and",
            "JavaScript.",
            "",
            f"- {len(simulated)} of {len(methods)} Web API methods",
            f"- {len(sent)} of {len(events)} event types",
            "",
            "Any other method is answered with `unknown_method`. The answer and the page say how",
            "to give one of your own. Any event can be sent by hand with `deliver(…)`.",
            "",
            "## Web API methods",
            "",
            *_table("Method", simulated, METHOD_LIMITS),
            "",
            "## Events",
            "",
            *_table("Event", sent, {**EVENT_LIMITS, **ON_CALL}),
            "",
            "## Not yet",
            "",
            *_families("Methods", methods - METHODS.keys()),
            "",
            *_families("Events", events.difference(sent)),
            "",
        ]
    )


def _table(title: str, names: Iterable[str], limits: Mapping[str, str]) -> Iterator[str]:
    yield f"| {title} | Simulated |"
    yield "|---|---|"
    for name in sorted(names):
        yield f"| `{name}` | {f'partly: {limits[name]}' if name in limits else 'fully'} |"


def _families(title: str, names: Iterable[str]) -> Iterator[str]:
    yield f"{title}: " + ", ".join(f"`{name}`" for name in sorted(names)) + "."
