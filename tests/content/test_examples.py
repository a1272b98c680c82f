"""An example is help, documentation and, here, a test: it gives the answer that it promises."""

from __future__ import annotations

from pathlib import Path

from gopherbot.model import Kind
from gopherbot.rulebook import loader
from gopherbot.testing import bot


def test_an_example_gives_the_answer_that_it_promises() -> None:
    rules = [rule for rule in bot.content.rules.rules if rule.kind in (Kind.COMMAND, Kind.PREFIX)]

    assert [rule.name for rule in rules if not rule.example] == []
    for rule in rules:
        written, promised = rule.example or ("", "")
        answer = bot.say(f"@gopher {written}")
        assert rule.name in answer.rules
        assert promised.strip(), written
        assert promised in "\n".join(f"{s.sent.text}\n{s.sent.attachment}" for s in answer.replies)


def test_data_files_give_their_entries_examples(tmp_path: Path) -> None:
    texts = {
        "crab": "It walks <https://crab.example/a?b|sideways>, so.",
        "plain": "It walks: sideways, as crabs always do.",
        "short": "It walks sideways.",
        "ours": "It is at <{source}/x>",
        "lines": "It walks\\nsideways, always.",
    }
    (tmp_path / "answers.toml").write_text(
        "".join(f'["{name}"]\nhelp = "h"\ntext = "{text}"\n' for name, text in texts.items())
    )
    (tmp_path / "packages.toml").write_text(
        '["a/"]\nurl = "https://a.example/"\nhelp = "h"\nexample = "rye"\n'
        '["b/"]\nurl = "https://b.example/"\nhelp = "h"\n'
    )
    rules = {rule.trigger: rule.example for rule in loader.load(tmp_path).rules.rules}

    assert rules["crab"] == ("crab", "https://crab.example/a?b")
    assert rules["plain"] == ("plain", "It walks: sideways, as crabs")
    assert rules["short"] == ("short", "It walks sideways")
    assert rules["ours"] == ("ours", "It is at")
    assert rules["lines"] == ("lines", "It walks")
    assert (rules["a/"], rules["b/"]) == (("a/rye", "https://a.example/rye"), None)
