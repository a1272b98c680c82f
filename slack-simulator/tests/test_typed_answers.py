"""Every answer is what the types of Slack's SDK for JavaScript say."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from bolt_apps import JAVASCRIPT
from tour import Tour

from slack_simulator import Simulator
from slack_simulator.web_api.methods import METHODS
from slack_simulator.workspace.objects import Json

UNANSWERED = {"files.upload"}
"""It is retired: it has no answer but its error."""


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, Json]]:
    with Simulator() as slack:
        tour = Tour(slack)
        tour.take()
        yield tour.answers


def test_every_method_answers(answers: dict[str, Json]) -> None:
    assert METHODS.keys() - answers.keys() == UNANSWERED
    assert {name for name, answer in answers.items() if not answer["ok"]} == set()


def type_of(method: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in method.split(".")) + "Response"


@pytest.mark.slow
@pytest.mark.usefixtures("node_modules")
def test_every_answer_has_the_sdks_type(answers: dict[str, Json], tmp_path: Path) -> None:
    names = {name: type_of(name) for name in sorted(answers)}
    lines = [f"import type {{ {', '.join(names.values())} }} from '@slack/web-api';"]
    for name, kind in names.items():
        literal = msgspec.json.encode(answers[name]).decode()
        lines.append(f"export const {kind[0].lower()}{kind[1:]}: {kind} = {literal};")
    file = JAVASCRIPT / f"answers_{tmp_path.name}.ts"
    file.write_text("\n".join(lines))
    try:
        checked = subprocess.run(
            ["node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--target",
             "es2022", "--module", "node16", "--moduleResolution", "node16", file.name],
            cwd=JAVASCRIPT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        file.unlink()
    assert checked.returncode == 0, checked.stdout
