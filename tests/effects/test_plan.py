"""What to change so that what stands is what a text asks for."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.effects.plan import Plan, plan
from gopherbot.effects.posted import UNKNOWN, PostedAnswer, reaction_key, taken_key
from gopherbot.effects.slack_effects import AddReaction, PostEphemeral, PostReply, SlackEffect
from gopherbot.model import Audience, Message, Reply

MESSAGE = Message("Ev1", "C1", "U1", "1.0", "text", edited_ts="2.0")


def post(rule: str, text: str, number: int = 0, *, dm: bool = False) -> PostReply:
    return PostReply(MESSAGE, rule, number, Reply(text, to=Audience.DM if dm else Audience.CHANNEL))


def ephemeral(rule: str, text: str) -> PostEphemeral:
    return PostEphemeral(MESSAGE, rule, 0, Reply(text, to=Audience.ASKER_ONLY))


@pytest.mark.parametrize("name", ["", "define comma ok", "errors.Is or errors.As", "a/b é"])
def test_a_record_with_a_name_has_the_four_words_that_an_older_version_reads(name: str) -> None:
    posted = PostedAnswer("reply", "C1", "1.5", "0123abcd", name)
    assert PostedAnswer.decode(posted.encode()) == posted
    assert posted.encode().split(" ")[:3] == ["reply", "C1", "1.5"]
    assert len(posted.encode().split(" ")) == 4


def answer(*effects: PostReply | PostEphemeral) -> dict[str, PostedAnswer]:
    """Return what stands after these effects."""
    found = {}
    for number, effect in enumerate(effects):
        if isinstance(effect, PostReply):
            found[effect.key] = PostedAnswer("reply", "C1", f"{number}.5", effect.digest)
        else:
            found[effect.key] = PostedAnswer("ephemeral", digest=effect.digest)
    return found


def changes(found: Plan) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    return (
        [key for key, _ in found.remove],
        [(update.key, update.to.key) for update in found.update],
        [effect.key for effect in found.perform],
    )


def test_what_is_right_already_is_left_alone() -> None:
    one, two, psst = post("a", "one"), post("b", "two"), ephemeral("c", "psst")
    assert changes(plan(answer(one, two, psst), [one, two, psst], fresh=True)) == ([], [], [])


def test_an_answer_with_another_text_is_updated_in_place() -> None:
    before, after = post("define:", "a map"), post("define:", "a slice")
    assert changes(plan(answer(before), [after], fresh=False)) == (
        [],
        [("define:#0", "define:#0")],
        [],
    )


def test_what_was_shared_follows_edits() -> None:
    def private(text: str) -> PostEphemeral:
        reply = Reply("psst", to=Audience.ASKER_ONLY, shared=Reply(text))
        return PostEphemeral(MESSAGE, "a", 0, reply)

    shared = private("a map").shared
    assert shared
    both = answer(private("a map"), shared)
    assert changes(plan(both, [private("a map")], fresh=True)) == ([], [], [])
    assert changes(plan(both, [private("a slice")], fresh=True)) == ([], [("a#0", "a#0")], [])
    assert changes(plan(both, [], fresh=True)) == (["a#0"], [], [])
    taken = {**answer(private("a map")), taken_key(shared.digest): PostedAnswer("taken")}
    assert changes(plan(taken, [private("a map")], fresh=True)) == ([], [], [])


def test_an_answer_of_another_rule_takes_the_place_of_the_wrong_one() -> None:
    found = plan(answer(post("did you mean", "go tour?")), [post("go tour", "here")], fresh=False)
    assert changes(found) == ([], [("did you mean#0", "go tour#0")], [])


def test_each_answer_keeps_its_own_place_before_one_takes_another() -> None:
    before = answer(post("a", "one"), post("b", "two"))
    assert changes(plan(before, [post("c", "three"), post("b", "two")], fresh=True)) == (
        [],
        [("a#0", "c#0")],
        [],
    )


def test_what_is_not_asked_for_any_more_goes() -> None:
    before = answer(post("a", "one")) | {reaction_key("wave"): PostedAnswer("emoji")}
    assert changes(plan(before, [], fresh=True)) == (["a#0", "react:wave"], [], [])


@pytest.mark.parametrize("fresh", [True, False])
def test_something_is_said_where_nothing_stood_while_the_edit_is_fresh(fresh: bool) -> None:
    wanted: list[SlackEffect] = [post("a", "one"), ephemeral("b", "psst")]
    expected = ["a#0", "b#0@ephemeral"] if fresh else []
    # Emoji are added however old the edit is: they ping nobody.
    assert changes(plan({}, [*wanted, AddReaction(MESSAGE, "wave")], fresh=fresh)) == (
        [],
        [],
        [*expected, "react:wave"],
    )


def test_an_answer_by_dm_takes_no_place_in_the_channel() -> None:
    found = plan(answer(post("a", "one")), [post("b", "two", dm=True)], fresh=True)
    assert changes(found) == (["a#0"], [], ["b#0@dm"])


def test_an_ephemeral_answer_is_shown_again_only_if_it_is_another() -> None:
    before = answer(ephemeral("a", "psst"))
    assert changes(plan(before, [ephemeral("a", "psst")], fresh=True)) == ([], [], [])
    assert changes(plan(before, [ephemeral("a", "hm")], fresh=True)) == ([], [], ["a#0@ephemeral"])
    assert changes(plan(before, [], fresh=True)) == ([], [], []), "nobody can take it away"


def test_what_was_taken_back_stays_away_and_another_answer_may_come() -> None:
    one = post("a", "one")
    taken = {taken_key(one.digest): PostedAnswer("taken", digest=one.digest)}
    assert changes(plan(taken, [one], fresh=True)) == ([], [], [])
    assert changes(plan(taken, [post("a", "two")], fresh=True)) == ([], [], ["a#0"])
    assert changes(plan(taken | answer(post("b", "x")), [one], fresh=True)) == (["b#0"], [], [])


def test_after_an_attempt_that_ended_anywhere_all_is_done_again() -> None:
    one, wave = post("a", "one"), AddReaction(MESSAGE, "wave")
    before = answer(one) | {wave.key: PostedAnswer("emoji")}
    found = plan(before, [one, wave], fresh=True, certain=False)
    assert changes(found) == ([], [("a#0", "a#0")], ["react:wave"])


def test_what_was_only_found_in_slack_is_made_what_it_should_be() -> None:
    one, wave = post("a", "one"), AddReaction(MESSAGE, "wave")
    before = {
        one.key: PostedAnswer("reply", "C1", "1.5", UNKNOWN),
        wave.key: PostedAnswer("emoji", digest=UNKNOWN),
    }
    assert changes(plan(before, [one, wave], fresh=True)) == ([], [("a#0", "a#0")], ["react:wave"])


RULES = st.sampled_from("abc")
POSTS = st.builds(post, RULES, st.sampled_from(("x", "y", "z")), st.integers(0, 2))


@given(st.lists(POSTS, max_size=5), st.lists(POSTS, max_size=5), st.booleans(), st.booleans())
def test_whatever_stood_what_is_wanted_stands_then(
    before: list[PostReply], wanted: list[PostReply], fresh: bool, certain: bool
) -> None:
    wanted = list({effect.key: effect for effect in wanted}.values())
    posted = answer(*{effect.key: effect for effect in before}.values())
    found = plan(posted, wanted, fresh=fresh, certain=certain)
    places = dict(posted)
    for key, _ in found.remove:
        del places[key]
    moved = [(places.pop(update.key), update.to) for update in found.update]
    assert not {place.ts for place, _ in moved} & {place.ts for place in places.values()}
    after = Counter([place.digest for place in places.values()] + [to.digest for _, to in moved])
    after += Counter(effect.digest for effect in found.perform if isinstance(effect, PostReply))
    asked = Counter(effect.digest for effect in wanted)
    assert after == asked if fresh else not after - asked
    if not fresh:
        assert sum(after.values()) == min(len(posted), len(wanted)), "every place is made use of"
