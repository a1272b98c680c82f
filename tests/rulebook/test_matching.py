"""Which rules fire for a message, and which do not although their trigger is there."""

from dataclasses import astuple

import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gopherbot.errors import ContentError
from gopherbot.model import Ask, Effects, Kind, Mention, MentionKind, Message
from gopherbot.router import (
    ChannelJoin,
    Command,
    Contains,
    Prefix,
    Reaction,
    Router,
    Rule,
    SkipReason,
)
from gopherbot.rulebook.matching import RuleBook, SubstringIndex, clashes, permitted

BOT = Mention(MentionKind.USER, "UBOT")


def nothing(ask: Ask) -> Effects:
    """do nothing"""
    return None


def message(
    text: str, *, mentioned: bool = False, direct: bool = False, ts: str = "1.0"
) -> Message:
    return Message(
        event_id="Ev1",
        channel="C1",
        user="U1",
        ts=ts,
        text=text,
        mentions=(BOT,) if mentioned else (),
        direct=direct,
        bot_users=frozenset({"UBOT"}),
    )


def fired(router: Router, message: Message) -> list[str]:
    return [match.rule.name for match in RuleBook(router.rules).fire(message)]


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """One rule of each kind for each way in which rules of that kind differ."""
    router = Router("answers.toml")
    router.command("doesn't work", aliases=["more context"], hidden_aliases=["broken"])(nothing)
    for trigger in ("why?", "why", "go.dev"):
        router.command(trigger)(nothing)
    router.prefix("xkcd:")(nothing)
    router.prefix("xk")(nothing)
    router.prefix("define ", addressed=True)(nothing)
    router.prefix("straße:")(nothing)
    router.prefix("ß!")(nothing)
    router.reaction("bbq", aliases=["grill"])(nothing)
    router.reaction(" go ")(nothing)
    router.reaction("thank", addressed=True)(nothing)
    router.contains("i'm a  teapot", aliases=["grill"])(nothing)
    return RuleBook(router.rules)


@cases("text", "rules")
def test_text_to_the_bot_fires_rules(book: RuleBook, text: str, rules: list[str]) -> None:
    for asked in (message(text, direct=True), message(text, mentioned=True)):
        assert [match.rule.name for match in book.fire(asked)] == rules
    ignored = [match.rule.name for match in book.fire(message(text))]
    needs_the_bot = ("command:", "prefix:define ", "reaction:thank")
    assert ignored == [name for name in rules if not name.startswith(needs_the_bot)]
    for match in book.candidates(message(text)):
        assert (match.skipped is SkipReason.NOT_ADDRESSED) == (match.rule.name not in ignored)


@cases("text", "argument")
def test_the_text_after_a_prefix_is_its_argument(book: RuleBook, text: str, argument: str) -> None:
    assert book.fire(message(text))[-1].argument == argument


class TestChance:
    def test_one_in_so_many_fires_about_so_often_and_always_for_the_same_message(self) -> None:
        router = Router()
        router.reaction("vim", one_in=10)(nothing)
        book = RuleBook(router.rules)
        asked = [message("vim", ts=f"{n}.0") for n in range(2000)]
        fires = [each for each in asked if book.fire(each)]
        assert 140 < len(fires) < 260
        # A redelivery or an edit is another event about the same message.
        again = [replace(each, event_id="Ev2", edited_ts="9.9") for each in fires[:20]]
        assert all(map(book.fire, again))

    def test_chance_differs_from_rule_to_rule(self) -> None:
        router = Router()
        router.reaction("a")(nothing)
        router.reaction("b")(nothing)
        one, other = (rule.random(message("ab")).random() for rule in router.rules)
        assert one != other


