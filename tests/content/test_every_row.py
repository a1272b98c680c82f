"""What the bot's users rely on: names, and what each answer must hold.

The list is written down apart from the data that it checks. It says what must not be lost, and
leaves every addition free: a new answer, alias or link needs no line here.
"""

from __future__ import annotations

import pytest

from gopherbot.explain import explain
from gopherbot.model import Ask, Kind, Message, Reply
from gopherbot.testing import BotResponse, bot

# A command's names, and behind the arrow texts that its answer must hold.
COMMANDS = """
newbie resources -> https://go.dev/tour/ | https://go.dev/doc/database/ | https://go.dev/wiki/
recommended channels, channels -> #general | #newbies | #jobs | #reviews | #security | #admin-help
recommended, recommended blogs -> https://dave.cheney.net | https://rakyll.org | https://go.dev/blog
books -> https://www.gopl.io | https://www.manning.com/books/100-go-mistakes-and-how-to-avoid-them
oss help wanted, help wanted, oss help -> https://github.com/golang/go/labels/help%20wanted
work with forks, working with forks -> managing-dependencies#external_fork | `replace` | `go.mod`
block forever, how to block forever -> `select {}` | #Select_statements
http timeouts -> https://blog.cloudflare.com/the-complete-guide-to-golang-net-http-timeouts/
slices, slice internals -> https://go.dev/blog/slices-intro | https://go.dev/blog/strings
database tutorial, databases -> https://go.dev/doc/database/ | /doc/tutorial/database-access
empty struct, zero struct, struct{} -> https://dave.cheney.net/2014/03/25/the-empty-struct
project layout, project structure, package layout, package structure -> /doc/modules/layout
go challenges, challenges, challenge -> https://exercism.org/tracks/go
idiomatic go -> https://dmitri.shuralyov.com/idiomatic-go | https://go.dev/doc/effective_go
invite link, invite, slack invite, workspace invite -> https://invite.slack.golangbridge.org/
avoid gotchas, gotchas -> https://divan.github.io/posts/avoid_gotchas
source code, source -> gopherbot/content/answers.toml
dependency injection, di -> https://appliedgo.net/di/
pointer performance -> not always | gc-guide#Eliminating_heap_allocations
gopath, gopath problem, issue with gopath, help with gopath -> modules | /wiki/GOPATH
playground, go playground, goplay, goplay space -> https://go.dev/play/ | https://goplay.tools/
code of conduct, coc -> http://coc.golangbridge.org | #admin-help | support@gobridge.org
screenshots, screenshot -> snippet | https://go.dev/play/ | https://gist.github.com/
go tour, tour -> https://go.dev/tour/
doesn't work, more context, doesnt work, doesntwork -> expect | happened instead | error
ask, don't ask, dont ask, dontask, just ask, justask -> https://dontasktoask.com/
crosspost, xpost -> One channel at a time
fyne books -> building-cross-platform-gui-applications-with-fyne-9781800563162
fyne tour -> `go run fyne.io/demo@latest`
fyne compile, fyne cgo, fyne windows -> C compiler | 64-bit | https://docs.fyne.io/started/
fyne docs, fyne doc -> https://docs.fyne.io/api/ | https://www.youtube.com/c/fyne-io
fyne layouts, fyne layout -> https://docs.fyne.io/explore/layouts
fyne sizes, fyne size -> https://docs.fyne.io/faq/layout
fyne theme, fyne themes, fyne style, fyne styles -> https://docs.fyne.io/extend/custom-theme
help, commands -> flip a coin | xkcd: | d/ | ghd/ | define | fyne theme | newbie resources
""".strip().splitlines()

NUMBER = "Give me a comic's number, as in `xkcd:1053`"
# What is written: the address or the words that answer it. "": the bot keeps quiet.
PREFIXES = {
    "xkcd:1053": "https://xkcd.com/1053",
    "XKCD:1053 is what you mean": "https://xkcd.com/1053",
    "xkcd:00303": "https://xkcd.com/303",
    "xkcd:compiling": "https://xkcd.com/303",
    "xkcd:Ballmer": "https://xkcd.com/323",
    "xkcd:standards": "https://xkcd.com/927",
    "xkcd:optimization": "https://xkcd.com/1691",
    **dict.fromkeys(
        ("xkcd:", "xkcd:nonsense", "xkcd:0", "xkcd:123456", "xkcd:٣", "xkcd:-1"), NUMBER
    ),
    "d/net/http has it all": "https://pkg.go.dev/net/http",
    "D/github.com/BurntSushi/toml": "https://pkg.go.dev/github.com/BurntSushi/toml",
    "ghd/gorilla/mux": "https://pkg.go.dev/github.com/gorilla/mux",
    "see d/net/http": "",
}

