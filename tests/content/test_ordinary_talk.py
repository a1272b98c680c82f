"""A budget: what the bot may say and add when people talk to each other and not to the bot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gopherbot.model import Ask, File, Message, React, Reply
from gopherbot.slack.markup import parse
from gopherbot.testing import bot

REPLIES, EMOJI = 0, 2
FEWEST = 500

LINES = (Path(__file__).parent / "talk.txt").read_text("utf-8").splitlines()
TALK = [line.replace("↵", "\n") for line in LINES if line and not line.startswith("# ")]


@dataclass
class Web:
    """A Playground that takes everything, so that nothing stays out only because it fails."""

    def share_code(self, code: str) -> str:
        return "https://go.dev/play/p/x"

    def read_file(self, file: File) -> str:
        raise AssertionError("no message here has a file")


def effects(number: int, raw: str) -> list[Reply | React]:
    """What the bot does when this is said in a public channel."""
    text, mentions = parse(raw, "C1")
    ts = f"{1718000000 + number}.000100"
    message = Message(f"Ev{number}", "C1", "U1", ts, text, raw=raw, mentions=mentions)
    found: list[Reply | React] = []
    rules = bot.content.rules
    for firing in rules.fire(message):
        done = firing.rule.handler(
            Ask(message, firing.argument, playground=Web(), files=Web(), help=rules)
        )
        found += [done] if isinstance(done, Reply | React) else done or ()
    return found


def test_there_is_plenty_of_talk_and_none_of_it_twice() -> None:
    assert len(TALK) >= FEWEST
    assert len(TALK) == len(set(TALK))


def test_the_bot_stays_within_its_budget() -> None:
    done = {raw: effects(number, raw) for number, raw in enumerate(TALK)}

    replied = [raw for raw, found in done.items() if any(isinstance(e, Reply) for e in found)]
    reacted = [raw for raw, found in done.items() if any(isinstance(e, React) for e in found)]
    assert len(replied) <= REPLIES, replied
    assert len(reacted) <= EMOJI, reacted
