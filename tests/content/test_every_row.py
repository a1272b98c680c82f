"""What the bot's users rely on: triggers, aliases, and what each answer must hold.

The table is written down apart from the data that it checks. It says what must not be lost, and
leaves every addition free: a new answer, alias or link needs no line here.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from gopherbot.explain import Prediction, Scenario, explain, outcomes_of
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.testing import bot

# Trigger: (aliases, what the answer must hold).
COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "newbie resources": (
        [],
        [
            "https://go.dev/tour/",
            "https://go.dev/doc/code",
            "https://go.dev/doc/effective_go",
            "https://go.dev/ref/spec",
            "https://go.dev/doc/",
            "https://gobyexample.com",
            "http://go-database-sql.org",
            "https://dmitri.shuralyov.com/idiomatic-go",
            "https://divan.github.io/posts/avoid_gotchas",
            "https://golangbot.com",
            "https://tutorialedge.net",
            "https://blog.gopheracademy.com",
            "https://www.gopl.io/",
            "https://www.manning.com/books/go-in-action-second-edition",
            "https://go.dev/doc/modules/layout",
            "https://medium.com/go-walkthrough",
            "https://go.dev/wiki/",
        ],
    ),
    "recommended channels": (
        ["channels"],
        [
            "#general",
            "#newbies",
            "#gotimefm",
            "#jobs",
            "#modules",
            "#reviews",
            "#showandtell",
            "#aws",
            "#bbq",
            "#devops",
            "#golang-cls",
            "#goreviews",
            "#performance",
            "#remotemeetup",
            "#security",
            "#admin-help",
        ],
    ),
    "recommended": (
        ["recommended blogs"],
        [
            "Peter Bourgon (https://peter.bourgon.org/blog)",
            "Dave Cheney (https://dave.cheney.net)",
            "Jaana Dogan (https://rakyll.org)",
            "Jessie Frazelle (https://blog.jessfraz.com)",
            "Bill Kennedy (https://www.ardanlabs.com/blog)",
            "Brian Ketelsen (https://www.brianketelsen.com/blog)",
            "https://go.dev/blog",
        ],
    ),
    "books": (
        [],
        [
            "https://www.oreilly.com/library/view/learning-go-2nd/9781098139285/",
            "https://www.manning.com/books/go-in-action-second-edition",
            "https://www.manning.com/books/100-go-mistakes-and-how-to-avoid-them",
            "https://www.gopl.io",
            "https://www.packtpub.com/en-us/product/go-programming-blueprints-second-edition-9781786468949",
        ],
    ),
    "oss help wanted": (
        ["help wanted", "oss help"],
        ["https://github.com/corylanou/oss-helpwanted"],
    ),
    "work with forks": (
        ["working with forks"],
        [
            "https://blog.sgmansfield.com/2016/06/working-with-forks-in-go/",
            "`replace`",
            "`go.mod`",
        ],
    ),
    "block forever": (
        ["how to block forever"],
        [
            "`select {}`",
            "https://blog.sgmansfield.com/2016/06/how-to-block-forever-in-go/",
        ],
    ),
    "http timeouts": (
        [],
        ["https://blog.cloudflare.com/the-complete-guide-to-golang-net-http-timeouts/"],
    ),
    "slices": (
        ["slice internals"],
        [
            "https://go.dev/blog/slices-intro",
            "https://go.dev/blog/slices",
            "https://go.dev/blog/strings",
        ],
    ),
    "database tutorial": (
        ["databases"],
        ["http://go-database-sql.org/", "https://go.dev/doc/tutorial/database-access"],
    ),
    "empty struct": (
        ["zero struct", "struct{}"],
        ["https://dave.cheney.net/2014/03/25/the-empty-struct"],
    ),
    "project layout": (
        ["project structure", "package layout", "package structure"],
        [
            "https://go.dev/doc/modules/layout",
            "https://rakyll.org/style-packages/",
            "https://www.gobeyond.dev/standard-package-layout/",
            "https://peter.bourgon.org/go-best-practices-2016/#repository-structure",
            "https://www.ardanlabs.com/blog/2017/02/design-philosophy-on-packaging.html",
        ],
    ),
    "go challenges": (["challenges", "challenge"], ["https://tutorialedge.net/challenges/go/"]),
    "idiomatic go": (
        [],
        ["https://dmitri.shuralyov.com/idiomatic-go", "https://go.dev/doc/effective_go"],
    ),
    "invite link": (
        ["invite", "slack invite", "workspace invite"],
        ["https://invite.slack.golangbridge.org/"],
    ),
    "avoid gotchas": (["gotchas"], ["https://divan.github.io/posts/avoid_gotchas"]),
    "source code": (["source"], ["gopherbot/content/answers.toml"]),
    "dependency injection": (["di"], ["https://appliedgo.net/di/"]),
    "pointer performance": (
        [],
        [
            "not always",
            "https://medium.com/@vCabbage/go-are-pointers-a-performance-optimization-a95840d3ef85",
            "https://segment.com/blog/allocation-efficiency-in-high-performance-go-services/",
        ],
    ),
    "gopath": (
        ["gopath problem", "issue with gopath", "help with gopath"],
        ["modules", "https://go.dev/wiki/GOPATH"],
    ),
    "playground": (
        ["go playground", "goplay", "goplay space"],
        ["https://go.dev/play/", "https://goplay.space/"],
    ),
    "code of conduct": (
        ["coc"],
        [
            "http://coc.golangbridge.org",
            "https://go.dev/conduct",
            "#admin-help",
            "support@gobridge.org",
        ],
    ),
    "screenshots": (
        ["screenshot"],
        ["snippet", "https://go.dev/play/", "https://gist.github.com/"],
    ),
    "go tour": (["tour"], ["https://go.dev/tour/"]),
    "doesn't work": (
        ["more context", "doesnt work", "doesntwork"],
        ["expect", "happened instead", "error"],
    ),
    "ask": (
        ["don't ask", "dont ask", "dontask", "just ask", "justask"],
        ["https://dontasktoask.com/"],
    ),
    "crosspost": (["xpost"], ["One channel at a time"]),
    "fyne books": (
        [],
        [
            "https://www.packtpub.com/en-us/product/building-cross-platform-gui-applications-with-fyne-9781800563162",
            "https://www.packtpub.com/en-us/product/hands-on-gui-application-development-in-go-9781789138412",
        ],
    ),
    "fyne tour": ([], ["`go run fyne.io/demo@latest`"]),
    "fyne compile": (
        ["fyne cgo", "fyne windows"],
        ["C compiler", "64-bit", "https://docs.fyne.io/started/"],
    ),
    "fyne docs": (
        ["fyne doc"],
        [
            "https://docs.fyne.io/started/",
            "https://docs.fyne.io/api/",
            "https://www.youtube.com/c/fyne-io",
        ],
    ),
    "fyne layouts": (
        ["fyne layout"],
        [
            "https://docs.fyne.io/explore/layouts",
            "https://docs.fyne.io/extend/custom-layout",
        ],
    ),
    "fyne sizes": (["fyne size"], ["https://docs.fyne.io/faq/layout"]),
    "fyne theme": (
        ["fyne themes", "fyne style", "fyne styles"],
        [
            "https://docs.fyne.io/extend/custom-theme",
            "https://docs.fyne.io/faq/theme",
        ],
    ),
}
COMMANDS["help"] = (["commands"], [*COMMANDS, "flip a coin", "xkcd:", "d/", "ghd/", "define"])

# What is written: the address or the words that answer it. None: the bot keeps quiet.
PREFIXES: dict[str, str | None] = {
    "xkcd:1053": "https://xkcd.com/1053",
    "XKCD:1053": "https://xkcd.com/1053",
    "xkcd:compiling": "https://xkcd.com/303",
    "xkcd:ballmer": "https://xkcd.com/323",
    "xkcd:standards": "https://xkcd.com/927",
    "xkcd:optimization": "https://xkcd.com/1691",
    "xkcd:1053 is what you mean": "https://xkcd.com/1053",
    "xkcd:nonsense": "`xkcd:1053`",
    "xkcd:": "`xkcd:1053`",
    "d/net/http": "https://pkg.go.dev/net/http",
    "d/net/http has it all": "https://pkg.go.dev/net/http",
    "D/net/http": "https://pkg.go.dev/net/http",
    "d/github.com/BurntSushi/toml": "https://pkg.go.dev/github.com/BurntSushi/toml",
    "ghd/gorilla/mux": "https://pkg.go.dev/github.com/gorilla/mux",
    "see d/net/http": None,
}

REACTIONS: dict[str, tuple[str, ...]] = {
    "bbq": ("bbqgopher",),
    "ghost": ("ghost",),
    "spacex": ("rocket",),
    "buffalo": ("gobuffalo",),
    "gobuffalo": ("gobuffalo",),
    "spacemacs": ("spacemacs",),
    "my adorable little gophers": ("gopher",),
    "dragon": ("dragon",),
    "dargon": ("dragon",),
    "ermergerd": ("dragon",),
    "ermahgerd": ("dragon",),
    "rubberduck": ("rubberduck",),
    "rubber duck": ("rubberduck",),
    "rubber-duck": ("rubberduck",),
    "beer me": ("beer", "beers"),
}
WHEN_ADDRESSED = {
    "thank": ("gopher",),
    "cheers": ("gopher",),
    "hello": ("gopher",),
    "wave": ("wave", "gopher"),
}


@pytest.fixture(scope="module")
def book() -> LoadedContent:
    return bot.content


def only(outcomes: Iterable[Prediction], kind: str) -> Prediction:
    """The one outcome of a kind of rule."""
    [outcome] = [outcome for outcome in outcomes if outcome.rule.startswith(f"{kind}:")]
    assert not outcome.failure
    return outcome


def told(outcome: Prediction) -> str:
    """All that an outcome says."""
    return "\n".join(f"{said.text}\n{said.attachment}" for said in outcome.replies)


def asked_in_every_way() -> list[tuple[str, str, list[str]]]:
    return [
        (trigger, name, must)
        for trigger, (aliases, must) in COMMANDS.items()
        for name in (trigger, *aliases)
    ]


@pytest.mark.parametrize(("trigger", "name", "must"), asked_in_every_way())
def test_a_command_and_its_aliases_tell_what_they_must(
    book: LoadedContent, trigger: str, name: str, must: list[str]
) -> None:
    outcome = only(outcomes_of(book, f"@gopher {name}"), "command")

    assert outcome.rule == f"command:{trigger}"
    answer = told(outcome)
    assert [text for text in must if text not in answer] == []


@pytest.mark.parametrize(("trigger", "name", "must"), asked_in_every_way())
def test_a_command_is_known_in_capitals_and_in_a_dm_and_not_when_nobody_asked_the_bot(
    book: LoadedContent, trigger: str, name: str, must: list[str]
) -> None:
    in_dm = outcomes_of(book, name.upper(), Scenario(kind="dm"))
    assert only(in_dm, "command").rule == f"command:{trigger}"

    unasked = explain(book, name)
    assert not [outcome for outcome in unasked.outcomes if outcome.rule.startswith("command")]
    assert any("not addressed" in near.why for near in unasked.near)


@pytest.mark.parametrize("name", ["flip a coin", "flip coin", "coin flip"])
def test_a_coin_is_fair(book: LoadedContent, name: str) -> None:
    tosses = [
        told(only(outcomes_of(book, f"@gopher {name}", event_id=f"Ev{n}"), "command")).strip()
        for n in range(400)
    ]

    assert set(tosses) == {"heads", "tails"}
    assert 140 < tosses.count("heads") < 260


def test_newbie_resources_point_to_newbies_only_from_elsewhere(book: LoadedContent) -> None:
    elsewhere = outcomes_of(book, "@gopher newbie resources", Scenario(channel="general"))
    there = outcomes_of(book, "@gopher newbie resources", Scenario(channel="newbies"))

    assert "#newbies" in only(elsewhere, "command").replies[0].text
    assert "#newbies" not in only(there, "command").replies[0].text


def test_recommended_channels_are_live_references_with_a_line_each(book: LoadedContent) -> None:
    sent = only(outcomes_of(book, "@gopher channels"), "command").replies[0].sent

    lines = sent.attachment.splitlines()
    assert len(lines) == len(book.data.channels)
    assert all(line.startswith("• <#C") and len(line.split("> ", 1)[1]) > 5 for line in lines)


def test_an_answer_pings_whom_the_asker_mentions_but_not_the_bot(book: LoadedContent) -> None:
    [said] = only(outcomes_of(book, "@gopher gotchas @bob"), "command").replies

    assert said.text.startswith("@bob Most of")


@pytest.mark.parametrize(("written", "must"), PREFIXES.items())
def test_a_prefix_answers_whoever_writes_it(
    book: LoadedContent, written: str, must: str | None
) -> None:
    found = outcomes_of(book, written)

    if must is None:
        assert not found
    else:
        assert must in told(only(found, "prefix"))


def test_a_comic_is_shown_and_pings_who_is_mentioned_first(book: LoadedContent) -> None:
    [said] = only(outcomes_of(book, "@bob xkcd:1053"), "prefix").replies

    assert said.text == "@bob https://xkcd.com/1053"
    assert said.sent.unfurl


@pytest.mark.parametrize(("text", "emoji"), REACTIONS.items())
def test_a_reaction_is_for_any_message_with_its_text(
    book: LoadedContent, text: str, emoji: tuple[str, ...]
) -> None:
    for written in (text, f"so {text.upper()}s!"):
        added = [name for outcome in outcomes_of(book, written) for name in outcome.emoji]
        assert set(emoji) <= set(added)
        assert len(added) == len(set(added))


@pytest.mark.parametrize(("text", "emoji"), WHEN_ADDRESSED.items())
def test_some_reactions_need_the_bot_to_be_addressed(
    book: LoadedContent, text: str, emoji: tuple[str, ...]
) -> None:
    assert only(outcomes_of(book, f"{text} @gopher"), "reaction").emoji == emoji
    assert only(outcomes_of(book, text, Scenario(kind="dm")), "reaction").emoji == emoji
    assert not [o for o in outcomes_of(book, text) if o.emoji]


@pytest.mark.parametrize(("text", "emoji"), [("vim", "emacs"), ("emacs", "vim")])
def test_the_editors_are_rivals_one_time_in_150(book: LoadedContent, text: str, emoji: str) -> None:
    reacted = [outcomes_of(book, text, event_id=f"Ev{n}") for n in range(1500)]
    added = [outcomes[0].emoji for outcomes in reacted if outcomes]

    assert set(added) == {(emoji,)}
    assert 2 <= len(added) <= 24


@pytest.mark.parametrize("text", ["(╯°□°）╯︵ ┻━┻", "彡"])
def test_a_table_is_put_back(book: LoadedContent, text: str) -> None:
    assert told(only(outcomes_of(book, text), "contains")).strip() == "┬─┬ノ( º _ ºノ)"


def test_proverbs_are_linked(book: LoadedContent) -> None:
    found = outcomes_of(book, "all those Proverbs")

    assert "https://go-proverbs.github.io" in told(only(found, "contains"))
