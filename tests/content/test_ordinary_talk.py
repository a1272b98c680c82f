"""The bot keeps quiet while members talk to each other: the budget of noise.toml holds."""

import shutil
from pathlib import Path

import pytest
from support import SAMPLE

from gopherbot.commands.lint.rules import over_budget
from gopherbot.explain import corpus
from gopherbot.rulebook import loader
from gopherbot.testing import bot

TALK = [line.text for line in corpus.shipped() if line.corpus == corpus.TALK]


def test_there_is_plenty_of_talk_and_none_of_it_twice() -> None:
    assert len(TALK) >= 500
    assert len(TALK) == len(set(TALK))


def test_the_bot_stays_within_its_budget() -> None:
    budget = bot.content.data.noise
    assert (budget.replies, budget.private_notes) == (0, 2)
    assert not list(over_budget(bot.content))


@pytest.mark.parametrize(
    ("file", "entry", "kind"),
    [
        ("reactions.toml", '["the"]\nemoji = ["ghost"]', "emoji"),
        ("replies.toml", '["go "]\ntext = "Go!"', "replies"),
    ],
)
def test_a_broad_trigger_exceeds_it(tmp_path: Path, file: str, entry: str, kind: str) -> None:
    folder = tmp_path / "content"
    shutil.copytree(SAMPLE, folder)
    assert not list(over_budget(loader.load(folder)))
    with (folder / file).open("a") as words:
        words.write(f"\n{entry}\n")
    (problem,) = over_budget(loader.load(folder))
    assert (problem.file, problem.entry) == ("noise.toml", kind)
    assert entry.split('"')[1].strip() in problem.message
