"""What an app tells the page about itself goes through as it is."""

from typing import Any

import pytest
from conftest import Control
from gateway import Gateway, Reply

from slack_simulator import Simulator


class Explainer:
    def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
        return {"addressed": True, "outcomes": [{"rule": question["text"]}]}

    def version(self) -> str:
        return "3"


def test_an_app_may_explain_itself(control: Control, slack: Simulator) -> None:
    status, answer = control.post("/sim/explain", {"text": "hello"})
    assert status == 400
    assert "doesn't explain itself" in answer["error"]

    slack.extensions.explain = Explainer()
    _, answer = control.post("/sim/explain", {"text": "hello"})
    assert answer["outcomes"] == [{"rule": "hello"}]
    assert answer["version"] == "3"
    assert control.get("/sim/health")[1]["version"] == "3"


def test_health_is_what_became_of_the_last_event(
    control: Control, slack: Simulator, gateway: Gateway
) -> None:
    def app() -> tuple[str, str]:
        (part,) = control.get("/sim/health")[1]["parts"]
        return part["state"], part["note"]

    assert app() == ("unknown", "no event has been sent yet")
    slack.say("hello")
    slack.deliveries.wait_idle()
    assert app() == ("ok", "acknowledges")
    gateway.answer = lambda _: Reply(500)
    slack.say("hello")
    slack.deliveries.wait_idle()
    assert app() == ("down", "http_error")
    slack.gateway = None
    none = "no Request URL is set, and no app is connected over Socket Mode"
    assert app() == ("unknown", none)


def test_an_app_may_tell_its_health(control: Control, slack: Simulator) -> None:
    parts = [{"name": "worker", "state": "down", "note": "exited with status 1"}]
    told = {"parts": parts, "last_error": {"at": 1, "text": "x"}, "problem": "answers.toml:7: no"}
    slack.extensions.health = lambda: told
    _, answer = control.get("/sim/health")
    assert answer["problem"] == "answers.toml:7: no"
    assert answer["parts"] == parts
    assert answer["last_error"]["text"] == "x"


def test_an_app_may_say_why_and_what_its_changes_do(control: Control, slack: Simulator) -> None:
    about = {"channel": "C1", "ts": "1.2"}
    assert control.get("/sim/state")[1]["extensions"] == []
    for path, body in (("/sim/why", about), ("/sim/compare", {})):
        status, answer = control.post(path, body)
        assert status == 400
        assert "slack_simulator/extensions.py" in answer["error"]

    slack.extensions.why = lambda message: {"verdict": f"answered {message['ts']}", "steps": []}
    slack.extensions.compare = lambda: {"changes": []}

    assert control.get("/sim/state")[1]["extensions"] == ["compare", "why"]
    assert control.post("/sim/why", about)[1]["verdict"] == "answered 1.2"
    assert control.post("/sim/compare", {})[1]["changes"] == []


@pytest.mark.parametrize("error", [ValueError("bad"), ZeroDivisionError("worse")])
def test_an_explainer_that_fails_is_told(
    control: Control, slack: Simulator, error: Exception
) -> None:
    class Failing(Explainer):
        def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
            raise error

    slack.extensions.explain = Failing()
    status, answer = control.post("/sim/explain", {"text": "hello"})
    assert status in {200, 400}
    assert str(error) in str(answer)
