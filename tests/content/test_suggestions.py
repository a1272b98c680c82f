"""What the bot says to who asks in their own words, slips or greets, and never to who just talks.

What the answers look like is in `said.txt`.
"""

import re
import time
from pathlib import Path

import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.content.commands.introduction import GREETINGS, QUESTIONS
from gopherbot.explain import Scenario, explain, outcomes_of
from gopherbot.model import Audience, Kind
from gopherbot.search.catalogue import Catalogue
from gopherbot.search.slips import Slips
from gopherbot.testing import Bot, bot

from .test_bakers import BAKERS

RULE = "dynamic:did you mean"
INTRODUCTION = "dynamic:introduction"
QUESTION = "how do I set a timeout on an http client?"


def suggested(text: str) -> list[str]:
    """What is suggested in a channel to who writes this to the bot: one answer, or what may be."""
    found = outcomes_of(bot.content, text, Scenario(addressed=True))
    replies = [said for o in found if o.rule == RULE for said in o.replies]
    if not replies:
        return []
    [said] = replies
    assert said.sent.to is Audience.ASKER_ONLY
    return re.findall("(?:^• |or mention me with )`([^`]+)`", said.sent.text, re.MULTILINE)


@cases("text", "meant")
def test_a_slip_is_understood(text: str, meant: str) -> None:
    assert suggested(text)[:1] == [meant]


@cases("texts", "rule")
def test_punctuation_is_no_slip_and_hides_no_prefix(texts: str, rule: str) -> None:
    for text in texts.split("/"):
        assert bot.say(text).rules == (rule,)


@cases("text")
def test_what_is_short_or_odd_or_long_is_taken_for_nothing_else(text: str) -> None:
    assert suggested(text) == []


@pytest.mark.slow
def test_a_long_question_costs_no_more_than_its_beginning() -> None:
    """A member may write 40,000 characters."""
    catalogue, entries = Catalogue(bot.content.data), bot.content.rules.entries()
    catalogue.search("copy a slice", entries, 3)

    def seconds(text: str) -> float:
        start = time.thread_time()
        for _ in range(20):
            catalogue.search(text, entries, 3)
        return time.thread_time() - start

    beginning = "copy a slice " * 77
    assert min(seconds(beginning * 40) for _ in range(3)) < 5 * seconds(beginning)


def test_ordinary_talk_is_left_alone() -> None:
    """But for a phrase or two: a new command may look like something that people say."""
    said = re.split(" / |\n", Path(__file__).with_name("talk.txt").read_text("utf-8").strip())
    talk = [text for text in said if not bot.content.data.glossary.find(text)]
    interrupted = {text: found for text in talk if (found := suggested(text))}
    assert len(interrupted) <= len(talk) / 100, interrupted


@pytest.mark.slow
def test_a_command_with_two_letters_swapped_is_understood() -> None:
    commands = [rule for rule in bot.content.rules.rules if rule.kind is Kind.COMMAND]
    for rule in commands:
        for name in rule.triggers:
            if len(name) < 4 or name[2] == name[1] or " " in name[1:3]:
                continue
            slip = name[0] + name[2] + name[1] + name[3:]
            if not bot.content.rules.command(slip):
                assert set(suggested(slip)) & set(rule.triggers), slip


@given(st.text(max_size=45) | st.sampled_from(["hlep", "codee of conduct", "xkcd foo", "define :"]))
def test_whatever_is_suggested_works_when_it_is_written(text: str) -> None:
    for suggestion in suggested(text):
        found = explain(bot.content, suggestion, Scenario(kind="dm"))
        answered = [outcome.rule for outcome in found.outcomes if outcome.replies]
        assert answered
        assert RULE not in answered


