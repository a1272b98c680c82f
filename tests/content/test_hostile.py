"""No member can make the bot say markup: whatever they write, no rule pings or links for them."""

import re
from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from costs import LONGEST, hostile_texts, too_costly
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gopherbot.decoding import decode
from gopherbot.model import Ask, CodeCheck, File, Kind, Message, React, Reply, Shape
from gopherbot.slack.markup import parse
from gopherbot.testing import bot

from .test_playground import Web

pytestmark = pytest.mark.slow

DATA, BOOK = bot.content.data, bot.content.rules
RULES = BOOK.rules
ASKER, BOT = "UASKER", "UBOT"
PROGRAM = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println(1)\n}\n'

ATTACKS = st.sampled_from(
    [
        *("<!channel>", "<!here>", "<!everyone|x>", "&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        *("<@UVICTIM>", "<@UVICTIM|bob>", "<<@UVICTIM>@UVICTIM>", "<!<!here>channel>"),
        *("<!subteam^SVICTIM>", "<#CVICTIM|general>", "<https://evil.example|https://go.dev>"),
        *("<javascript:alert(1)|x>", "`", "```", "<", ">", "&", "@channel", "http://evil.example"),
        *("\n", "\u202e"),
    ]
)
PIECES = ATTACKS | st.text(max_size=8) | st.sampled_from(["goroutine", "1053", "net/http", " "])
HOSTILE = st.lists(PIECES, max_size=6).map("".join)
# What follows a prefix is the likeliest to be repeated.
KNOWN = st.sampled_from([rule.trigger for rule in BOOK.rules if rule.kind is Kind.PREFIX]) | (
    st.sampled_from([name for rule in BOOK.rules for name in rule.triggers])
)
FILLED = st.just("\n" * 11) | st.just(f"\n```\n{PROGRAM}```\n" + "\n" * 8) | st.just("")
LINK = re.compile(r"<https?://[^<>|\s]+(?:\|[^<>|]+)?>")


class Channels:
    def id_of(self, name: str) -> str | None:
        return "COURS"


class Apis(Web):
    """The Playground, Slack's files and the trackers, which all say what the file F1 holds."""

    def read(self, service: str, path: str, shape: type[Shape]) -> Shape:
        """Return an issue, a change or a vulnerability that says it in every field."""
        names = ("title", "subject", "state", "status", "project", "summary")
        item: dict[str, object] = dict.fromkeys((*names, "id"), self.files["F1"])
        if path.startswith("/index/"):
            item = {"path": "golang.org/x/net", "vulns": [{"id": "GO-2026-4001"}]}
        is_list = path.startswith(("/index/", "/changes/"))
        return decode(msgspec.json.encode([item] if is_list else item), shape)


def said(text: str, file: str, *, direct: bool) -> list[str]:
    """All that the bot says to a message with this text, as Slack would send it."""
    bare, found = parse(text, "CHERE")
    message = Message(
        event_id="Ev1",
        channel="CHERE",
        user=ASKER,
        ts="1.0",
        text=bare,
        raw=text,
        mentions=found,
        files=(File("F1", "a.go", "text/plain", "go", len(file)),) if file else (),
        direct=direct,
        bot_users=frozenset({BOT}),
    )
    texts, web = [], Apis({"F1": file}, checked=CodeCheck(file, is_formatted=False, vet=(file,)))
    for firing in BOOK.fire(message):
        asked = Ask(
            message,
            firing.argument,
            channels=Channels(),
            playground=web,
            files=web,
            apis=web,
            help=BOOK,
        )
        effects = firing.rule.handler(asked)
        for effect in [effects] if isinstance(effects, Reply | React) else effects or ():
            if isinstance(effect, Reply):
                texts += [effect.text, effect.attachment, repr(effect.persona)]
            else:
                assert re.fullmatch(r"[a-z0-9_+-]+", effect.emoji)
    return texts


def markup(text: str) -> set[str]:
    """Everything between < and > that Slack might read, but for links."""
    return set(re.findall(r"<[^>]*>?|>", LINK.sub("", text)))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=400, deadline=None)
@given(
    KNOWN, HOSTILE, HOSTILE, FILLED, st.sampled_from(["", PROGRAM, "<!channel>" * 9]), st.booleans()
)
def test_no_rule_says_markup_that_a_member_wrote(
    trigger: str, before: str, after: str, filling: str, file: str, in_front: bool
) -> None:
    text = (
        f"{trigger}{after}{filling}{before}" if in_front else f"{before}{trigger}{after}{filling}"
    )
    for direct in (True, False):
        for answer in said(text, file, direct=direct):
            assert markup(answer) <= {"<#COURS>", f"<@{BOT}>", f"<@{ASKER}>"}
            assert "evil.example" not in "".join(LINK.findall(answer))


@given(HOSTILE)
def test_an_unknown_term_stays_in_its_backticks(argument: str) -> None:
    for answer in said(f"define x{argument}", "", direct=True):
        first = answer.partition("\n")[0]
        if first.startswith("I don't know"):
            assert re.fullmatch(r"I don't know `[^`<>\n]+` yet\.", first)


# Nor does any message cost much to answer, whatever rule it is for and however it is made.

Answered = Callable[[str], object]
PREFIXES = [rule.trigger for rule in BOOK.rules if rule.kind is Kind.PREFIX]
# One unit for each way in which an argument is read: words, links, emoji, backticks, questions.
FEWER = ("x", " ", "a ", "a.a/", "<#C1>", "`", "&amp;", ":a:", "how do i ", "net/http ", "\n")


ANSWERED = [
    pytest.param(partial(said, file="", direct=True), id="direct message"),
    pytest.param(partial(said, file="", direct=False), id="channel"),
]


@pytest.mark.parametrize("answered", ANSWERED)
def test_no_message_takes_long(answered: Answered) -> None:
    assert too_costly(answered, hostile_texts()) == {}


@pytest.mark.parametrize("answered", ANSWERED)
@pytest.mark.parametrize("trigger", PREFIXES)
def test_no_argument_takes_long(trigger: str, answered: Answered) -> None:
    texts = (f"{trigger}{unit * LONGEST}"[:LONGEST] for unit in FEWER)
    assert too_costly(answered, texts) == {}


@pytest.mark.parametrize("answered", ANSWERED)
def test_a_message_full_of_triggers_does_not_take_long(answered: Answered) -> None:
    triggers = [name for rule in BOOK.rules for name in (rule.trigger, *rule.triggers) if name]
    texts = (f"{between}".join(triggers * 40)[:LONGEST] for between in ("", " ", "\n"))
    assert too_costly(answered, texts) == {}
