"""Scenarios, downloaded from and uploaded to the control API."""

import msgspec

from slack_simulator.components import Components
from slack_simulator.control.commands import Empty
from slack_simulator.http.messages import Request, Response
from slack_simulator.scenarios import stage
from slack_simulator.scenarios.scenario import Scenario, of_entries
from slack_simulator.workspace.objects import Json


def download(components: Components, request: Request) -> Response:
    """Return a scenario file of what members did after feed entry `after`."""
    after = int(request.query.get("after") or 0)
    scenario = of_entries(components.feed.after(after), components.workspace)
    headers = {
        "Content-Type": "application/json",
        "Content-Disposition": 'attachment; filename="scenario.json"',
    }
    return Response(headers=headers, body=scenario.encode())


def play(components: Components, wanted: Json) -> Json:
    """Start playing a scenario in place of any other one. Return the number of its actions.

    `speed` is how many times as fast as recorded; None is without pauses.
    """
    speed = wanted.pop("speed", 1)
    if speed is not None and not (isinstance(speed, int | float) and speed > 0):
        raise ValueError("`speed` is a number above 0, or null to play without pauses")
    scenario = Scenario.decode(msgspec.json.encode(wanted))
    stop(components, Empty())
    stage.play(components, scenario, speed)
    return {"actions": len(scenario.actions)}


def stop(components: Components, _: Empty) -> Json:
    """Stop the scenario that is played, before its next action."""
    components.scenario_stop.set()
    return {}
