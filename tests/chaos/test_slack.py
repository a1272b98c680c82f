"""Fault 4: Slack is slow, refuses, fails, is cut off, or talks nonsense."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

import pytest

from slack_simulator import Fault, Simulator
from slack_simulator.feed.recordings import Call
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import history
from slack_simulator.workspace.objects import Json, Message

from .harness import Bot, Inside, wait_until
from .load import JOINS, POSTED, Asked, Judge, Load, event_of
from .table import Table

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
REFUSED = {
    "general": "channel_not_found",
    "remotemeetup": "msg_too_long",
    "jobs": "no_permission",
    "modules": "is_archived",
}


def run(slack: Simulator, inside: Inside, places: Sequence[str], rate: float = 20.0) -> Load:
    """Say something in each of these places; give it once all is over."""
    slack.latency = 0.05
    load = Load(slack, EACH * len(places), rate, places, POSTED)
    load.start()
    load.finish()
    inside.wait_until_over(slack)
    return load


def calls_by_event(slack: Simulator) -> dict[str, list[Call]]:
    calls: defaultdict[str, list[Call]] = defaultdict(list)
    for call in slack.calls(POST):
        calls[call.arguments["metadata"]["event_payload"]["event_id"]].append(call)
    return calls


def test_what_goes_wrong_with_calls_loses_and_doubles_nothing(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    for channel, (_, fault) in FAULTS.items():
        fault.channel, fault.hits = channel, 0
        slack.faults.add(fault)
    too_late = slack.faults.add(Fault(kind="slow", channel=TOO_LATE, seconds=18, method=POST))
    load = run(slack, inside, [*FAULTS, TOO_LATE])
    wait_until(
        lambda: any(call.seconds > too_late.seconds for call in slack.calls(POST)),
        20,
        "the call that was given up long ago is done",
    )
    calls = calls_by_event(slack)
    for channel, (name, fault) in FAULTS.items():
        events = [event for event, where in load.where.items() if where == channel]
        assert fault.hits == fault.times, f"{name}: it did not strike"
        table.check(f"Slack: {name} x{fault.hits}", judge.verdict(load.said, count=events))
        if fault.kind == "ratelimited":
            waits = [
                calls[event][1].at - calls[event][0].at for event in events if calls[event][1:]
            ]
            assert waits
            assert min(waits) >= fault.retry_after, "Retry-After was not honoured"
    events = [event for event, where in load.where.items() if where == TOO_LATE]
    verdict = judge.verdict(load.said, count=events)
    table.add(
        f"Slack: does a call 18 s late x{too_late.hits}",
        verdict,
        window="it is done after the bot has looked for it",
    )
    assert verdict.lost == 0
    assert verdict.doubled <= too_late.hits
    assert not inside.all_dead_letters()


def test_slack_gone_for_some_seconds(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    slack.latency = 0.05
    load = Load(slack, 36, 12.0)
    load.start()
    time.sleep(1)
    with slack.away():
        time.sleep(3)
    load.finish()
    inside.wait_until_over(slack)
    table.check("Slack gone for 3 s", judge.verdict(load.said))


def test_everything_fails_at_once(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    """Posts and look-ups alike, for some seconds, each in its own way."""
    for fault in (
        Fault(kind="ratelimited", retry_after=1, times=6),
        Fault(kind="cut_after", method=POST, times=6),
        Fault(kind="server_error", times=8),
        Fault(kind="cut_during", times=6),
        Fault(kind="wrong_content_type", times=6),
    ):
        slack.faults.add(fault)
    load = run(slack, inside, Load.PLACES)
    table.check("Slack: several of these, any method", judge.verdict(load.said))


def test_posts_that_the_history_shows_late_are_not_said_again(
    bot: Bot,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late, shapes = 4.0, history._shapes

    def older(caller: Caller, arguments: Arguments, found: Iterable[Message]) -> list[Json]:
        shown = [each for each in found if time.time() - float(each.ts) > late]
        return shapes(caller, arguments, shown)

    monkeypatch.setattr(history, "_shapes", older)
    cut = slack.faults.add(Fault(kind="cut_after", method=POST, times=6))
    load = run(slack, inside, Load.PLACES)
    verdict = judge.verdict(load.said)
    table.check(f"Slack: cut after it is done x{cut.hits}, history {late:.0f} s late", verdict)


def test_a_permanent_refusal_is_logged_once_and_not_tried_again(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    for channel, error in REFUSED.items():
        fault = Fault(kind="error", method=POST, channel=channel, error=error, times=3, skip=2)
        slack.faults.add(fault)
    load = run(slack, inside, list(REFUSED))
    calls = calls_by_event(slack)
    assert all(len(calls[event]) == 1 for event in load.said), "it was tried again"
    errors = {event: calls[event][0].error for event in load.said if calls[event][0].error}
    assert Counter(errors.values()) == dict.fromkeys(REFUSED.values(), 3)
    lines = [line for line in bot.lines() if line.get("event") == "slack rejected it"]
    assert sorted((line["event_id"], line["error"]) for line in lines) == sorted(errors.items())
    others = judge.verdict(load.said, count=set(load.said) - set(errors))
    table.check("Slack refuses for good: the others", others, f"{len(errors)} refused, logged once")
    assert not inside.all_dead_letters()


def test_history_that_cannot_be_read_leaves_a_doubtful_reply_unsaid(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    """A window that cannot be closed: it may stand there, and nobody may look."""
    histories = {"channels:history", "groups:history", "im:history", "mpim:history"}
    slack.web_api.scopes = set(slack.web_api.scopes) - histories
    slack.faults.add(Fault(kind="cut_before", method=POST, times=2, skip=4))
    load = run(slack, inside, Load.PLACES)
    silent = [
        line
        for line in bot.lines()
        if str(line.get("event")).startswith("outcome unknown and lookup refused")
    ]
    unanswered = judge.unanswered(load.said)
    assert {line["event_id"] for line in silent} == unanswered
    assert len(silent) == 2
    assert all("missing_scope" in line["call"] for line in silent)
    verdict = judge.verdict(load.said)
    table.add(
        "Slack: cut, and history unreadable x2",
        verdict,
        window="in doubt and unable to look, it stays silent",
    )
    assert verdict.doubled == 0


# What is not a reply.


def test_a_reaction_in_doubt_is_there_once(bot: Bot, slack: Simulator, inside: Inside) -> None:
    slack.faults.add(Fault(kind="cut_after", method="reactions.add"))
    slack.faults.add(Fault(kind="cut_before", method="reactions.add"))
    slack.faults.add(Fault(kind="server_error", method="reactions.add"))
    for _ in range(3):
        slack.say("such a bbq")
    slack.wait_for_reactions(3, timeout=20)
    inside.wait_until_over(slack)
    assert len(slack.reactions()) == 3


def test_a_team_join_gets_one_welcome(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    slack.faults.add(Fault(kind="server_error", method="conversations.open", done=True))
    slack.faults.add(Fault(kind="ratelimited", method=POST))
    slack.faults.add(Fault(kind="cut_after", method=POST))
    joined = time.monotonic()
    event = slack.join_team().event_id
    assert event
    inside.wait_until_over(slack)
    table.check("Slack: a welcome to the team", judge.verdict({event: Asked(JOINS, event, joined)}))


def test_an_ephemeral_message_in_doubt_may_be_repeated(
    bot: Bot, slack: Simulator, inside: Inside, table: Table, judge: Judge
) -> None:
    """A window that cannot be closed: Slack lets nobody look for an ephemeral message."""
    inside.run_job("channel_cache")
    slack.faults.add(Fault(kind="cut_after", method="chat.postEphemeral"))
    slack.join_channel("newbies", "newcomer")
    inside.wait_until_over(slack)
    whispers = [post for post in slack.posts("newbies") if post.ephemeral]
    assert len(whispers) == 2
    assert not any(map(event_of, whispers)), "it can be told apart: then do not repeat it"
    table.add(
        "Slack: a welcome to #newbies, cut after",
        judge.verdict({}),
        "said 2 times",
        window="nobody can look up an ephemeral message",
    )
