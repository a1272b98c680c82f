"""What the page learns of the bot: a real process of its code, asked as the page asks it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import glossary
from gopherbot.dev import explainer
from gopherbot.dev.explainer import Explainer
from gopherbot.settings import CONTENT_FOLDER

ANSWERS = '[hello]\nhelp = "a greeting"\ntext = "Hello, see {#general}."\n'
DICE = """from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()


@router.command("dice", help="roll a die")
def dice(ask: Ask) -> Reply:
    return Reply(str(1 // 0))


print("What content prints is no answer.")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The content of a community that is just beginning."""
    (tmp_path / "workspace.toml").write_text('name = "Bakers"\nbot = "crumb"\n')
    (tmp_path / "answers.toml").write_text(f"{ANSWERS}\n[other]\nhelp = 'h'\ntext = 't'\n")
    (tmp_path / "playground.toml").write_text('shared = "{links}"\n')
    (tmp_path / "channels.toml").write_text('[general]\nline = "talk"\n')
    return tmp_path


@pytest.fixture
def asked(folder: Path) -> Iterator[Explainer]:
    with Explainer(folder) as asked:
        yield asked


def outcome(answer: dict[str, Any]) -> dict[str, Any]:
    (one,) = answer["outcomes"]
    found: dict[str, Any] = one
    return found


def change(path: Path, text: str) -> None:
    """Write a file, and be sure that its time of change is another one."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    while not path.exists() or path.stat().st_mtime_ns == before:
        path.write_text(text)


def test_it_tells_the_reply_and_where_it_is_written(asked: Explainer, folder: Path) -> None:
    answer = asked({"text": "@crumb hello", "channel": "general", "user": "baker"})
    assert answer["addressed"] is True
    told = outcome(answer)
    assert (told["rule"], told["line"]) == ("command:hello", 1)
    assert (told["source"], told["entry"]) == (f"{folder.name}/answers.toml", ANSWERS.strip())
    (reply,) = told["replies"]
    assert reply["text"].startswith("Hello, see <#")
    assert {"general", "baker", "crumb"} <= set(answer["names"].values())
    direct = asked({"text": "hello", "kind": "im"})["outcomes"]
    assert direct[0]["rule"] == "command:hello"
    nearly = asked({"text": "hello"})
    assert nearly["outcomes"] == []
    assert ("command:hello", ANSWERS.strip()) in {(m["rule"], m["entry"]) for m in nearly["near"]}


def test_it_says_how_a_reply_is_delivered_and_what_a_file_would_become(asked: Explainer) -> None:
    (reply,) = outcome(asked({"text": "@crumb helo"}))["replies"]
    assert reply["manner"] == ["only you see it"]
    code = "package main\n\nfunc main() {\n\tprintln()\n\tprintln()\n}\n"
    assert "6 lines" in outcome(asked({"text": "look", "files": {"main.go": code}}))["notes"][0]


def test_channel_rule_names_its_entry_and_audience(asked: Explainer, folder: Path) -> None:
    entry = "[channels.general]\ntext = 'Please say hello first.'\nnever = ['advert']"
    (folder / "moderation.toml").write_text(f"[notes.x]\ntext = 'x'\nwords = ['x']\n\n{entry}\n")
    found = outcome(asked({"text": "an advert", "channel": "general"}))
    assert found["entry"] == entry
    assert (found["source"].rpartition("/")[2], found["line"]) == ("moderation.toml", 5)
    assert found["replies"][0]["manner"] == ["only you see it", "once a day"]


def test_chance_differs_from_event_to_event(asked: Explainer) -> None:
    sides = {
        outcome(asked({"text": "@crumb flip a coin", "event_id": str(n)}))["replies"][0]["text"]
        for n in range(20)
    }
    assert sides == {"heads", "tails"}


def test_changed_shipped_term_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glossary, "FOLDER", tmp_path)
    before = Explainer(CONTENT_FOLDER).version()
    change(tmp_path / "terms.toml", "")
    assert Explainer(CONTENT_FOLDER).version() != before


def test_it_forgets_a_file_that_is_deleted_however_old(asked: Explainer, folder: Path) -> None:
    (folder / "replies.toml").write_text('["croissant"]\ntext = "Butter!"\n')
    os.utime(folder / "replies.toml", (1e9, 1e9))
    assert outcome(asked({"text": "a croissant"}))["rule"] == "contains:croissant"
    (folder / "replies.toml").unlink()
    assert asked({"text": "a croissant"})["outcomes"] == []


def test_a_rule_that_fails_tells_its_exception_and_line(asked: Explainer, folder: Path) -> None:
    change(folder / "dice.py", DICE)
    failure = outcome(asked({"text": "@crumb dice"}))["failure"]
    assert failure["error"].startswith("ZeroDivisionError")
    assert (failure["source"], failure["line"]) == ("dice.py", 9)
    assert "return Reply(str(1 // 0))" in failure["traceback"]
    assert outcome(asked({"text": "@crumb dice"}))["line"] == 7


def test_broken_content_tells_what_to_fix_and_heals(asked: Explainer, folder: Path) -> None:
    change(folder / "answers.toml", ANSWERS.replace("help =", "hepl ="))
    problems = "\n".join(asked({"text": "@crumb hello"})["problems"])
    assert "answers.toml" in problems
    assert "hepl" in problems
    change(folder / "answers.toml", ANSWERS)
    assert outcome(asked({"text": "@crumb hello"}))["rule"] == "command:hello"


def test_a_rule_that_never_ends_is_ended(
    asked: Explainer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explainer, "TIMEOUT_SECONDS", 1.0)
    endless = DICE.replace("return Reply(str(1 // 0))", "while True: pass")
    change(folder / "dice.py", endless)
    assert asked({"text": "@crumb dice"})["problems"] == ["a rule took more than 1 s to answer"]
    monkeypatch.undo()
    assert outcome(asked({"text": "@crumb hello"}))["rule"] == "command:hello"


def test_code_that_ends_its_process_is_told(asked: Explainer, folder: Path) -> None:
    change(folder / "dice.py", "import os\n" + DICE.replace("str(1 // 0)", "os._exit(3)"))
    (problem,) = asked({"text": "@crumb dice"})["problems"]
    assert "exited with status 3" in problem


def test_a_file_that_vanishes_meanwhile_does_no_harm(tmp_path: Path) -> None:
    shutil.copy(CONTENT_FOLDER / "workspace.toml", tmp_path)
    with Explainer(tmp_path) as asked:
        before = asked.version()
        (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere.toml")
        assert asked.version() == before


def test_the_code_of_another_root_answers(folder: Path) -> None:
    package = folder / "gopherbot" / "explain"
    package.mkdir(parents=True)
    for part in (package.parent, package):
        (part / "__init__.py").touch()
    server = """print("[]", flush=True)\ninput()\nprint('{"other": true}')\n"""
    (package / "server.py").write_text(server)
    with Explainer(folder, folder) as other:
        assert other({}) == {"other": True}


def test_terms_tell_their_entry() -> None:
    with Explainer(CONTENT_FOLDER) as asked:
        told = outcome(asked({"text": "@gopher define goroutine"}))
        assert told["source"].startswith("glossary/")
        assert told["entry"].startswith("[goroutine]")
