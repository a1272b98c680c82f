"""What to change so that what stands is what a text asks for."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.effects.plan import Plan, plan
from gopherbot.effects.posted import UNKNOWN, PostedAnswer, effects_of, rule_and_number, taken_key
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


@pytest.mark.parametrize(
    ("key", "found"),
    [("prefix:c##2@dm", ("prefix:c#", 2)), ("#1", ("", 0)), ("a#x", ("", 0)), ("a", ("", 0))],
)
def test_a_key_names_a_rule_and_a_number_or_neither(key: str, found: tuple[str, int]) -> None:
    assert rule_and_number(key) == found


@pytest.mark.parametrize("answer", ["a string", 7, [Reply("x"), "a string"]])
def test_what_is_no_answer_is_told_by_its_kind(answer: object) -> None:
    what = "a list with" if isinstance(answer, list) else "a string:" if answer != 7 else "7:"
    with pytest.raises(TypeError, match=f"the handler returned {what}"):
        effects_of(answer)


def answer(*effects: PostReply | PostEphemeral) -> dict[str, PostedAnswer]:
    """Return what stands after these effects."""
    found = {}
    for number, effect in enumerate(effects):
        if isinstance(effect, PostReply):
            found[effect.key] = PostedAnswer("reply", "C1", f"{number}.5", effect.digest)
        else:
            found[effect.key] = PostedAnswer("ephemeral", digest=effect.digest)
    return found


Changes = tuple[list[str], list[tuple[str, str]], list[str]]


def changes(found: Plan) -> Changes:
    return (
        [key for key, _ in found.remove],
        [(update.key, update.to.key) for update in found.update],
        [effect.key for effect in found.perform],
    )


A, B, PSST = post("a", "one"), post("b", "two"), ephemeral("c", "psst")
WAVE = AddReaction(MESSAGE, "wave")
STANDING = answer(A) | {WAVE.key: PostedAnswer("emoji")}
FOUND = {
    A.key: PostedAnswer("reply", "C1", "1.5", UNKNOWN),
    WAVE.key: PostedAnswer("emoji", digest=UNKNOWN),
}
TAKEN = {taken_key(A.digest): PostedAnswer("taken", digest=A.digest)}
AGAIN: Changes = ([], [("a#0", "a#0")], ["react:wave"])

# What stands, what is asked for, and what is removed, updated and performed.
FRESH: dict[str, tuple[dict[str, PostedAnswer], list[SlackEffect], Changes]] = {
    "all is right": (answer(A, B, PSST), [A, B, PSST], ([], [], [])),
    "each keeps its place before one takes another": (
        answer(A, B),
        [post("c", "three"), B],
        ([], [("a#0", "c#0")], []),
    ),
    "nothing is asked for": (STANDING, [], (["a#0", "react:wave"], [], [])),
    "nothing stood": ({}, [A, PSST, WAVE], ([], [], ["a#0", "c#0@ephemeral", "react:wave"])),
    "a DM takes no place in a channel": (
        answer(A),
        [post("b", "two", dm=True)],
        (["a#0"], [], ["b#0@dm"]),
    ),
    "the same to the asker alone": (answer(PSST), [PSST], ([], [], [])),
    "another one": (answer(PSST), [ephemeral("c", "hm")], ([], [], ["c#0@ephemeral"])),
    "none, which nobody can take away": (answer(PSST), [], ([], [], [])),
    "taken back": (TAKEN, [A], ([], [], [])),
    "another one than was taken back": (TAKEN, [post("a", "two")], ([], [], ["a#0"])),
    "taken back beside another": (TAKEN | answer(post("b", "x")), [A], (["b#0"], [], [])),
    "only found in Slack": (FOUND, [A, WAVE], AGAIN),
}
OLD: dict[str, tuple[dict[str, PostedAnswer], list[SlackEffect], Changes]] = {
    "another text": (answer(A), [post("a", "two")], ([], [("a#0", "a#0")], [])),
    "another rule": (answer(A), [post("b", "one")], ([], [("a#0", "b#0")], [])),
    # Emoji ping nobody.
    "nothing stood": ({}, [A, PSST, WAVE], ([], [], ["react:wave"])),
}


@pytest.mark.parametrize(
    ("before", "wanted", "expected", "fresh"),
    [(*row, fresh) for rows, fresh in ((FRESH, True), (OLD, False)) for row in rows.values()],
    ids=[*FRESH, *OLD],
)
def test_a_plan_makes_what_stands_what_is_asked_for(
    before: dict[str, PostedAnswer], wanted: list[SlackEffect], expected: Changes, fresh: bool
) -> None:
    assert changes(plan(before, wanted, fresh=fresh)) == expected


def test_after_an_attempt_that_ended_anywhere_all_is_done_again() -> None:
    assert changes(plan(STANDING, [A, WAVE], fresh=True, certain=False)) == AGAIN


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
