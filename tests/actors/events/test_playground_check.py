"""What gofmt and go vet object to in shared code, where the content asks for that."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from actors.conftest import Hear, NewWorker, edit, visible
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater
from gopherbot.settings import CONTENT_FOLDER
from slack_simulator import Simulator
from slack_simulator.services.playground import Playground

PROGRAM = """\
package main

import "fmt"

func main() {
	for i := range 3 {
		fmt.Printf("%s\\n", i)
	}
	fmt.Println("done")
}
// the end"""
GOOD = PROGRAM.replace("%s", "%d")
UNREADABLE = PROGRAM.replace("range 3 {", "range 3")
START = "A word on <@U0REGULAR>'s code:"
WRONG = "fmt.Printf format %s has arg i of wrong type int"
VET = f"# [play]\n./prog.go:7:3: {WRONG}\n"


@pytest.fixture
def context(new_worker: NewWorker, tmp_path: Path) -> WorkerContext:
    """A worker whose content has the Playground check code."""
    for name in ("workspace.toml", "playground.toml"):
        shutil.copy(CONTENT_FOLDER / name, tmp_path)
    texts = tmp_path / "playground.toml"
    texts.write_text(texts.read_text().replace("# objections =", "objections ="))
    return new_worker(GOPHER_CONTENT=str(tmp_path))


@pytest.fixture
def playground(slack: Simulator) -> Playground:
    """A Playground that has something against two of the programs."""
    playground = slack.services.playground
    playground.vet_errors[PROGRAM] = VET
    playground.format_errors[UNREADABLE] = "prog.go:6:17: expected '{', found newline\nmore"
    return playground


def objections(slack: Simulator) -> list[str]:
    return [text for text in visible(slack) if text.startswith(START)]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (GOOD, []),
        (PROGRAM, [f"{START} `go vet` reports `7:3: {WRONG}`."]),
        (UNREADABLE, [f"{START} `gofmt` can't read it: `6:17: expected '{{', found newline`."]),
    ],
)
def test_one_line_says_what_they_object_to_and_none_that_they_do_not(
    slack: Simulator, playground: Playground, hear: Hear, code: str, said: list[str]
) -> None:
    slack.say(code)
    hear()
    assert any("ready to run" in text for text in visible(slack))
    assert objections(slack) == said


def test_the_line_follows_edits(slack: Simulator, playground: Playground, hear: Hear) -> None:
    said = slack.say(GOOD)
    hear()
    playground.formatted[f"{GOOD}\n//x"] = f"{GOOD}\n// x\n"
    for text, count in ((PROGRAM, 1), (GOOD, 0), (f"{GOOD}\n//x", 1), (UNREADABLE, 1)):
        edit(slack, said, text)
        hear()
        assert len(objections(slack)) == count, text
    assert "can't read it" in objections(slack)[0]


def test_while_the_check_is_away_the_code_is_shared_and_nothing_is_said(
    slack: Simulator, playground: Playground, hear: Hear
) -> None:
    said = slack.say(PROGRAM)
    hear()
    playground.fail("down")
    edit(slack, said, f"{GOOD}\n")
    with pytest.raises(RetryLater):
        hear()
    assert len(objections(slack)) == 1, "what was said stands until the check answers"


def test_code_is_checked_nowhere_unless_the_content_asks_for_it(
    slack: Simulator, playground: Playground, new_worker: NewWorker, hear: Hear
) -> None:
    slack.say(PROGRAM)
    hear(new_worker())
    paths = [entry["path"] for entry in slack.feed.after(0, "service")]
    assert any(path.endswith("/_/share") for path in paths)
    assert not any(path.endswith(("/_/fmt", "/_/compile")) for path in paths)
