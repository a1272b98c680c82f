"""Every answer is what the types of Slack's SDK for JavaScript say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tour import Tour
from typescript import check

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
    names = ", ".join(type_of(name) for name in answers)
    imports = f"import type {{ {names} }} from '@slack/web-api';"
    check(imports, [(type_of(name), answer) for name, answer in answers.items()], tmp_path)