def test_it_answers_only_the_members_who_speak_to_it_and_says_how_to_ask() -> None:
    assert not bot.say("hlep")
    assert "Just mention me with it" in bot.say("@gopher boks").text
    assert "Just write it" in bot.say("boks", dm=True).text
    assert not bot.say(QUESTION)
    assert bot.say(f"@gopher {QUESTION}").rules == (RULE,)
    assert bot.say("@gopher boks wave").rules == ("reaction:wave",)
    assert bot.say("@gopher ghost boks").rules[0] == "reaction:ghost"


@cases("text")
def test_it_is_silent_where_another_rule_replies(text: str) -> None:
    rules = bot.say(text, dm=True).rules
    assert rules
    assert RULE not in rules


def test_it_keeps_quiet_about_files_and_in_shadow_mode() -> None:
    for text in ("boks", "how do I copy a slice?"):
        assert RULE not in bot.say(text, dm=True, files={"boks.pdf": "x"}).rules
    found = explain(bot.content, "boks", Scenario(kind="dm", shadow=True))
    assert not found.outcomes
    assert any(near.rule == RULE and "shadow" in near.why for near in found.near)


@pytest.mark.parametrize("command", ["", "search ", "doc "])
@given(text=st.text("<>&@!#|`*_~CUbokshelp slice how do I?", max_size=60))
def test_nothing_that_a_member_wrote_is_repeated_as_markup(command: str, text: str) -> None:
    for reply in bot.say(f"@gopher {command}{text}").replies:
        if command or RULE in bot.say(f"@gopher {text}").rules:
            assert "<" not in reply.sent.text.replace("<https://", "")


# A question, in one's own words.


@cases("text", "start")
def test_a_question_gets_its_answer_and_a_slip_what_it_may_be(text: str, start: str) -> None:
    answer = bot.say(f"@gopher {text}")
    assert answer.text.startswith(start)
    assert bool(answer) is answer.ephemeral is bool(start)


def test_an_answer_says_how_to_share_it_and_what_else_it_may_be() -> None:
    answer = bot.say("@gopher how can I copy a slice")
    assert "react to your message with :mega:, or mention me with `copy a slice`." in answer.text
    assert "Not it? Try `define copy`" in answer.text
    [said] = answer.replies
    assert said.sent.shared == bot.say("@gopher copy a slice").replies[0].sent
    alone = bot.say("how can I copy a slice @bob", dm=True)
    assert not alone.ephemeral
    assert (":mega:" in alone.text, "@bob" in alone.text) == (False, False)
    [among] = outcomes_of(bot.content, "how can I copy a slice", Scenario("group-dm"))[0].replies
    assert "To show everyone, write `copy a slice`." in among.text
    private = bot.say("@gopher what are the open questions?")
    assert private.text == bot.say("@gopher open questions").text


@pytest.mark.parametrize(("length", "button"), [(2950, True), (2951, False)])
def test_an_answer_that_is_short_enough_has_a_button(
    tmp_path: Path, length: int, button: bool
) -> None:
    answer = f'["knead dough"]\nhelp = "how to knead dough"\ntext = "{"x" * length}"'
    (tmp_path / "answers.toml").write_text(answer)
    (tmp_path / "moderation.toml").write_text('[reports]\nchannel = "mods"')
    [said] = Bot(tmp_path).say("@bot how do I knead dough?").replies
    assert (said.sent.share_button, "To show everyone" in said.text) == (button, not button)


@cases("name")
def test_who_writes_a_name_gets_what_it_names(name: str) -> None:
    term = bot.content.data.glossary.find(name)
    assert term
    assert bot.say(f"@gopher {name}").text.startswith(f"`{term.term.name}`")


def test_a_name_of_several_words_is_found_inside_a_text() -> None:
    assert bot.say("@gopher it says x is not used").text.startswith("`is not used` is")
    assert not bot.say("@gopher nobody said thisis not usedup")


def test_what_is_asked_with_share_is_answered_for_all() -> None:
    shared = bot.say("@gopher share how can I copy a slice?")
    assert shared.text == bot.say("@gopher copy a slice").text
    assert not shared.ephemeral
    assert not bot.say("@gopher share your screen, please")
    assert not bot.say("share how can I copy a slice?")


