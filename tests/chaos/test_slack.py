"""Fault 4: Slack is slow, refuses, fails, is cut off, or talks nonsense."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from gopherbot.simulator import Fault, Simulator

from .conftest import Table
from .harness import ADDRESSED_COIN, Bot, Inside, Judge, Load, event_of, wait_until

RATE = 12.0
COUNT = 24
POST = "chat.postMessage"
LOOK = "*"


def said_by(slack: Simulator, load: Load) -> Counter[str]:
    """How many calls were made to answer each event."""
    calls: Counter[str] = Counter()
    for call in slack.calls(POST):
        event = call.arguments["metadata"]["event_payload"]["event_id"]
        if event in load.said:
            calls[event] += 1
    return calls


def run(slack: Simulator, judge: Judge, inside: Inside, *faults: Fault) -> Load:
    """Say something while these faults strike; give what was said once all is over."""
    slack.latency = 0.05
    for fault in faults:
        slack.faults.add(fault)
    load = Load(slack, COUNT, RATE)
    load.start()
    load.finish()
    judge.wait(load.said)
    inside.wait_drained()
    for fault in faults:
        assert fault.hits, "the fault never struck"
    return load


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("429, Retry-After 2 s", Fault(kind="ratelimited", retry_after=2)),
        ("500, not done", Fault(kind="server_error", status=500)),
        ("500, done all the same", Fault(kind="server_error", status=500, done=True)),
        ("503, not done", Fault(kind="server_error", status=503)),
        ("3 s late", Fault(kind="slow", seconds=3)),
        ("done, answered after the time-out", Fault(kind="slow_after", seconds=9)),
        ("cut before it is done", Fault(kind="cut_before")),
        ("cut after it is done", Fault(kind="cut_after")),
        ("cut in the middle of the answer", Fault(kind="cut_during")),
        ("a web page, not done", Fault(kind="wrong_content_type")),
        ("a web page, done", Fault(kind="wrong_content_type", done=True)),
        ("internal_error, not done", Fault(kind="error", error="internal_error")),
        ("internal_error, done", Fault(kind="error", error="internal_error", done=True)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_goes_wrong_with_a_call_loses_and_doubles_nothing(
    name: str,
    fault: Fault,
    bot: Bot,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
) -> None:
    fault.method, fault.times, fault.skip, fault.hits = POST, 6, 4, 0
    load = run(slack, judge, inside, fault)
    table.check(f"Slack: {name} x{fault.hits}", judge.verdict(load.said))
    assert not inside.all_dead_letters()


def test_retry_after_is_honoured(bot: Bot, slack: Simulator, judge: Judge, inside: Inside) -> None:
    slack.faults.add(Fault(kind="ratelimited", method=POST, times=1, retry_after=3))
    slack.say(ADDRESSED_COIN)
    first, second = slack.wait_for_calls(POST, 2, timeout=20)
    assert 3.0 <= second.at - first.at < 9.0


def test_slack_gone_for_some_seconds(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    slack.latency = 0.05
    load = Load(slack, 48, RATE)
    load.start()
    time.sleep(1)
    with slack.away():
        time.sleep(4)
    load.finish()
    judge.wait(load.said)
    inside.wait_drained()
    table.check("Slack gone for 4 s", judge.verdict(load.said))


def test_everything_fails_at_once(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    """Posts and look-ups alike, for some seconds, each in its own way."""
    faults = [
        Fault(kind="ratelimited", retry_after=1, times=6),
        Fault(kind="cut_after", method=POST, times=6),
        Fault(kind="server_error", times=8),
        Fault(kind="cut_during", times=6),
        Fault(kind="wrong_content_type", times=6),
    ]
    load = run(slack, judge, inside, *faults)
    table.check("Slack: all of this, any method", judge.verdict(load.said))


@pytest.mark.parametrize("error", ["channel_not_found", "msg_too_long", "invalid_auth"])
def test_a_permanent_refusal_is_logged_once_and_not_tried_again(
    error: str, bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    load = run(slack, judge, inside, Fault(kind="error", method=POST, error=error, times=3, skip=4))
    refused = {
        call.arguments["metadata"]["event_payload"]["event_id"]
        for call in slack.calls(POST)
        if call.error == error
    }
    assert len(refused) == 3
    assert all(said_by(slack, load)[event] == 1 for event in refused), "it was tried again"
    lines = [line for line in bot.lines() if line.get("event") == "slack refused"]
    assert Counter(str(line["event_id"]) for line in lines) == Counter(refused)
    assert all(line["error"] == error for line in lines)
    rest = set(load.said) - refused
    table.check(f"Slack: {error} to 3 others", judge.verdict(load.said, count=rest))
    assert not inside.all_dead_letters()


def test_history_that_cannot_be_read_leaves_a_doubtful_reply_unsaid(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    """A window that cannot be closed: it may stand there, and nobody may look."""
    slack.web_api.scopes = set(slack.web_api.scopes) - {
        "channels:history", "groups:history", "im:history", "mpim:history"
    }  # fmt: skip
    load = run(slack, judge, inside, Fault(kind="cut_before", method=POST, times=2, skip=4))
    silent = [line for line in bot.lines() if str(line.get("event")).startswith("left silent")]
    unanswered = judge.unanswered(load.said)
    assert {line["event_id"] for line in silent} == unanswered
    assert len(unanswered) == 2
    assert all("missing_scope" in line["call"] for line in silent)
    table.add(
        "Slack: cut, and history unreadable x2",
        judge.verdict(load.said),
        window="in doubt and unable to look, it stays silent",
    )
    assert judge.verdict(load.said).doubled == 0


def test_slack_doing_a_call_long_after_it_was_given_up(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    """A window that cannot be closed: we have looked, and then Slack does it."""
    load = run(slack, judge, inside, Fault(kind="slow", method=POST, seconds=12, times=1, skip=4))
    time.sleep(3)
    verdict = judge.verdict(load.said)
    table.add(
        "Slack: does a call 12 s later",
        verdict,
        window="it is done after the bot has looked for it",
    )
    assert verdict.lost == 0
    assert verdict.doubled <= 1


# What is not a reply.


def test_a_reaction_in_doubt_is_there_once(bot: Bot, slack: Simulator, inside: Inside) -> None:
    for kind in ("cut_after", "cut_before", "server_error"):
        slack.faults.add(Fault(kind=kind, method="reactions.add"))  # type: ignore[arg-type]
        slack.say("such a bbq")
    slack.wait_for_reactions(3, timeout=20)
    inside.wait_drained()
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
    judge.wait({event})
    inside.wait_drained()
    table.check("Slack: a welcome to the team", judge.verdict({event: joined}))


def test_an_ephemeral_message_in_doubt_may_be_repeated(
    bot: Bot, slack: Simulator, inside: Inside, table: Table, judge: Judge
) -> None:
    """A window that cannot be closed: Slack lets nobody look for an ephemeral message."""
    wait_until(lambda: slack.calls("conversations.list"), 20, "the channels are known")
    inside.wait_drained()
    slack.faults.add(Fault(kind="cut_after", method="chat.postEphemeral"))
    slack.join_channel("newbies", "newcomer")
    slack.wait_for_calls("chat.postEphemeral", 2, timeout=20)
    inside.wait_drained()
    whispers = [post for post in slack.posts("newbies") if post.ephemeral]
    assert len(whispers) == 2
    assert not any(map(event_of, whispers)), "it can be told apart: then do not repeat it"
    table.add(
        "Slack: an ephemeral message, cut after",
        judge.verdict({}),
        window="what nobody can look up may be repeated",
    )
