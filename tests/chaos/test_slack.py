"""Fault 4: Slack is slow, refuses, fails, is cut off, or talks nonsense."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from slack_simulator import Fault, Simulator
from slack_simulator.feed.recordings import Call

from .harness import wait_until
from .load import EVERY_KIND, POSTED, Kind, Load
from .trial import Trial

POST = "chat.postMessage"
EACH = 6
"""How many messages each fault meets; it strikes four times."""

on_posts = partial(Fault, method=POST, times=4)

# Each in a channel of its own, all at once.
FAULTS = {
    "general": ("429, Retry-After 2 s", on_posts(kind="ratelimited", retry_after=2)),
    "remotemeetup": ("500, not done", on_posts(kind="server_error", status=500)),
    "jobs": ("500, done all the same", on_posts(kind="server_error", status=500, done=True)),
    "modules": ("503, not done", on_posts(kind="server_error", status=503)),
    "reviews": ("3 s late", on_posts(kind="slow", seconds=3)),
    "aws": ("done, answered after the time-out", on_posts(kind="slow_after", seconds=9)),
    "bbq": ("cut before it is done", on_posts(kind="cut_before")),
    "devops": ("cut after it is done", on_posts(kind="cut_after")),
    "goreviews": ("cut in the middle of the answer", on_posts(kind="cut_during")),
    "performance": ("a web page, not done", on_posts(kind="wrong_content_type")),
    "security": ("a web page, done", on_posts(kind="wrong_content_type", done=True)),
    "gotimefm": ("internal_error, not done", on_posts(kind="error", error="internal_error")),
    "showandtell": (
        "internal_error, done",
        on_posts(kind="error", error="internal_error", done=True),
    ),
}
TOO_LATE = "golang-cls"


def run(trial: Trial, places: Sequence[str] = Load.PLACES, kinds: Sequence[Kind] = POSTED) -> Load:
    """Say something in each of these places; give it once all is over."""
    trial.slack.latency = 0.05
    load = trial.load(EACH * len(places), 20.0, places, kinds)
    trial.finish(load)
    return load


def calls_by_event(slack: Simulator) -> dict[str, list[Call]]:
    calls: defaultdict[str, list[Call]] = defaultdict(list)
    for call in slack.calls(POST):
        calls[call.arguments["metadata"]["event_payload"]["event_id"]].append(call)
    return calls


def test_what_goes_wrong_with_calls_loses_and_doubles_nothing(trial: Trial) -> None:
    for channel, (_, fault) in FAULTS.items():
        fault.channel, fault.hits = channel, 0
        trial.slack.faults.add(fault)
    too_late = trial.slack.faults.add(Fault(kind="slow", channel=TOO_LATE, seconds=18, method=POST))
    load = run(trial, [*FAULTS, TOO_LATE])

    def is_done() -> bool:
        return any(call.seconds > too_late.seconds for call in trial.slack.calls(POST))

    wait_until(is_done, 20, "the call that was given up long ago is done")
    calls = calls_by_event(trial.slack)
    for channel, (name, fault) in FAULTS.items():
        events = [event for event, asked in load.said.items() if asked.place == channel]
        assert fault.hits == fault.times, f"{name}: it did not strike"
        trial.check(f"Slack: {name} x{fault.hits}", trial.judge.verdict(load.said, count=events))
        if fault.kind == "ratelimited":
            twice = [calls[event] for event in events if calls[event][1:]]
            assert min(second.at - first.at for first, second, *_ in twice) >= fault.retry_after, (
                "Retry-After was not honoured"
            )
    events = [event for event, asked in load.said.items() if asked.place == TOO_LATE]
    verdict = trial.judge.verdict(load.said, count=events)
    window = "it is done after the bot has looked for it"
    trial.table.add(f"Slack: does a call 18 s late x{too_late.hits}", verdict, window=window)
    assert verdict.lost == 0
    assert verdict.doubled <= too_late.hits
    assert not trial.inside.all_dead()


def test_slack_gone_for_some_seconds(trial: Trial) -> None:
    trial.slack.latency = 0.05
    load = trial.load(36, 12.0)
    time.sleep(1)
    with trial.slack.away():
        time.sleep(3)
    trial.check("Slack gone for 3 s", load)


def test_everything_fails_at_once(trial: Trial) -> None:
    """Every call alike, for some seconds, each in its own way."""
    for fault in (
        Fault(kind="ratelimited", retry_after=1, times=6),
        Fault(kind="cut_after", method=POST, times=6),
        Fault(kind="server_error", times=8),
        Fault(kind="cut_during", times=6),
        Fault(kind="wrong_content_type", times=6),
    ):
        trial.slack.faults.add(fault)
    trial.check("Slack: several of these, any method", run(trial, kinds=EVERY_KIND))


def test_history_that_cannot_be_read_leaves_a_doubtful_reply_unsaid(trial: Trial) -> None:
    """A window that cannot be closed: it may stand there, and nobody may look."""
    histories = {"channels:history", "groups:history", "im:history", "mpim:history"}
    trial.slack.web_api.scopes = set(trial.slack.web_api.scopes) - histories
    trial.slack.faults.add(Fault(kind="cut_before", method=POST, times=2, skip=4))
    load = run(trial)
    told = "outcome unknown and lookup refused"
    silent = [line for line in trial.bot.lines() if str(line.get("event")).startswith(told)]
    unanswered = trial.judge.unanswered(load.said)
    assert {line["event_id"] for line in silent} == unanswered
    assert len(silent) == 2
    assert all("missing_scope" in line["call"] for line in silent)
    verdict = trial.judge.verdict(load.said)
    window = "in doubt and unable to look, it stays silent"
    trial.table.add("Slack: cut, and history unreadable x2", verdict, window=window)
    assert verdict.doubled == 0