@pytest.mark.parametrize("text", ["lol", "can you review my life?", "?", "write me an http server"])
def test_alone_with_a_member_it_is_never_silent(text: str) -> None:
    assert bot.say(text, dm=True).text
    assert "I didn't get that" not in bot.say(f"@gopher {text}").text


def test_search_finds_up_to_eight_commands_and_terms() -> None:
    [said] = bot.say("@gopher search http timeouts").replies
    assert "• `http timeouts`: " in said.attachment
    commands, _, terms = said.attachment.partition("• Terms: ")
    assert commands.count("•") + terms.count("`define ") == 8
    assert f"`{'&' * 59}…`" in bot.say(f"@gopher search {'&' * 70}").text


@pytest.mark.parametrize("text", ["search", "search ", "search ```"])
def test_search_needs_the_bot_addressed_and_something_to_find(text: str) -> None:
    assert not bot.say("search slices")
    assert "prefix:search " not in bot.say(text, dm=True).rules


def test_other_commands_are_found_once_there_are_others() -> None:
    data, entries = bot.content.data, bot.content.rules.entries()
    catalogue, slips = Catalogue(data), Slips(data.glossary)
    for known in (entries[:1], entries):
        found = [hit.key for hit in catalogue.search("http timeouts", known, 1)]
        assert ("http timeouts" in found) == (known is entries)
        assert ("help" in slips.suggestions("hlep", known)) == (known is entries)


def test_terms_are_found_only_where_define_explains_them() -> None:
    entries = [each for each in bot.content.rules.entries() if each.trigger != "define "]
    found = Catalogue(bot.content.data).search("goroutine", entries, 8)
    assert not [hit.key for hit in found if hit.key.startswith("define ")]


def test_a_community_that_knows_nothing_suggests_nothing(tmp_path: Path) -> None:
    assert not Bot(tmp_path).say("@bot how do I knead dough?")
    said = Bot(tmp_path).say("how do I knead dough?", dm=True)
    assert said.text == "I didn't get that. Try `help` to see everything I can do."


# Greetings in a DM, and the question who the bot is: a short answer that leads to `help`.


def told(text: str, *, dm: bool = False) -> str:
    """What the introduction says, if it says anything, and nothing else does."""
    answer = bot.say(text, dm=dm)
    if INTRODUCTION not in answer.rules:
        return ""
    [said] = answer.replies
    return said.text


@cases("text", "start")
def test_a_greeting_and_who_are_you_are_answered_in_a_dm(text: str, start: str) -> None:
    answer = told(text, dm=True)
    assert answer.startswith(start)
    assert "Write `help`" in answer
    assert len(answer) < 250
    if start.startswith("I'm"):
        assert "Mention me with `help`" in told(f"@gopher {text}")


def test_all_that_it_listens_for_is_answered() -> None:
    for text in GREETINGS | QUESTIONS:
        assert told(text, dm=True), text
        assert not told(text), text


@cases("text")
def test_a_member_who_says_more_means_something_else(text: str) -> None:
    assert not told(text, dm=True)
    assert told("hi gopher", dm=True)
    assert INTRODUCTION not in bot.say("hi gopher", dm=True, files={"a.txt": "x"}).rules


@cases("text", "dm")
def test_a_mention_with_a_greeting_or_thanks_gets_only_an_emoji(text: str, dm: bool) -> None:
    answer = bot.say(text, dm=dm)
    assert (answer.emoji, answer.replies) == (("gopher",), ())


def test_another_community_hears_its_own_name() -> None:
    answer = BAKERS.say("hello Crumb", dm=True).text
    assert answer.startswith("Hi there! :wave: I'm @crumb, the Bakers bot.")
    assert answer.endswith("Write `help` to see everything I can do.")
