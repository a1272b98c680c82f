"""Every answer is what the types of Slack's SDK for JavaScript say."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


LOOSE = """
type Loose<T> = T extends string ? string
  : T extends (infer E)[] ? Loose<E>[]
  : T extends object ? { [K in keyof T]: Loose<T[K]> } : T;
"""
"""The SDK's types come from samples of answers: a text in them is one of those in the samples."""


def without_null(value: Any) -> Any:
    """An answer without what is null in it, which the samples behind the types lack."""
    if isinstance(value, dict):
        return {name: without_null(each) for name, each in value.items() if each is not None}
    return [without_null(each) for each in value] if isinstance(value, list) else value


def type_of(method: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in method.split(".")) + "Response"


@pytest.mark.slow
@pytest.mark.usefixtures("node_modules")
def test_every_answer_has_the_sdks_type(answers: dict[str, Json], tmp_path: Path) -> None:
    names = {name: type_of(name) for name in sorted(answers)}
    lines = [f"import type {{ {', '.join(names.values())} }} from '@slack/web-api';", LOOSE]
    for name, kind in names.items():
        literal = msgspec.json.encode(without_null(answers[name])).decode()
        lines.append(f"const of{kind} = {literal};")
        lines.append(f"export const as{kind}: Loose<{kind}> = of{kind};")
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
