"""`gopherbot explain`: what the bot would do, and what it nearly does."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gopherbot.commands.explain import command
from gopherbot.explain import Explanation, Scenario, explain
from gopherbot.explain.scenario import Names
from gopherbot.testing import bot

pytestmark = pytest.mark.slow

BOOK = bot.content
PROGRAM = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("hi")\n}\n'


@pytest.fixture(autouse=True)
def _(read_once: None) -> None:
    """Read the content once."""


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(command, arguments, input=stdin)


def whys(found: Explanation) -> dict[str, str]:
    return {near.rule: near.why for near in found.near}


def test_it_shows_the_rule_its_file_and_what_is_said() -> None:
    found = run("@gopher go tour")

    assert found.exit_code == 0
    assert "a public channel, #general; to the bot; production" in found.output
    assert "● command:go tour  answers.toml" in found.output
    assert "https://go.dev/tour/" in found.output


def test_words_need_no_quotes() -> None:
    assert run("@gopher", "go", "tour").output == run("@gopher go tour").output


def test_a_message_may_come_from_standard_input() -> None:
    assert "https://go.dev/tour/" in run("-", stdin="@gopher go tour\n").output


def test_what_nothing_reacts_to_is_told() -> None:
    found = run("just talking")

    assert "The bot would stay silent." in found.output
    assert "Nearly" not in found.output


def test_channel_references_are_shown_by_name() -> None:
    found = run("@gopher coc")

    assert "#admin-help" in found.output
    assert "<#" not in found.output


def test_a_long_answer_is_shown_below_its_lead() -> None:
    found = run("@gopher books")

    lead, _, below = found.output.partition("    │ • ")
    assert "Books that gophers recommend." in lead
    assert "(https://www.gopl.io)" in below


def test_whether_the_bot_is_addressed_is_said_in_the_text_or_by_an_option() -> None:
    assert "command:go tour" in run("go tour", "--addressed").output.partition("Nearly")[0]
    assert "The bot would stay silent." in run("@gopher go tour", "--not-addressed").output
    assert "command:go tour" in run("@gopherbot go tour").output.partition("Nearly")[0]


@pytest.mark.parametrize(
    ("kind", "answers"), [("public", False), ("private", False), ("dm", True), ("group-dm", True)]
)
def test_in_a_dm_the_bot_is_addressed_but_not_in_a_private_channel(
    kind: str, answers: bool
) -> None:
    assert ("● command:go tour" in run("go tour", "--channel-kind", kind).output) == answers


def test_nobody_can_speak_past_the_bot_in_a_dm() -> None:
    found = run("go tour", "--channel-kind", "dm", "--not-addressed")

    assert found.exit_code == 2
    assert "direct message is always addressed to the bot" in found.output


def test_the_channel_matters_where_content_says_so() -> None:
    assert "#newbies: no question" in run("@gopher newbie resources").output
    assert (
        "#newbies: no question"
        not in run("@gopher newbie resources", "--channel", "#newbies").output
    )


def test_shadow_mode_is_explained() -> None:
    found = run("bbq", "--mode", "shadow")

    assert "shadow mode" in found.output
    assert "○ reaction:bbq  reactions.toml: shadow mode: it would act in production" in found.output
    assert "● reaction:bbq" in run("@gopher bbq", "--mode", "shadow").output


def test_in_what_way_something_is_said_is_told() -> None:
    assert "replies (only you see it):" in run("@gopher define xyzzy").output
    assert "replies (with cards for its links):" in run("xkcd:1").output


@pytest.mark.parametrize(
    ("text", "rule", "why"),
    [
        ("go tour", "command:go tour", "not addressed"),
        ("define slice", "prefix:define ", "not addressed"),
        ("thanks", "reaction:thank", "the bot is not addressed"),
        ("vim", "reaction:vim", "skipped at random (fires for 1 message in 150)"),
        ("@gopher hlep", "command:help", "`help` is one typo away"),
        (
            "@gopher the go tour of yours",
            "command:go tour",
            "`go tour` must be the whole message",
        ),
        ("see xkcd:1053", "prefix:xkcd:", "`xkcd:` must be the first thing in the message"),
        ("\n".join("abcdefghijklm"), "dynamic:playground", "its condition did not match"),
    ],
)
def test_what_nearly_fires_is_told_with_the_reason(text: str, rule: str, why: str) -> None:
    assert why in whys(explain(BOOK, text))[rule]


def test_what_fires_is_no_near_miss() -> None:
    found = explain(BOOK, "@gopher ghost bbq hello go tour")

    assert not {outcome.rule for outcome in found.outcomes} & set(whys(found))


def test_an_emoji_that_two_rules_add_is_added_once() -> None:
    added = [
        e
        for o in explain(BOOK, "@gopher thanks, my adorable little gophers").outcomes
        for e in o.emoji
    ]

    assert added == ["gopher"]


def test_code_is_not_shared_but_it_is_told_that_it_would_be(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(PROGRAM)

    found = run("look", "--file", str(tmp_path / "main.go"))

    assert "● dynamic:playground" in found.output
    assert "7 lines would go to the Go Playground (not shared now)" in found.output
    assert "https://go.dev/play/p/not-shared" in found.output
    assert "replies (only you see it):" in found.output


def test_code_in_a_quiet_channel_is_not_even_looked_at() -> None:
    text = f"```\n{PROGRAM}\n\n\n\n```"

    assert explain(BOOK, text).outcomes
    assert not explain(BOOK, text, Scenario(channel="C4U9J9QBT")).outcomes


def test_json_holds_everything() -> None:
    found = json.loads(run("@gopher wave @bob", "--json").output)

    assert found["text"] == "wave"
    assert found["addressed"] is True
    assert found["outcomes"] == [
        {
            "rule": "reaction:wave",
            "source": "reactions.toml",
            "emoji": ["wave", "gopher"],
            "replies": [],
            "notes": [],
            "shared": [],
            "failure": "",
            "traceback": "",
        }
    ]
    said = json.loads(run("@gopher gotchas @bob", "--json").output)["outcomes"][0]["replies"][0]
    assert said["text"].startswith("@bob ")
    assert said["sent"]["mentions"] is True


def test_a_rule_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(
        "from gopherbot.router import Router\n"
        "router = Router()\n"
        "@router.command('bad')\n"
        "def bad(ask):\n"
        "    '''fails'''\n"
        "    return 1 / 0\n"
    )

    found = run("@bot bad", "--folder", str(tmp_path))

    assert "fails with ZeroDivisionError: division by zero" in found.output


def test_a_mention_counts_for_nothing_if_the_bot_is_not_addressed() -> None:
    assert "go.dev/tour" in run("@gopher go tour").output
    assert "go.dev/tour" not in run("--not-addressed", "@gopher go tour").output


def test_a_long_message_that_names_a_command_is_no_near_miss() -> None:
    assert explain(BOOK, "@gopher see the go tour").near
    assert not explain(BOOK, "@gopher see the go tour" + " and read" * 30).near


def test_chance_is_tossed_anew_each_time() -> None:
    first = run("@gopher flip a coin").output

    assert any(run("@gopher flip a coin").output != first for _ in range(20))


def test_the_same_event_is_always_explained_the_same() -> None:
    assert explain(BOOK, "@gopher flip a coin") == explain(BOOK, "@gopher flip a coin")


def test_names_become_ids() -> None:
    names = Names("gopher", ["general"])
    typed = "@gopher, ask @Ann-Lee in #general, not #nowhere"
    assert names.sent(typed) == "<@UGOPHER0>, ask <@UANNLEE0> in <#CGENERAL0|general>, not #nowhere"


def test_what_is_sent_is_read_as_members_would() -> None:
    names = Names("gopher", ["general"])
    names.user("bob")

    read = names.read(
        "<@UBOB0> <#CGENERAL0> <https://a.b|c> <https://a.b> 1 &lt; 2 <@UELSE> <!here>"
    )

    assert read == "@bob #general c (https://a.b) https://a.b 1 < 2 <@UELSE> <!here>"


def in_a_process(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gopherbot", "explain", *arguments]


def test_it_is_plain_when_piped_and_in_colour_on_a_terminal() -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    piped = subprocess.run(
        in_a_process("@gopher go tour"), capture_output=True, check=True, env=environment
    )
    master, slave = pty.openpty()
    subprocess.run(
        in_a_process("@gopher go tour"),
        stdout=slave,
        check=True,
        env=environment | {"TERM": "xterm-256color"},
    )
    os.close(slave)
    terminal = os.read(master, 65536)
    os.close(master)

    assert b"\x1b[" not in piped.stdout
    assert b"\x1b[" in terminal


def test_it_needs_neither_slack_nor_redis_nor_a_framework() -> None:
    script = (
        "import sys; from gopherbot.commands.explain import command; "
        "command(['@gopher go tour'], standalone_mode=False); "
        "print([name for name in sys.modules if name.partition('.')[0] in "
        "('redis', 'slack_sdk', 'dramatiq', 'falcon', 'urllib3', 'apscheduler', 'gevent')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert done.stdout.splitlines()[-1] == b"[]"


def test_broken_content_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text("[go tour]")

    done = subprocess.run(
        in_a_process("hi", "--folder", str(tmp_path)), capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "answers.toml: [go tour]: line 1 cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
