"""What handlers answer, carried out in the simulated Slack: what members see, and how often."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from gopherbot.errors import RetryLater
from gopherbot.metrics import counters, journal
from gopherbot.metrics.journal import Happened
from gopherbot.model import Ask, Audience, Effects, Persona, React, Reply
from gopherbot.router import ChannelJoin, Command, Contains, Prefix, Reaction, Rule, TeamJoin
from gopherbot.rulebook.matching import Match
from gopherbot.slack.errors import Rejected
from gopherbot.storage import keys

from .conftest import (
    APP,
    AWAY,
    HISTORY,
    ONE,
    POST,
    PSST,
    TWO,
    Always,
    Scene,
    delay,
    failing,
    happened,
    match,
    matches,
    mentioning,
)

# What it looks like.


def test_a_reply_goes_to_the_channel_and_unfurls_nothing(scene: Scene) -> None:
    scene.answer(Reply("good day"))
    [post] = scene.slack.posts()
    assert (post.channel, post.text, post.thread_ts) == (scene.said.channel, "good day", None)
    assert (post.unfurl_links, post.unfurl_media) == (False, False)
    assert (post.ephemeral, post.username, post.attachments) == (False, None, [])


@pytest.mark.parametrize("reply", [ONE, PSST])
def test_a_reply_to_a_thread_goes_into_it(scene: Scene, reply: Reply) -> None:
    scene.said = scene.slack.say("an answer", thread_ts=scene.said.ts)
    scene.answer(reply)
    assert scene.slack.posts()[0].thread_ts == scene.said.message.thread_ts


CROWD = tuple(f"U{number}CROWD" for number in range(40))


@pytest.mark.parametrize(
    ("mentioned", "asker", "front"),
    [
        (("U0GOPHERBOT", "U0NEWCOMER", "U0NEWCOMER"), False, ("U0NEWCOMER",)),
        ((), True, ("U0REGULAR",)),
        (("U0REGULAR", "U0NEWCOMER"), True, ("U0REGULAR", "U0NEWCOMER")),
        (CROWD, True, (*CROWD[:10], "U0REGULAR")),
    ],
)
def test_a_reply_pings_each_once_and_no_crowd(
    scene: Scene, mentioned: tuple[str, ...], asker: bool, front: tuple[str, ...]
) -> None:
    scene.answer(Reply("look", mentions=True, mention_asker=asker), mentions=mentioning(*mentioned))
    scene.answer(match(Reply("quietly"), trigger="u"), mentions=mentioning(*mentioned))
    assert scene.texts() == [" ".join([*(f"<@{id}>" for id in front), "look"]), "quietly"]


def test_a_reply_by_dm_goes_to_the_asker_and_into_no_thread(scene: Scene) -> None:
    scene.said = scene.slack.say("an answer", thread_ts=scene.said.ts, user="newcomer")
    scene.answer(Reply("between us", to=Audience.DM))
    [post] = scene.slack.posts()
    dm = scene.slack.workspace.conversation(post.channel)
    assert (dm.kind, set(dm.members)) == ("im", {"U0GOPHERBOT", "U0NEWCOMER"})
    assert post.thread_ts is None


@pytest.mark.parametrize(
    ("to", "user"), [(Audience.CHANNEL, None), (Audience.ASKER_ONLY, "U0REGULAR")]
)
def test_long_text_is_an_attachment(scene: Scene, to: Audience, user: str | None) -> None:
    scene.answer(Reply("lead", attachment="*long* text", to=to))
    [post] = scene.slack.posts()
    assert (post.text, post.ephemeral, post.user) == ("lead", user is not None, user)
    [attachment] = post.attachments
    assert {"text": "*long* text", "mrkdwn_in": ["text"]}.items() <= attachment.items()
    assert attachment["fallback"]


def test_a_reply_unfurls_and_takes_a_name_and_an_icon_when_it_says_so(scene: Scene) -> None:
    scene.answer(Reply("https://go.dev", unfurl=True, persona=Persona("Changelog", ":tada:")))
    [post] = scene.slack.posts()
    assert (post.unfurl_links, post.unfurl_media) == (True, True)
    assert post.username == "Changelog"
    assert scene.slack.calls(POST)[0].arguments["icon_emoji"] == ":tada:"


def test_every_post_carries_its_message_rule_and_number(scene: Scene) -> None:
    scene.answer(match([ONE, TWO], trigger="count"))
    payloads = [(post.metadata or {})["event_payload"] for post in scene.slack.posts()]
    assert payloads == [
        {
            "event_id": scene.said.event_id,
            "message": f"{scene.said.channel}:{scene.said.ts}",
            "rule": "command:count",
            "number": number,
        }
        for number in (0, 1)
    ]


def test_a_handler_may_answer_nothing(scene: Scene) -> None:
    scene.answer(None, [], ())
    assert scene.slack.calls() == []


def test_a_handler_gets_the_message_its_argument_and_the_same_chance_again(scene: Scene) -> None:
    asked: list[Ask] = []
    rule = Prefix(trigger="p:", handler=asked.append, source="test.py")
    for _ in range(2):
        scene.answer(Match(rule, "the rest"))
    assert [(ask.argument, ask.message) for ask in asked] == [("the rest", scene.message())] * 2
    assert asked[0].random.random() == asked[1].random.random()


# How often.


def test_a_repeated_event_shows_nothing_twice(scene: Scene) -> None:
    effects: list[Reply | React] = [ONE, React("wave"), PSST, Reply("dm", to=Audience.DM)]
    for worker in ("a", "b", "a"):
        scene.worker(worker).execute(scene.message(), [match(effects)])
    assert scene.texts() == ["one", "psst", "dm"]
    assert scene.calls("reactions.add") == 1


def test_rules_act_in_order_and_each_emoji_is_added_once(scene: Scene) -> None:
    found = happened(
        scene.answer,
        ONE,
        match([React("wave"), React("gopher")], Reaction, "a"),
        TWO,
        match([React("gopher"), React("beer")], Reaction, "b"),
        Reply("three"),
    )
    assert found == [Happened.PERFORMED] * 6
    assert scene.texts() == ["one", "two", "three"]
    assert [reaction.emoji for reaction in scene.slack.reactions()] == ["wave", "gopher", "beer"]
    assert scene.calls("reactions.add") == 3


def test_a_rule_that_fails_is_told_and_stops_no_other(scene: Scene) -> None:
    def halfway(ask: Ask) -> Effects:
        yield Reply("half")
        raise RuntimeError("a bug")

    def junk(answer: object) -> Callable[[Ask], Any]:
        return lambda _ask: answer

    bugs = (failing(RuntimeError("a bug")), halfway, junk("a text"), junk([ONE, "a text"]))
    found = happened(scene.answer, *bugs, Reply("fine"))
    assert sorted(found) == sorted([Happened.FAILED] * 4 + [Happened.PERFORMED])
    assert scene.executor.counts.take()[0][counters.FAILED] == 4
    assert scene.texts() == ["fine"]


def test_what_surely_was_not_done_is_tried_again_and_the_rest_is_not_repeated(scene: Scene) -> None:
    answer = partial(scene.answer, ONE, TWO, match(React("wave"), Reaction, "c"), Reply("three"))
    scene.fail("ratelimited", skip=1, retry_after=2)
    scene.fail("ratelimited", "reactions.add", retry_after=7)
    assert delay(answer) == 7, "the longer of the two waits"
    assert scene.texts() == ["one", "three"]
    answer()
    assert scene.texts() == ["one", "three", "two"]
    assert len(scene.slack.reactions()) == 1
    calls = len(scene.slack.calls())
    answer()
    assert len(scene.slack.calls()) == calls


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_unreachable_service_delays_only_its_rule(scene: Scene, error: Exception) -> None:
    assert happened(delay, scene.answer, failing(error)) == [], "the rule is all right"
    assert delay(scene.answer, failing(RetryLater("no file yet", delay=3)), TWO) == 3
    scene.answer(ONE)
    assert scene.texts() == ["two", "one"]


def test_limited_reply_holds_up_only_its_rule(scene: Scene) -> None:
    answer = partial(scene.answer, [ONE, TWO], Reply("other"))
    scene.fail("ratelimited", retry_after=0)
    delay(answer)
    answer()
    assert scene.texts() == ["other", "one", "two"]


@pytest.mark.parametrize(
    "word", ["channel_not_found", "not_in_channel", "is_archived", "missing_scope", "no_permission"]
)
def test_a_permanent_refusal_is_the_end_of_it(scene: Scene, word: str) -> None:
    scene.fail("error", "*", error=word, times=None)
    journal.begin()
    scene.answer([ONE, React("wave")])
    attempt = journal.end()
    assert attempt
    assert attempt.happened == {Happened.REJECTED: 2}
    assert " ".join(attempt.notes).count(word) == 2
    assert happened(scene.answer, [ONE, React("wave")]) == [Happened.SETTLED] * 2
    assert [call.method for call in scene.slack.calls()] == [POST, "reactions.add"]


def test_a_text_that_slack_finds_too_long_is_given_up(scene: Scene) -> None:
    scene.answer([Reply("x" * 50_000), ONE])
    assert scene.texts() == ["one"]


def test_an_answer_is_counted_if_slack_takes_it(scene: Scene) -> None:
    scene.fail("error", error="no_permission")
    journal.begin()
    scene.answer(ONE, TWO, match(Reply("three"), Prefix, "p:"), match(Reply("four"), Contains))
    attempt = journal.end()
    assert attempt
    assert attempt.uses == {"shown:u": 1, "shown:p:": 1}


# Shadow mode: `docs/behaviour.md` as a table.

ALWAYS, ADDRESSED, NEVER = (True, True), (False, True), (False, False)


@pytest.mark.parametrize(
    ("rule_class", "acts"),
    [
        (Command, ALWAYS),  # it fires only when addressed
        (Reaction, ADDRESSED),
        (Contains, ADDRESSED),
        (Prefix, ADDRESSED),
        (Always, NEVER),
        (TeamJoin, NEVER),
        (ChannelJoin, NEVER),
    ],
)
@pytest.mark.parametrize("how", ["beside it", "by mention", "by dm"])
def test_in_shadow_mode_a_rule_acts_only_where_it_was_asked_to(
    scene: Scene,
    capsys: pytest.CaptureFixture[str],
    rule_class: type[Rule],
    acts: tuple[bool, bool],
    how: str,
) -> None:
    ran: list[Ask] = []

    def handler(ask: Ask) -> Effects:
        ran.append(ask)
        return ONE

    mentions = mentioning("U0GOPHERBOT") if how == "by mention" else ()
    asked = scene.message(direct=how == "by dm", mentions=mentions)
    act = partial(scene.worker("a", shadow=True).execute, asked, [match(handler, rule_class)])
    expected = acts[how != "beside it"]
    assert happened(act) == [Happened.PERFORMED if expected else Happened.WITHHELD]
    assert bool(scene.slack.posts()) is bool(ran) is expected
    assert ("shadow mode" in capsys.readouterr().out) is not expected


def test_shadow_mode_follows_edits_of_command_answers_and_no_deletion(scene: Scene) -> None:
    scene.answer(ONE, match(React("wave"), Reaction, "u"), match(Reply("see"), Contains, "v"))
    scene.executor = scene.worker("a", shadow=True)
    rules = matches((TWO, match(Reply("look"), Contains, "v")))
    scene.executor.follow_edit(scene.edited(direct=True), rules)
    assert scene.standing() == ["two", "see"]
    scene.executor.follow_deletion(scene.edited(2))
    assert scene.standing() == ["two", "see"]
    assert scene.calls("reactions.remove") == 0


def test_in_shadow_mode_a_cross_is_dealt_with_at_once(scene: Scene) -> None:
    retract = scene.worker("a", shadow=True).retract
    assert retract("C1", "1.0", "U1", moderators=frozenset(), patient=True)


# What watchers announce.


@pytest.fixture
def announce(scene: Scene) -> Callable[[], Happened]:
    reply = Reply("cl 1")
    return lambda: scene.executor.announce("gerrit/1", "watcher:gerrit", "C0VP8EF3R", reply)


Announce = Callable[[], Happened]


def test_watcher_announces_once_an_hour_for_good(scene: Scene, announce: Announce) -> None:
    """A show may be on the air again the next day."""
    assert [announce(), announce()] == [Happened.ANNOUNCED, Happened.SETTLED]
    [post] = scene.slack.posts("golang-cls")
    assert post.text == "cl 1"
    assert 0 < scene.client.ttl(keys.ledger(APP, "gerrit/1")) <= 3600
    assert not scene.executor.retract(
        post.channel, post.ts, "U0MODERATOR", moderators={"U0MODERATOR"}, patient=True
    )


@pytest.mark.parametrize(("kind", "calls"), [("cut_after", 1), ("cut_before", 2)])
def test_a_watchers_post_in_doubt_is_looked_up(
    scene: Scene, announce: Announce, kind: str, calls: int
) -> None:
    scene.fail(kind)
    delay(announce)
    with scene.patch.context() as late:
        late.setattr(HISTORY, 6.0)
        if kind == "cut_before":
            assert 0 < (delay(announce) or 0) <= 6
    announce()
    assert len(scene.slack.posts("golang-cls")) == 1
    assert scene.calls(POST) == calls


def test_rejected_watchers_post_may_be_tried_again(scene: Scene, announce: Announce) -> None:
    scene.fail("error", error="not_in_channel")
    with pytest.raises(Rejected, match="not_in_channel"):
        announce()
    assert scene.texts() == []
    assert [announce(), announce()] == [Happened.ANNOUNCED, Happened.SETTLED]
    assert scene.texts() == ["cl 1"]
