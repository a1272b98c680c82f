"""What the terminal says of what members do, and of what the bot does about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from support import wait_until

from gopherbot.dev import talk
from gopherbot.dev.talk import Talk
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator
from slack_simulator.workspace.changes import Change

BOT = "<@U0GOPHERBOT>"


class Terminal:
    """A terminal, and a bot whose every step a test takes."""

    def __init__(self, slack: Simulator) -> None:
        self.slack = slack
        self.lines: list[str] = []
        self.web = WebClient(token="xoxb-simulated", base_url=slack.api_url)

    def post(self, cause: Change, text: str, **more: Any) -> None:
        payload = {"event_type": "gopherbot", "event_payload": {"event_id": cause.event_ids[0]}}
        self.web.chat_postMessage(channel="C029RQSEE", text=text, metadata=payload, **more)

    def handled(self, cause: Change, outcome: str = "done") -> None:
        self.slack.feed.append("trace", {"event_id": cause.event_ids[0], "outcome": outcome})

    def expect(self, pattern: str) -> None:
        line = wait_until(lambda: self.lines, pattern).pop(0)
        assert re.fullmatch(pattern, line), line


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with Simulator(setup=GOPHERS) as slack:
        terminal = Terminal(slack)
        with Talk(slack, terminal.lines.append):
            yield terminal


def test_each_line_shows_its_answers_and_first_delay(terminal: Terminal) -> None:
    said = terminal.slack.say(f"{BOT} flip &amp; see\n<https://go.dev>\x1b[2J")
    terminal.handled(said, "retry")
    terminal.post(said, "tails")
    terminal.web.reactions_add(channel=said.channel, timestamp=said.ts, name="tada")
    terminal.handled(said)
    text = r"#general regular: @gopher flip & see https://go\.dev\[2J → tails, :tada:, \d+ m?s"
    terminal.expect(text)
    silent = terminal.slack.dm("hello")
    terminal.handled(silent)
    terminal.expect("DM regular: hello → nothing")
    lost = terminal.slack.say("is anybody there?")
    terminal.handled(lost, "gave_up")
    terminal.expect(r"#general regular: is anybody there\? → nothing \(gave up\)")


def test_reactions_and_joins_are_lines_if_the_bot_does_something(terminal: Terminal) -> None:
    slack, workspace = terminal.slack, terminal.slack.workspace
    said = slack.say("so")
    terminal.handled(said)
    terminal.expect("#general regular: so → nothing")
    terminal.handled(workspace.react(said.channel, said.ts, "x", "regular"))
    joined = slack.join_channel("newbies", "newcomer")
    terminal.web.chat_postEphemeral(channel=joined.conversation.id, user="U0NEWCOMER", text="Hi!")
    terminal.handled(joined)
    terminal.expect(r"#newbies newcomer joined → Hi!, \d+ m?s")


def test_each_answer_edit_and_deletion_is_shown_with_its_cause(terminal: Terminal) -> None:
    slack, workspace, web = terminal.slack, terminal.slack.workspace, terminal.web
    said = slack.say("so")
    terminal.post(said, "an answer", thread_ts=said.ts)
    terminal.handled(said)
    terminal.expect(r"#general regular: so → an answer, \d+ m?s")
    (answer,) = slack.posts("general")
    asked = slack.say("one")
    edited = workspace.edit(said.channel, said.ts, "so what", "regular")
    other = slack.say("two", "random", "newcomer")
    web.reactions_add(channel=asked.channel, timestamp=asked.ts, name="tada")
    web.chat_postEphemeral(channel=asked.channel, user="U0REGULAR", text="Psst")
    web.chat_update(channel=said.channel, ts=answer.ts, text="another")
    terminal.handled(other)
    terminal.expect("#random newcomer: two → nothing")
    terminal.handled(edited)
    terminal.expect(r"#general regular edited: so what → Psst, another, \d+ m?s")
    terminal.handled(asked)
    terminal.expect(r"#general regular: one → :tada:, \d+ m?s")
    deleted = workspace.delete(said.channel, said.ts, "regular")
    web.chat_delete(channel=said.channel, ts=answer.ts)
    terminal.handled(deleted)
    terminal.expect(r"#general regular deleted a message → its reply taken back, \d+ m?s")


def test_news_are_lines_and_long_texts_are_cut(terminal: Terminal) -> None:
    terminal.web.chat_postMessage(channel="C029RQSEE", text="news " * 30)
    terminal.expect(r"#general gopher: (news ){7}…?")


def test_what_nobody_handles_is_shown(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "_TIMEOUT_SECONDS", 0.0)
    terminal.slack.say("is anybody there?")
    terminal.expect("#general regular: is anybody there[?] → nothing within 0 s")
