"""Suggestions: for anyone a slip away from what the bot knows, never for anyone who just talks."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.explain import Scenario, explain, outcomes_of
from gopherbot.model import Audience, Kind
from gopherbot.search.catalogue import Catalogue
from gopherbot.testing import bot

RULE = "dynamic:did you mean"

# What is written, and the suggestion that comes first.
SLIPS = {
    "hlep": "help",
    "Help me please": "help",
    "need help?": "help",
    "commnds": "commands",
    "boks": "books",
    "show me the books": "books",
    "flip a con": "flip a coin",
    "Flip the coin": "flip coin",
    "newbie resource": "newbie resources",
    "recomended chanels": "recommended channels",
    "go tuor": "go tour",
    "gopaht": "gopath",
    "doesn\u2019t wrok": "doesn't work",
    "codee of conduct": "code of conduct",
    "books :smile:": "books",
    "goroutine": "define goroutine",
    "goruotine": "define goroutine",
    "Goroutine?": "define goroutine",
    "what is a goroutine": "define goroutine",
    "what's a mutex?": "define mutex",
    "whats escape analysis": "define escape analysis",
    "explain defer": "define defer",
    "fuzzing what is": "define fuzzing",
    "closures what are?": "define closure",
    "was ist ein Slice?": "define slice",
    "¿Qué es un slice?": "define slice",
    "que son los generics": "define generics",
    "c\u2019est quoi une interface ?": "define interface",
    "qu'est-ce qu'un mutex ?": "define mutex",
    "o que é uma goroutine": "define goroutine",
    "cos'è una closure?": "define closure",
    "goroutine nedir?": "define goroutine",
    "что такое slice": "define slice",
    "что такое горутина?": "define goroutine",
    "what is panic": "define panic",
    "explain golang.org/x/sync/errgroup": "define errgroup",
    "context cancel why need defer cancel": "define context cancellation",
    "define": "define goroutine",
    "define: slice": "define slice",
    "defien slice": "define slice",
    "xkcd 1053": "xkcd:1053",
    "xckd:1053": "xkcd:1053",
    "xkcd": "xkcd:standards",
    "search": "search copy a slice",
    "doc": "doc strings.Builder.Grow",
    "ghd gorilla/mux": "ghd/gorilla/mux",
}

TALK = """
thanks! / thank you / thank you so much / thx / ty / cheers mate / much appreciated / tysm
good morning / morning / good night / good evening / good afternoon / happy friday / happy new year
hello / hi / hi there / hey / hey there / yo / sup / howdy / hello gopher / hi gopher / good gopher
how are you / how are you? / how's it going / what's up / what's up? / what's new?
lol / rofl / haha / hahaha / omg / wtf / oops / ouch / yikes / yay / boo / meh / sigh / ugh / hmm
ok / okay / yes / no / nope / yeah / yep / sure / cool / nice / nice one / neat / sweet / wow / why
why not / what / what? / who are you / where are you / are you a bot? / are you there / is this on
great job / well done / good bot / bad bot / you rock / i love you / love it / you're the best
brb / afk / bye / good bye / see you / see you later / later / sorry / my bad / no problem / np
welcome / you're welcome / ping / pong / test / test 123 / please / come on / stop / stop it
be quiet / shut up / tell me a joke / your turn / your move / four / hour / pour / post / repost
looks good / looks good to me / lgtm / ship it / merged / done / it works / works for me / fixed
good point / fair enough / makes sense / i agree / agreed / exactly / right / true / false
new / any / any news / never mind / nothing / something / anyone / people / all good / all yours
friday / monday / merry christmas / congrats / congratulations / party / lunch / coffee / pizza
weather / tomorrow / today / now / soon / again / one more / 1 / 42 / +1 / -1 / ? / !!! / ... / 👍
go / go go go / go on / go away / go home / let's go / golang / gopher / gophers / what the hell
:wave: / :gopher: / :tada: :tada: / :+1: / who made you / sing a song / make me a sandwich
awesome / amazing / perfect / excellent / brilliant / interesting / weird / strange / broken
close call / race you / time flies / error 404 / don't panic / keep calm / copy that / all clear
held / hell / helm / what the heck / not now / not you / me too / same here / same / no idea / idk
thanks for the help / good work / get well soon / talk to you later / on my way / not yet / maybe
back / about / house / water / table / light / night / world / music / story / money / phone
"""


def suggested(text: str) -> list[str]:
    """What is suggested in a channel to who writes this to the bot: one answer, or what may be."""
    found = outcomes_of(bot.content, text, Scenario(addressed=True))
    replies = [said for o in found if o.rule == RULE for said in o.replies]
    if not replies:
        return []
    [said] = replies
    assert said.sent.to is Audience.ASKER_ONLY
    return re.findall("(?:^• |or mention me with )`([^`]+)`", said.sent.text, re.MULTILINE)


def test_a_slip_is_understood() -> None:
    assert {text: suggested(text)[:1] for text in SLIPS} == {
        text: [meant] for text, meant in SLIPS.items()
    }


@pytest.mark.parametrize(
    ("texts", "rule"),
    [
        ("@gopher: go tour/@gopher, go tour/@gopher - go tour/@gopher:go tour", "command:go tour"),
        ("@gopher go tour./@gopher `go tour`/@gopher: *Go tour!*", "command:go tour"),
        ("@gopher: define slice", "prefix:define "),
        ("@gopher, doc fmt.Println", "prefix:doc "),
        ("@gopher, xkcd:927", "prefix:xkcd:"),
    ],
)
def test_punctuation_is_no_slip_and_hides_no_prefix(texts: str, rule: str) -> None:
    for text in texts.split("/"):
        assert bot.say(text).rules == (rule,)


@pytest.mark.parametrize("text", ["heal", "typo", "xkdc 1 `*<!here>", "d", "dog", "define :"])
def test_what_is_short_or_odd_is_taken_for_nothing_else(text: str) -> None:
    assert suggested(text) == []


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
    said = [text.strip() for line in TALK.strip().splitlines() for text in line.split(" / ")]
    talk = [text for text in said if not bot.content.data.glossary.find(text)]
    interrupted = {text: found for text in talk if (found := suggested(text))}
    assert len(interrupted) <= len(talk) / 100, interrupted


def test_a_command_with_two_letters_swapped_is_understood() -> None:
    commands = [rule for rule in bot.content.rules.rules if rule.kind is Kind.COMMAND]
    for rule in commands:
        for name in rule.triggers:
            if len(name) < 4 or name[2] == name[1] or " " in name[1:3]:
                continue
            slip = name[0] + name[2] + name[1] + name[3:]
            if not bot.content.rules.command(slip):
                assert set(suggested(slip)) & set(rule.triggers), slip


@given(st.text(max_size=45) | st.sampled_from([*SLIPS, "defin xyz", "xkcd foo", "define :"]))
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


@pytest.mark.parametrize("text", ["books", "define xyzzy", "xkcd:nope", "d/net/http", "proverbs"])
def test_it_is_silent_where_another_rule_replies(text: str) -> None:
    rules = bot.say(text, dm=True).rules

    assert rules
    assert RULE not in rules


def test_a_reaction_beside_it_is_fine() -> None:
    assert bot.say("@gopher boks wave").rules == ("reaction:wave",)
    assert bot.say("@gopher ghost boks").rules[0] == "reaction:ghost"


@pytest.mark.parametrize(
    "text", ["I would like to see the books", "boks " + "x" * 40, "boks\n\n\n\na b c d e", ""]
)
def test_who_says_more_than_a_few_words_is_talking(text: str) -> None:
    assert suggested(text) == []


def test_it_keeps_quiet_about_files_and_in_shadow_mode() -> None:
    assert RULE not in bot.say("boks", dm=True, files={"boks.pdf": "x"}).rules
    found = explain(bot.content, "boks", Scenario(kind="dm", shadow=True))

    assert not found.outcomes
    assert any(near.rule == RULE and "shadow" in near.why for near in found.near)


@given(st.text("<>&@!#|`*_~CUbokshelp ", max_size=40))
def test_nothing_that_a_member_wrote_is_repeated_as_markup(text: str) -> None:
    for suggestion in suggested(text):
        assert "<" not in suggestion.replace("&lt;", "")