class TestDynamicRules:
    def test_a_fallback_is_tried_only_if_nothing_else_replies(self) -> None:
        router = Router()
        router.reaction("thank")(nothing)
        router.command("help")(nothing)
        router.contains("proverbs")(nothing)
        router.prefix("xkcd:")(nothing)
        router.dynamic("shout", when=lambda message: message.text.isupper())(nothing)
        router.dynamic("else", when=lambda message: message.text != "no", fallback=True)(nothing)
        for text in ("help", "proverbs", "xkcd:1", "SHOUT"):
            candidates = RuleBook(router.rules).candidates(message(text, direct=True))
            assert candidates[-1].rule.name == "dynamic:else", text
            assert candidates[-1].skipped is SkipReason.ANSWERED, text
        assert fired(router, message("hm")) == ["dynamic:else"]
        assert fired(router, message("no")) == []
        assert fired(router, message("thanks")) == ["reaction:thank", "dynamic:else"]
        assert "dynamic:else" in fired(router, message("help"))

    def test_a_failing_condition_fails_when_its_rule_acts_and_stops_no_other(self) -> None:
        def broken(message: Message) -> bool:
            raise ZeroDivisionError

        router = Router()
        router.dynamic("broken", when=broken)(nothing)
        router.command("help")(nothing)
        matches = RuleBook(router.rules).fire(message("help", direct=True))
        assert [match.rule.name for match in matches] == ["command:help", "dynamic:broken"]
        with pytest.raises(ZeroDivisionError):
            matches[1].rule.handler(Ask(message("help")))


def test_rules_act_by_kind_and_within_a_kind_as_declared() -> None:
    router = Router()
    router.dynamic("always", when=lambda message: True)(nothing)
    router.command("xkcd:vim")(nothing)
    router.prefix("xkcd:")(nothing)
    router.contains("v")(nothing)
    router.contains("k")(nothing)
    router.reaction("vim")(nothing)
    router.reaction("xkcd")(nothing)
    assert fired(router, message("xkcd:vim", direct=True)) == [
        "reaction:vim",
        "reaction:xkcd",
        "contains:v",
        "contains:k",
        "prefix:xkcd:",
        "command:xkcd:vim",
        "dynamic:always",
    ]


@pytest.mark.parametrize("rule_class", [Command, Prefix, Reaction, Contains])
def test_a_trigger_that_two_rules_claim_stops_the_start_and_names_both(
    rule_class: type[Rule],
) -> None:
    one = rule_class(trigger="Go Tour", handler=nothing, source="tour.py")
    other = rule_class(
        trigger="other", handler=nothing, aliases=("go tour",), source="answers.toml"
    )
    with pytest.raises(ContentError) as caught:
        RuleBook([one, other])
    [problem] = caught.value.problems
    assert problem == (
        f"answers.toml: [other]: the {one.kind.value} 'go tour' is already taken by [Go Tour] in "
        "tour.py: rename one of them"
    )


def test_all_clashes_are_reported_and_the_data_is_to_change() -> None:
    rules = [
        Command(trigger=name, handler=nothing, source=source)
        for source in ("answers.toml", "a.py")
        for name in "abc"
    ]
    assert [(each.file, each.entry) for each in clashes(rules)] == [
        ("answers.toml", name) for name in "abc"
    ]


def test_spaces_and_case_hide_no_clash() -> None:
    assert clashes([Command(trigger=name, handler=nothing) for name in ("go tour", "Go  tour")])


def test_two_kinds_may_share_a_trigger_and_a_rule_may_repeat_its_own() -> None:
    rules = [kind(trigger="go", handler=nothing) for kind in (Command, Reaction, Contains)]
    assert not clashes([*rules, Command(trigger="no", handler=nothing, aliases=("NO",))])


def test_rules_are_given_by_their_class() -> None:
    router = Router()
    router.team_join()(nothing)
    router.channel_join("newbies")(nothing)
    book = RuleBook(router.rules)
    assert [rule.trigger for rule in book.of(ChannelJoin)] == ["newbies"]
    assert not book.fire(message("newbies", direct=True))


