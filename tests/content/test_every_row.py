"""What the bot's users rely on: names, and what each answer must hold.

The list in `cases.toml` is written down apart from the data that it checks. It says what must not
be lost, and leaves every addition free: a new answer, alias or link needs no line there.
"""

from pathlib import Path

import pytest
from cases import cases

from gopherbot.explain import explain
from gopherbot.model import Ask, Kind, Message, NoHelpDesk, Overlooked, Reply, Use
from gopherbot.rulebook import loader
from gopherbot.search.words import missed_words
from gopherbot.testing import BotResponse, bot


def told(answer: BotResponse) -> str:
    """Return all that the bot says."""
    return "\n".join(f"{said.text}\n{said.attachment}" for said in answer.replies)


@cases("line")
def test_a_command_is_known_by_its_names_and_says_what_it_must(line: str) -> None:
    names, _, must = line.partition(" -> ")
    trigger, *aliases = names.split(", ")
    for name in (trigger, *aliases):
        answer = bot.say(f"@gopher {name}")
        assert f"command:{trigger}" in answer.rules
        assert [text for text in must.split(" | ") if text not in told(answer)] == []


def test_every_name_is_known_in_capitals_and_in_a_dm_but_only_when_the_bot_is_addressed() -> None:
    for rule in bot.content.rules.rules:
        for name in rule.triggers if rule.kind is Kind.COMMAND else ():
            assert rule.name in bot.say(name.upper(), dm=True).rules, name
            assert rule.name not in bot.say(name).rules, name
    near = explain(bot.content, "go tour").near
    assert "not addressed" in {miss.rule: miss.why for miss in near}["command:go tour"]


def test_a_coin_is_fair() -> None:
    tosses = [bot.say("@gopher flip a coin", seed=f"{n}").text for n in range(400)]
    assert set(tosses) == {"heads", "tails"}
    assert 140 < tosses.count("heads") < 260
    assert bot.say("@gopher coin flip").rules == bot.say("@gopher flip coin").rules


def test_only_channels_that_exist_are_recommended() -> None:
    rule = bot.content.rules.command("channels")
    assert rule
    said = rule.handler(Ask(Message("Ev1", "C1", "U1", "1.0", "channels")))
    assert isinstance(said, Reply)
    assert said.attachment == ""


@pytest.mark.parametrize(
    ("count", "lead", "lines"),
    [(1, "This question is", 1), (2, "These are", 2), (10, "These are", 10), (12, "These are", 11)],
)
def test_the_first_ten_unanswered_questions_are_listed(
    count: int, lead: str, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [Overlooked("https://a.example", "C1", "U1", age=7200)] * count
    monkeypatch.setattr(NoHelpDesk, "overlooked", lambda desk: waiting)
    [said] = bot.say("@gopher unanswered").replies
    assert said.text == f"{lead} still waiting for an answer:"
    assert len(said.attachment.splitlines()) == lines
    assert said.attachment.endswith("… and 2 more") is (count == 12)


def test_help_begins_with_what_newcomers_need_and_folds_the_rest() -> None:
    [said] = bot.say("@gopher help @bob").replies
    assert said.text.startswith("@bob Here's everything I can do.")
    assert "\nEdit your message and I'll update my answer; " in said.text
    assert "react to my answer with :x: and I'll delete it.\n" in said.text
    assert said.text.endswith("begin your message with `nolink` if you don't want that.")
    lines = said.attachment.splitlines()
    assert lines[1:3] == ["*Getting started*", "• `newbie resources`: where to start with Go"]
    assert [line for line in lines if "fyne" in line and line.count("`fyne ") != 7] == []
    assert "\n*And more*\n• " in said.attachment
    assert len(said.attachment) < 4000


@cases("written", "must")
def test_a_prefix_is_answered(written: str, must: str) -> None:
    """With the address or the words in `must`; "" where the bot keeps quiet."""
    assert bot.say(written).text.partition(", or one of these")[0] == must


def test_a_comic_is_shown_and_pings_the_members_that_the_message_mentions() -> None:
    [said] = bot.say("@bob xkcd:1053").replies
    assert said.text == "@bob https://xkcd.com/1053"
    assert said.sent.unfurl


@cases("texts", "emoji")
def test_any_message_with_its_text_gets_a_reaction(texts: list[str], emoji: list[str]) -> None:
    for text in texts:
        for written in (text, f"so {text.upper()}s!"):
            added = bot.say(written).emoji
            assert set(emoji) <= set(added)
            assert len(added) == len(set(added))


@cases("texts", "emoji")
def test_some_reactions_need_the_bot_to_be_addressed(texts: list[str], emoji: list[str]) -> None:
    for text in texts:
        assert bot.say(f"{text} @gopher").emoji == bot.say(text, dm=True).emoji == tuple(emoji)
        assert not bot.say(text).emoji


@pytest.mark.parametrize(("text", "emoji"), [("vim", "emacs"), ("emacs", "vim")])
def test_the_editors_are_rivals_one_time_in_150(text: str, emoji: str) -> None:
    answers = [bot.say(text, seed=f"{n}").emoji for n in range(1500)]
    assert set(answers) == {(), (emoji,)}
    assert 2 <= 1500 - answers.count(()) <= 24


@cases("text", "reply")
def test_some_texts_are_answered_for_all_to_see(text: str, reply: str) -> None:
    answer = bot.say(text)
    assert reply in answer.text
    assert not answer.ephemeral


# Examples, and what is counted about an answer.


def test_an_example_gives_the_answer_that_it_promises() -> None:
    rules = [rule for rule in bot.content.rules.rules if rule.kind in (Kind.COMMAND, Kind.PREFIX)]
    assert [rule.name for rule in rules if not rule.example] == []
    for rule in rules:
        written, promised = rule.example or ("", "")
        answer = bot.say(f"@gopher {written}")
        assert rule.name in answer.rules
        assert promised.strip(), written
        assert promised in "\n".join(f"{s.sent.text}\n{s.sent.attachment}" for s in answer.replies)


@cases("file", "entry", "example")
def test_data_files_have_examples(
    tmp_path: Path, file: str, entry: str, example: list[str]
) -> None:
    (tmp_path / file).write_text(f'["a/"]\nhelp = "h"\n{entry}\n')
    found = {rule.trigger: rule.example for rule in loader.load(tmp_path).rules.rules}
    assert list(found["a/"] or ()) == example


@cases("asked", "uses")
def test_an_answer_is_counted_by_its_rules_name(asked: str, uses: list[tuple[str, str]]) -> None:
    [said] = bot.say(f"@gopher {asked}").replies
    assert set(said.sent.uses) >= {(Use(use), name) for use, name in uses}
    assert bool(said.sent.uses) == bool(uses)


def test_what_its_asker_shares_is_counted_as_shared() -> None:
    [said] = bot.say("@gopher how do I copy a slice?").replies
    assert said.sent.shared
    assert said.sent.shared.uses == ((Use.SHARED, "copy a slice"),)


@cases("asked", "words")
def test_words_that_find_nothing_are_noted(asked: str, words: list[str]) -> None:
    noted: list[str] = []
    message = Message("Ev1", "D1", "U1", "1.0", asked, raw=asked, direct=True)
    rules = bot.content.rules
    for match in rules.fire(message):
        match.rule.handler(Ask(message, match.argument, help=rules, found_nothing=noted.extend))
    assert noted == words


@cases("text", "words")
def test_of_a_text_only_plain_words_are_noted(text: str, words: list[str]) -> None:
    """Never a member's own: no names, addresses, secrets or numbers; and eight at the most."""
    assert missed_words(text) == words
