"""Which rules fire for a message, and which do not although their trigger is there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.errors import ContentError
from gopherbot.model import Ask, Effects, Mention, MentionKind, Message
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
from gopherbot.rulebook.matching import RuleBook, clashes

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


class TestCommands:
    @pytest.fixture
    def book(self) -> RuleBook:
        router = Router("answers.toml")
        router.command("doesn't work", aliases=["more context"])(nothing)
        return RuleBook(router.rules)

    @pytest.mark.parametrize(
        "text",
        [
            "doesn't work",
            "Doesn't Work",
            "DOESN\u2019T WORK",
            "doesn't   work",
            "doesn't\nwork",
            "more context",
            "doesn't work!",
            "`doesn't work`",
            "*more context*\u2026",
        ],
    )
    def test_the_whole_text_is_the_trigger_or_an_alias(self, book: RuleBook, text: str) -> None:
        assert book.fire(message(text, direct=True))
        assert book.fire(message(text, mentioned=True))

    @pytest.mark.parametrize("text", ["-doesn't work", "it doesn't work", "doesnt work", "", "d"])
    def test_any_other_text_is_not(self, book: RuleBook, text: str) -> None:
        assert not book.fire(message(text, direct=True))

    def test_punctuation_of_a_trigger_counts_before_it_is_left_out(self) -> None:
        router = Router("answers.toml")
        router.command("why?")(nothing)
        router.command("why")(nothing)
        router.command("go.dev")(nothing)

        assert fired(router, message("why?", direct=True)) == ["command:why?"]
        assert fired(router, message("why??", direct=True)) == ["command:why"]
        assert fired(router, message("<http://go.dev|go.dev>", direct=True)) == ["command:go.dev"]

    def test_it_does_not_fire_unless_the_bot_is_addressed(self, book: RuleBook) -> None:
        assert not book.fire(message("more context"))
        [held] = book.candidates(message("more context"))
        assert held.skipped is SkipReason.NOT_ADDRESSED


class TestPrefixes:
    @pytest.fixture
    def book(self) -> RuleBook:
        router = Router("p.py")
        router.prefix("xkcd:")(nothing)
        router.prefix("define ", addressed=True)(nothing)
        return RuleBook(router.rules)

    def test_the_rest_of_the_text_is_the_argument_with_its_case(self, book: RuleBook) -> None:
        [match] = book.fire(message("XKCD: Standards  Now"))

        assert match.argument == " Standards  Now"

    def test_it_need_not_be_addressed_unless_the_rule_asks_for_it(self, book: RuleBook) -> None:
        assert book.fire(message("xkcd:1"))
        assert not book.fire(message("define slice"))
        assert book.fire(message("define slice", direct=True))
        assert book.candidates(message("Define x"))[0].skipped is SkipReason.NOT_ADDRESSED

    def test_it_fires_once_for_a_text_that_is_the_prefix_and_shorter_than_others(
        self, book: RuleBook
    ) -> None:
        assert [match.argument for match in book.fire(message("xkcd:"))] == [""]

    def test_it_fires_at_the_start_of_the_text_only(self, book: RuleBook) -> None:
        assert not book.fire(message("see xkcd:1"))
        assert not book.fire(message("xkcd"))
        assert not book.fire(message("define", direct=True))

    def test_a_letter_that_folding_lengthens_is_found_in_both_spellings(self) -> None:
        router = Router()
        router.prefix("straße:")(nothing)
        book = RuleBook(router.rules)

        assert [match.argument for match in book.fire(message("Straße:x"))] == ["x"]
        assert [match.argument for match in book.fire(message("STRASSE:x"))] == ["x"]


class TestReactions:
    def test_the_text_is_anywhere_and_in_any_case(self) -> None:
        router = Router()
        router.reaction("bbq", aliases=["grill"])(nothing)

        assert fired(router, message("the BBQs"))
        assert fired(router, message("grilling"))
        assert not fired(router, message("b b q"))

    def test_addresses_are_not_searched_but_their_labels_are(self) -> None:
        router = Router()
        router.reaction("bbq")(nothing)

        assert not fired(router, message("see <https://bbq.example/a> or <http://bbq.io|bbq.io>"))
        assert fired(router, message("<https://grill.example|bbq tonight>"))

    def test_it_fires_once_however_often_its_texts_are_there(self) -> None:
        router = Router()
        router.reaction("bbq", aliases=["grill"])(nothing)

        assert fired(router, message("bbq bbq grill")) == ["reaction:bbq"]

    def test_a_phones_quote_is_a_quote(self) -> None:
        router = Router()
        router.contains("i'm a teapot")(nothing)

        assert fired(router, message("I\u2019m a teapot"))

    def test_blanks_are_kept_since_they_may_matter(self) -> None:
        router = Router()
        router.reaction(" go ")(nothing)

        assert fired(router, message("let's go home"))
        assert not fired(router, message("gopher"))

    def test_one_for_messages_to_the_bot_fires_when_it_is_mentioned_and_in_a_dm(self) -> None:
        router = Router()
        router.reaction("thank", addressed=True)(nothing)

        assert fired(router, message("thanks", mentioned=True))
        assert fired(router, message("thanks", direct=True))
        assert not fired(router, message("thanks"))
        [held] = RuleBook(router.rules).candidates(message("thanks"))
        assert held.skipped is SkipReason.NOT_ADDRESSED

    def test_one_in_so_many_fires_about_so_often(self) -> None:
        router = Router()
        router.reaction("vim", one_in=10)(nothing)
        book = RuleBook(router.rules)

        count = sum(bool(book.fire(message("vim", ts=f"{n}.0"))) for n in range(4000))

        assert 300 < count < 500

    def test_chance_decides_the_same_for_the_same_event(self) -> None:
        router = Router()
        router.reaction("vim", one_in=2)(nothing)
        book = RuleBook(router.rules)

        for n in range(20):
            tries = {len(book.fire(message("vim", ts=f"{n}.0"))) for _ in range(5)}
            assert len(tries) == 1

    def test_chance_differs_from_rule_to_rule(self) -> None:
        router = Router()
        router.reaction("a")(nothing)
        router.reaction("b")(nothing)
        one, other = (rule.random(message("ab")).random() for rule in router.rules)

        assert one != other


class TestDynamicRules:
    def test_one_fires_when_it_says_so(self) -> None:
        router = Router()
        router.dynamic("long", when=lambda message: len(message.text) > 3)(nothing)

        assert fired(router, message("long")) == ["dynamic:long"]
        assert not fired(router, message("no"))

    def test_a_fallback_is_asked_only_when_nothing_else_replies(self) -> None:
        router = Router()
        router.reaction("thank")(nothing)
        router.command("help")(nothing)
        router.contains("proverbs")(nothing)
        router.prefix("xkcd:")(nothing)
        router.dynamic("shout", when=lambda message: message.text.isupper())(nothing)
        router.dynamic("else", when=lambda message: True, fallback=True)(nothing)

        for text in ("help", "proverbs", "xkcd:1", "SHOUT"):
            assert "dynamic:else" not in fired(router, message(text, direct=True)), text
        assert fired(router, message("hm")) == ["dynamic:else"]
        assert fired(router, message("thanks")) == ["reaction:thank", "dynamic:else"]
        assert "dynamic:else" in fired(router, message("help"))

    def test_one_that_fails_at_deciding_fails_where_rules_act_and_stops_no_other(self) -> None:
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


def test_of_data_and_code_that_clash_it_is_the_data_that_is_told_to_change() -> None:
    rules = [
        Command(trigger="a", handler=nothing, source="answers.toml"),
        Command(trigger="a", handler=nothing, source="a.py"),
    ]

    assert [problem.file for problem in clashes(rules)] == ["answers.toml"]


def test_every_clash_is_told_at_once() -> None:
    rules = [
        Command(trigger=name, handler=nothing, source=f"{n}.py") for n in (1, 2) for name in "abc"
    ]

    assert [problem.entry for problem in clashes(rules)] == ["a", "b", "c"]


def test_the_same_text_for_rules_of_two_kinds_is_no_clash() -> None:
    rules = [kind(trigger="go", handler=nothing) for kind in (Command, Reaction, Contains)]

    assert not clashes(rules)


def test_an_alias_that_is_its_own_trigger_is_no_clash() -> None:
    assert not clashes([Command(trigger="go", handler=nothing, aliases=("GO",))])


def test_rules_are_given_by_their_class() -> None:
    router = Router()
    router.team_join()(nothing)
    router.channel_join("newbies")(nothing)
    book = RuleBook(router.rules)

    assert [rule.trigger for rule in book.of(ChannelJoin)] == ["newbies"]
    assert not book.fire(message("newbies", direct=True))


def test_help_gives_the_commands_sorted_and_then_the_prefixes() -> None:
    router = Router()
    router.prefix("b:")(nothing)
    router.command("Zoo", aliases=["z"])(nothing)
    router.reaction("no")(nothing)
    router.prefix("a:")(nothing)
    router.command("ant")(nothing)

    entries = RuleBook(router.rules).entries()

    assert [entry.trigger for entry in entries] == ["ant", "Zoo", "a:", "b:"]
    assert entries[1].aliases == ("z",)
    assert entries[1].help == "do nothing"


def test_a_command_has_names_too_that_no_list_shows() -> None:
    router = Router()
    router.command("zoo", aliases=["z"], hidden_aliases=["zoos"])(nothing)
    book = RuleBook(router.rules)

    [rule] = book.of(Command)
    assert book.command("Zoos") is rule
    [entry] = book.entries()
    assert (entry.aliases, entry.hidden_aliases) == (("z",), ("zoos",))


def test_a_name_that_no_list_shows_clashes_like_any_other() -> None:
    router = Router()
    router.command("zoo", hidden_aliases=["ark"])(nothing)
    router.command("ark")(nothing)

    with pytest.raises(ContentError, match="'ark' is already taken"):
        RuleBook(router.rules)


WORDS = st.sampled_from(["go", "tour", "vim", "a:", "b:", "proverbs", " ", "GO", "x"])


@given(st.lists(WORDS, max_size=6).map("".join), st.booleans(), st.booleans())
def test_what_fires_is_what_is_considered_and_not_held(
    text: str, mentioned: bool, direct: bool
) -> None:
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
