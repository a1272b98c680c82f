"""Both SDKs' own functions for every method: each writes its requests in its own way."""

import re
import subprocess
from collections.abc import Iterator

import msgspec
import pytest
from bolt_apps import JAVASCRIPT
from slack_sdk import WebClient
from tour import Send, Tour, by_name

from slack_simulator import Simulator
from slack_simulator.web_api.methods import METHODS
from slack_simulator.workspace.objects import Json

SEED = 7


def answers_by(send: Send, slack: Simulator) -> dict[str, Json]:
    tour = Tour(slack, send)
    tour.take()
    address = slack.url.removeprefix("http://")
    text = msgspec.json.encode(tour.answers).decode().replace(address, "slack")
    # It's secret, even with a seed.
    answers: dict[str, Json] = msgspec.json.decode(re.sub(r"ticket=[\w-]+", "ticket=", text))
    return answers


@pytest.fixture(scope="module")
def in_python() -> dict[str, Json]:
    with Simulator(seed=SEED) as slack:
        return answers_by(by_name, slack)


@pytest.fixture
def slack() -> Iterator[Simulator]:
    with Simulator(seed=SEED) as slack:
        yield slack


def test_every_function_of_the_python_sdk_is_answered(in_python: dict[str, Json]) -> None:
    assert METHODS.keys() - in_python.keys() == {"files.upload"}
    assert {name for name, answer in in_python.items() if not answer["ok"]} == set()


@pytest.mark.slow
@pytest.mark.usefixtures("node_modules")
def test_every_function_of_the_javascript_sdk_gets_the_same_answer(
    in_python: dict[str, Json], slack: Simulator
) -> None:
    command = ["node", "caller.js", slack.api_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=JAVASCRIPT, **pipes) as caller:  # type: ignore[call-overload]

        def in_javascript(web: WebClient, method: str, arguments: Json) -> Json:
            call = {"token": web.token, "method": method, "arguments": arguments}
            print(msgspec.json.encode(call).decode(), file=caller.stdin, flush=True)
            answer: Json = msgspec.json.decode(caller.stdout.readline())
            return answer

        answers = answers_by(in_javascript, slack)
        caller.stdin.close()
    different = {
        name: (answer, answers[name])
        for name, answer in in_python.items()
        if without_metadata(answer) != without_metadata(answers[name])
    }
    assert different == {}


def without_metadata(answer: Json) -> Json:
    """Return an answer without what the SDK for JavaScript puts into it."""
    return {name: value for name, value in answer.items() if name != "response_metadata"}