def test_help_lists_the_commands_sorted_and_then_the_prefixes() -> None:
    router = Router()
    router.prefix("b:", example=("b:1", "one"))(nothing)
    router.command("Zoo", aliases=["z"], hidden_aliases=["zoos"])(nothing)
    router.reaction("no")(nothing)
    router.prefix("a:")(nothing)
    router.command("ant")(nothing)
    book = RuleBook(router.rules)
    assert [astuple(entry) for entry in book.entries()] == [
        (Kind.COMMAND, "ant", (), "do nothing", (), ""),
        (Kind.COMMAND, "Zoo", ("z",), "do nothing", ("zoos",), ""),
        (Kind.PREFIX, "a:", (), "do nothing", (), ""),
        (Kind.PREFIX, "b:", (), "do nothing", (), "b:1"),
    ]
    assert sorted(book.command_triggers()) == ["ant", "z", "zoo", "zoos"]


def test_a_name_that_no_list_shows_clashes_like_any_other() -> None:
    router = Router()
    router.command("zoo", hidden_aliases=["ark"])(nothing)
    router.command("ark")(nothing)
    with pytest.raises(ContentError, match="'ark' is already taken"):
        RuleBook(router.rules)


WORDS = st.sampled_from(["go", "tour", "vim", "a:", "b:", "proverbs", " ", "GO", "x"])


@given(st.lists(WORDS, max_size=6).map("".join), st.booleans(), st.booleans())
def test_what_is_considered_and_not_held_fires(text: str, mentioned: bool, direct: bool) -> None:
    router = Router()
    router.reaction("vim", addressed=True)(nothing)
    router.contains("proverbs")(nothing)
    router.prefix("a:", addressed=True)(nothing)
    router.prefix("b:")(nothing)
    router.command("go tour", aliases=["go"])(nothing)
    router.dynamic("x", when=lambda message: "x" in message.text)(nothing)
    book = RuleBook(router.rules)
    asked = message(text.strip(), mentioned=mentioned, direct=direct)
    fires = [match for match in book.candidates(asked) if match.skipped is None]
    assert book.fire(asked) == fires
    # Speaking to the bot never makes it do less.
    more = {match.rule.name for match in book.fire(replace(asked, mentions=(BOT,)))}
    assert {match.rule.name for match in fires} <= more


# Shadow mode, as `docs/behaviour.md` has it.

ONLY_ADDRESSED = {Kind.REACTION, Kind.CONTAINS, Kind.PREFIX}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("addressed", [True, False])
@pytest.mark.parametrize("edited", [True, False])
def test_shadow_mode_does_only_what_is_asked(kind: Kind, addressed: bool, edited: bool) -> None:
    asked_to = kind in ONLY_ADDRESSED and addressed and not edited
    acts = permitted(kind, addressed=addressed, shadow=True, edited=edited)
    assert acts == (kind is Kind.COMMAND or asked_to)
    assert permitted(kind, addressed=addressed, shadow=False, edited=edited)


# Many texts at once: what finds them must agree with plain `in`.


@cases("needles", "text", "found")
def test_needles_are_found_wherever_they_stand(needles: str, text: str, found: str) -> None:
    assert SubstringIndex(needles.split()).find(text) == set(found.split())


def test_an_empty_needle_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        SubstringIndex(["a", ""])


@given(
    st.lists(st.text("abc", min_size=1, max_size=5), max_size=12),
    st.lists(st.text("abcd", max_size=40), min_size=1, max_size=3),
)
def test_it_finds_what_a_plain_search_finds(needles: list[str], texts: list[str]) -> None:
    index = SubstringIndex(needles)
    for text in texts:  # the same index: what it remembers of one text must not spoil the next
        assert index.find(text) == {needle for needle in needles if needle in text}


@given(st.lists(st.text(min_size=1, max_size=4), max_size=6), st.text(max_size=60))
def test_it_finds_what_a_plain_search_finds_in_any_script(needles: list[str], text: str) -> None:
    assert SubstringIndex(needles).find(text) == {needle for needle in needles if needle in text}
