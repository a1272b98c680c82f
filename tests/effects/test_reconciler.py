"""What an attempt that ended halfway leaves to the next: the corners that chance seldom finds."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from gopherbot.effects.ledger import DOUBT_SECONDS, LOCK, Ledger
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Happened
from gopherbot.model import Audience, Card, React, Reply
from gopherbot.slack.client import Slack
from gopherbot.storage import keys

from .conftest import (
    APP,
    AWAY,
    LEASE,
    LOOK,
    ONE,
    POST,
    PSST,
    TWO,
    Scene,
    TimeIsUp,
    delay,
    failing,
    happened,
    match,
    matches,
)


@pytest.mark.parametrize("away", AWAY, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("old", [ONE, React("wave")], ids=["reply", "emoji"])
def test_answer_stays_until_rule_decides(scene: Scene, old: Reply | React, away: Exception) -> None:
    scene.answer(old)
    delay(scene.edit, failing(away))
    assert scene.calls("chat.delete") == scene.calls("reactions.remove") == 0
    scene.edit(TWO)
    assert scene.standing() == ["two"]
    assert scene.calls("reactions.remove") == isinstance(old, React)


@pytest.mark.parametrize(
    ("one", "two", "shown"),
    [
        ({"attachment": "one"}, {"attachment": "two"}, {"text": "two", "fallback": "two"}),
        (
            {"card": Card("one", "https://go.dev/1", "by ann")},
            {"card": Card("one", "https://go.dev/2", "by ann")},
            {
                "title": "one",
                "title_link": "https://go.dev/2",
                "footer": "by ann",
                "fallback": "one",
            },
        ),
    ],
    ids=["text", "card"],
)
def test_an_edit_that_changes_an_attachment_alone_is_followed(
    scene: Scene, one: dict[str, Any], two: dict[str, Any], shown: dict[str, str]
) -> None:
    scene.answer(Reply("see", **one))
    scene.edit(Reply("see", **two))
    [post] = scene.slack.posts()
    [attachment] = scene.slack.workspace.message(post.channel, post.ts).attachments
    assert shown.items() <= attachment.items()


@pytest.mark.parametrize(("age", "posts"), [(-1, ["two"]), (40, []), (300, [])])
def test_a_refused_edit_posts_anew_only_while_it_is_fresh(
    scene: Scene, age: int, posts: list[str]
) -> None:
    scene.answer(ONE)
    scene.fail("error", "chat.update", error="cant_update_message")
    scene.edit(TWO, seconds=-age)
    assert scene.standing() == posts
    assert scene.calls(POST) == 1 + len(posts)


def test_a_reply_whose_deletion_is_in_doubt_is_replaced(scene: Scene) -> None:
    scene.answer(ONE)
    scene.fail("error", "chat.update", error="cant_update_message")
    scene.fail("cut_after", "chat.delete")
    assert delay(scene.edit, TWO) == DOUBT_SECONDS
    assert happened(scene.edit, TWO) == [Happened.PERFORMED], "nothing is left to remove"
    assert scene.standing() == ["two"]


@pytest.mark.parametrize("seconds", [1, 25])
def test_edit_that_overtakes_its_message_counts(scene: Scene, seconds: int) -> None:
    scene.edit(seconds=seconds)
    assert happened(scene.answer, ONE) == [Happened.SUPERSEDED]
    assert scene.texts() == []


def test_an_edit_overtaken_as_it_posts_posts_no_more(scene: Scene) -> None:
    scene.edit()
    post, other = Slack.post, scene.ledger("b")

    def overtaken(*arguments: Any, **more: Any) -> str:
        other.supersede(scene.message().id, scene.edited(3).version, needed=True)
        return post(*arguments, **more)

    scene.patch.setattr(Slack, "post", overtaken)
    found = happened(partial(scene.edit, ONE, TWO, Reply("three"), seconds=2))
    assert found == [Happened.PERFORMED, Happened.SUPERSEDED]
    assert scene.texts() == ["one"]


@pytest.mark.parametrize("state", ["mine", "doubtful", "locked"])
def test_edit_waits_for_an_answer_under_way(scene: Scene, state: str) -> None:
    # Another rule's: what the new text asks for is free.
    other, effect = scene.ledger("b"), LOCK if state == "locked" else "command:u#0"
    if state == "doubtful":
        with other.claimant(scene.message().id) as claimant:
            claimant.claim(effect)
            claimant.doubt(effect)
    with other.claimant(scene.message().id) as claimant:
        claimant.claim(effect)
        assert 0 < (delay(scene.edit, TWO) or 0) <= 1, "it is tried again soon"
        assert scene.slack.calls() == []
        claimant.release(effect)
    scene.edit(TWO)
    assert scene.texts() == ["two"]


def test_an_edit_that_loses_its_lock_changes_nothing_more(scene: Scene) -> None:
    scene.answer(ONE, TWO)
    update = Slack.update

    def frozen(slack: Slack, *arguments: Any, **more: Any) -> None:
        """Slack changes it, and the worker wakes up after its lease."""
        update(slack, *arguments, **more)
        with scene.patch.context() as late, scene.ledger("b").claimant(scene.message().id) as b:
            late.setattr(LEASE, 0)
            b.claim(LOCK)

    scene.patch.setattr(Slack, "update", frozen)
    delay(scene.edit, Reply("new one"), Reply("new two"))
    assert scene.standing() == ["new one", "two"]


def test_an_edit_that_is_struck_in_the_middle_is_not_trusted_by_the_next(scene: Scene) -> None:
    scene.answer(ONE)
    update = Slack.update

    def struck(slack: Slack, *arguments: Any, **more: Any) -> None:
        update(slack, *arguments, **more)
        raise TimeIsUp

    with scene.patch.context() as patch:
        patch.setattr(Slack, "update", struck)
        with pytest.raises(TimeIsUp):
            scene.edit(TWO)
    assert scene.standing() == ["two"]
    scene.executor = scene.worker("b")
    scene.edit(ONE, seconds=2)
    assert scene.standing() == ["one"]


def test_an_edit_that_another_overtakes_as_it_begins_changes_nothing(scene: Scene) -> None:
    scene.answer(ONE)
    supersede = Ledger.supersede

    def overtaken(*arguments: Any, **more: Any) -> Any:
        found = supersede(*arguments, **more)
        supersede(scene.ledger("b"), scene.message().id, scene.edited(2).version, needed=True)
        return found

    scene.patch.setattr(Ledger, "supersede", overtaken)
    scene.edit(TWO)
    assert scene.standing() == ["one"]


def test_an_edit_frees_what_was_released_as_it_looked(scene: Scene) -> None:
    read = Ledger.read

    def late(*arguments: Any) -> Any:
        return replace(read(*arguments), unsettled=("command:u#0",))

    scene.patch.setattr(Ledger, "read", late)
    scene.edit()
    assert not scene.client.hexists(keys.ledger(APP, scene.message().id), "command:u#0")


@pytest.mark.parametrize(("age", "answers"), [(20, ["one"]), (40, [])])
def test_fresh_edit_of_an_old_message_is_told(scene: Scene, age: int, answers: list[str]) -> None:
    written, changed = (f"{time.time() - seconds:.6f}" for seconds in (100, age))
    edited = scene.message(ts=written, edited_ts=changed)
    scene.executor.follow_edit(edited, matches((ONE,)))
    assert scene.texts() == answers


def test_an_edit_goes_on_without_what_it_cannot_look_up(scene: Scene) -> None:
    scene.fail("cut_before")
    scene.fail("cut_before", "chat.postEphemeral")
    delay(scene.answer, ONE, PSST)
    scene.slack.web_api.scopes = {"chat:write"}
    scene.edit(TWO)
    assert scene.texts() == ["two"]
    assert scene.calls(LOOK) == 1, "the ephemeral one cannot be found"


def test_what_follows_an_edit_or_a_deletion_is_told(scene: Scene) -> None:
    scene.answer([ONE, React("wave"), PSST])
    assert happened(scene.edit, [TWO, React("wave"), PSST]) == [Happened.UPDATED]
    assert happened(scene.edit, [TWO, React("wave"), PSST]) == [], "it is followed already"
    assert happened(partial(scene.edit, TWO, seconds=2)) == [Happened.REMOVED]
    scene.executor.follow_edit(scene.edited(3), matches(([TWO, React("eyes")],)))
    delete = partial(scene.executor.follow_deletion, scene.edited(4))
    assert happened(delete) == [Happened.REMOVED] * 2, "nobody can take back an ephemeral reply"
    kinds = {each.kind for each in scene.ledger("a").read(scene.message().id).posted.values()}
    assert kinds == {"ephemeral"}


@pytest.mark.parametrize("is_in_thread", [False, True])
def test_deletion_keeps_an_answer_with_replies(scene: Scene, is_in_thread: bool) -> None:
    scene.answer(ONE, thread_ts=scene.said.ts if is_in_thread else None)
    [post] = scene.slack.posts()
    thread = scene.said.ts if is_in_thread else post.ts
    scene.slack.say("thanks", thread_ts=thread, user="reviewer")
    gone = scene.edited(thread_ts=scene.said.ts if is_in_thread else None)
    found = happened(scene.executor.follow_deletion, gone)
    assert found == [Happened.REMOVED if is_in_thread else Happened.KEPT]
    assert happened(scene.executor.follow_deletion, gone) == [], "it is followed already"
    assert scene.calls("conversations.replies") == (0 if is_in_thread else 1)


def test_a_join_is_remembered_for_a_day(scene: Scene) -> None:
    scene.answer(Reply("welcome", to=Audience.DM), ts="")
    assert scene.client.ttl(keys.ledger(APP, scene.message(ts="").id)) > 24 * 3600


# Answers taken back.


def retract(scene: Scene, number: int = 0, user: str = "U0REGULAR", patient: bool = True) -> bool:
    post = scene.slack.posts()[number]
    return scene.executor.retract(
        post.channel, post.ts, user, moderators=frozenset({"U0MODERATOR"}), patient=patient
    )


def test_each_answer_is_taken_back_by_itself_and_for_good(scene: Scene) -> None:
    answers = [ONE, TWO], Reply("three")
    scene.answer(*answers)
    assert happened(retract, scene, 0, "U0NEWCOMER") == [Happened.IGNORED]
    journal.begin()
    retract(scene, 0)
    claimant = journal.end()
    assert claimant
    assert (claimant.happened, claimant.uses) == ({Happened.REMOVED: 1}, {"taken back:t": 1})
    assert scene.standing() == ["two", "three"]
    assert happened(retract, scene, 1) == [Happened.REMOVED]
    assert happened(retract, scene, 2, "U0MODERATOR") == [Happened.REMOVED]
    scene.edit(*answers)
    assert scene.standing() == []
    assert (scene.calls(POST), scene.calls("chat.delete")) == (3, 3)


@pytest.mark.parametrize("patient", [True, False])
def test_a_cross_waits_for_an_edit_in_doubt_but_not_for_ever(scene: Scene, patient: bool) -> None:
    scene.answer(ONE)
    scene.fail("cut_after", "chat.update")
    delay(scene.edit, TWO)
    if patient:
        assert delay(retract, scene) == 1
        scene.edit(TWO)
    assert retract(scene, patient=patient)
    assert scene.standing() == []


def test_a_hasty_cross_does_not_make_the_other_answers_certain(scene: Scene) -> None:
    scene.answer(ONE, TWO)
    scene.fail("cut_after", "chat.update")
    delay(scene.edit, Reply("new"), TWO)
    assert retract(scene, 1, patient=False)
    scene.edit(ONE, TWO, seconds=2)
    assert scene.standing() == ["one"]


def test_a_cross_waits_for_no_edit_that_changed_nothing(scene: Scene) -> None:
    scene.answer(ONE)
    delay(scene.edit, failing(RetryLater("a file")))
    assert retract(scene)
    assert scene.standing() == []


def test_a_cross_struck_as_redis_loses_its_data_works_after_the_next_message(scene: Scene) -> None:
    scene.answer(ONE)

    def struck(*_: Any) -> None:
        scene.lose_all()
        raise TimeIsUp

    with scene.patch.context() as patch:
        patch.setattr(Slack, "delete", struck)
        with pytest.raises(TimeIsUp):
            retract(scene)
    scene.said = scene.slack.say("more")
    scene.answer(TWO)
    assert retract(scene)
    assert scene.standing() == ["two"]


def test_a_cross_in_doubt_is_repeated(scene: Scene) -> None:
    scene.answer(ONE)
    scene.edit(TWO)
    scene.fail("cut_after", "chat.delete")
    assert delay(retract, scene) == DOUBT_SECONDS
    assert retract(scene)
    assert scene.standing() == []


@pytest.mark.parametrize(
    ("reply", "trigger"), [(Reply("psst", to=Audience.DM), "t"), (ONE, "c#")], ids=["dm", "hash"]
)
def test_edit_removes_an_unwanted_doubtful_reply(scene: Scene, reply: Reply, trigger: str) -> None:
    scene.fail("cut_after")
    delay(partial(scene.answer, match(reply, trigger=trigger), thread_ts=scene.said.ts))
    scene.executor.follow_edit(scene.edited(thread_ts=scene.said.ts), [])
    assert scene.standing() == []


def test_a_dm_that_its_asker_replied_to_stays_when_the_question_goes(scene: Scene) -> None:
    scene.answer(Reply("psst", to=Audience.DM), thread_ts=scene.said.ts)
    scene.slack.dm("thanks", thread_ts=scene.slack.posts()[0].ts)
    scene.executor.follow_deletion(scene.edited(thread_ts=scene.said.ts))
    assert scene.standing() == ["psst"]


def test_deletion_after_the_ledgers_hour_takes_answers_along(scene: Scene) -> None:
    scene.answer(ONE)
    scene.client.delete(keys.ledger(APP, scene.message().id))
    scene.executor.follow_deletion(scene.edited(4000))
    assert scene.standing() == []