REACTIONS = {
    **{name: name for name in ("ghost", "spacemacs", "dragon", "rubberduck")},
    **dict.fromkeys(("dargon", "ermergerd", "ermahgerd"), "dragon"),
    **dict.fromkeys(("rubber duck", "rubber-duck"), "rubberduck"),
    **dict.fromkeys(("buffalo", "gobuffalo"), "gobuffalo"),
    "bbq": "bbqgopher",
    "spacex": "rocket",
    "my adorable little gophers": "gopher",
    "beer me": "beer beers",
}
WHEN_ADDRESSED = {"thank": "gopher", "cheers": "gopher", "hello": "gopher", "wave": "wave gopher"}


def told(answer: BotResponse) -> str:
    """Return all that the bot says."""
    return "\n".join(f"{said.text}\n{said.attachment}" for said in answer.replies)


@pytest.mark.parametrize("line", COMMANDS)
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


def test_help_says_that_answers_follow_edits_and_how_to_prevent_what_cannot_be_deleted() -> None:
    lead = bot.say("@gopher help @bob").text
    assert lead.startswith("@bob Here's everything I can do.")
    assert "\nEdit your message and I'll update my answer; " in lead
    assert "react to my answer with :x: and I'll delete it.\n" in lead
    assert lead.endswith("begin your message with `nolink` if you don't want that.")


def test_help_begins_with_what_newcomers_need_and_folds_the_rest() -> None:
    [said] = bot.say("@gopher help").replies
    lines = said.attachment.splitlines()

    assert lines[1:3] == ["*Getting started*", "• `newbie resources`: where to start with Go"]
    assert [line for line in lines if "fyne" in line and line.count("`fyne ") != 7] == []
    assert len(said.attachment) < 4000


@pytest.mark.parametrize(("written", "must"), PREFIXES.items())
def test_a_prefix_is_answered(written: str, must: str) -> None:
    assert bot.say(written).text.partition(", or one of these")[0] == must


def test_a_comic_is_shown_and_pings_the_members_that_the_message_mentions() -> None:
    [said] = bot.say("@bob xkcd:1053").replies

    assert said.text == "@bob https://xkcd.com/1053"
    assert said.sent.unfurl


@pytest.mark.parametrize(("text", "emoji"), REACTIONS.items())
def test_any_message_with_its_text_gets_a_reaction(text: str, emoji: str) -> None:
    for written in (text, f"so {text.upper()}s!"):
        added = bot.say(written).emoji
        assert set(emoji.split()) <= set(added)
        assert len(added) == len(set(added))


@pytest.mark.parametrize(("text", "emoji"), WHEN_ADDRESSED.items())
def test_some_reactions_need_the_bot_to_be_addressed(text: str, emoji: str) -> None:
    assert bot.say(f"{text} @gopher").emoji == bot.say(text, dm=True).emoji == tuple(emoji.split())
    assert not bot.say(text).emoji


@pytest.mark.parametrize(("text", "emoji"), [("vim", "emacs"), ("emacs", "vim")])
def test_the_editors_are_rivals_one_time_in_150(text: str, emoji: str) -> None:
    answers = [bot.say(text, seed=f"{n}").emoji for n in range(1500)]

    assert set(answers) == {(), (emoji,)}
    assert 2 <= 1500 - answers.count(()) <= 24


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("(╯°□°）╯︵ ┻━┻", "┬─┬ノ( º _ ºノ)"),
        ("彡", "┬─┬ノ( º _ ºノ)"),
        ("all those Proverbs", "https://go-proverbs.github.io"),
    ],
)
def test_some_texts_are_answered_for_all_to_see(text: str, reply: str) -> None:
    answer = bot.say(text)
    assert reply in answer.text
    assert not answer.ephemeral
