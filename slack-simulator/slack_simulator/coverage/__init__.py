"""What of Slack is simulated: its methods and events, and how far each goes.

methods.txt and events.txt are Slack's own lists, as slack_sdk for Python and @slack/web-api and
@slack/types for JavaScript have them, and one method that only Slack's samples use. `python -m
slack_simulator.coverage` prints COVERAGE.md.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from slack_simulator.blocks import rules
from slack_simulator.coverage.limits import BLOCK_LIMITS, EVENT_LIMITS, METHOD_LIMITS, RETIRED
from slack_simulator.events.examples import EXAMPLES
from slack_simulator.events.payloads import EVERY_EVENT
from slack_simulator.web_api.methods import METHODS

_FOLDER = Path(__file__).parent

#: Events that aren't sent because something changed, but by a call of the simulator.
ON_CALL = {
    "app_rate_limited": "sent by `app_rate_limited()`",
    **dict.fromkeys(EXAMPLES, "an example, sent by `deliver_example()`"),
}


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
    if method in RETIRED:
        return f"{method} isn't simulated: {RETIRED[method]}"
    answer = f'slack.web_api.answer("{method}", {{…}})'
    return f"{method} isn't simulated yet: give its answer with {answer}, or POST /sim/answers"


def document() -> str:
    """Return the content of COVERAGE.md."""
    methods, events = slack_methods(), slack_events()
    simulated = [name for name in methods if name in METHODS]
    sent = [name for name in events if name in EVERY_EVENT | ON_CALL.keys()]
    happen = len(events & EVERY_EVENT)
    return "\n".join(
        [
            "# Coverage",
            "",
            "`python -m slack_simulator.coverage` writes this file; a test compares it with the",
            "code. The lists of methods and events are those of Slack's SDKs for Python and",
            "JavaScript.",
            "",
            f"- {len(simulated)} of {len(methods)} Web API methods",
            f"- {happen} of {len(events)} event types, and examples of the others",
            f"- {len(rules.known())} types of blocks",
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
            "## Blocks",
            "",
            *_table("Block", rules.known(), BLOCK_LIMITS),
            "",
            "## Not yet",
            "",
            *_families(methods - METHODS.keys() - RETIRED.keys()),
            "",
            "## Retired by Slack",
            "",
            *(f"- `{name}`: {why}" for name, why in sorted(RETIRED.items())),
            "",
        ]
    )


def _table(title: str, names: Iterable[str], limits: Mapping[str, str]) -> Iterator[str]:
    yield f"| {title} | Simulated |"
    yield "|---|---|"
    for name in sorted(names):
        yield f"| `{name}` | {f'partly: {limits[name]}' if name in limits else 'fully'} |"


def _families(names: Iterable[str]) -> Iterator[str]:
    """Yield a line for each family of methods, as those of `admin`."""
    by_family = itertools.groupby(sorted(names), lambda name: name.partition(".")[0])
    for family, members in by_family:
        yield f"- {family}: " + ", ".join(f"`{name}`" for name in members)
