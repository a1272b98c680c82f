"""Scenarios, downloaded from and uploaded to the control API."""

import threading

import msgspec

from slack_simulator.components import Components
from slack_simulator.http.messages import Request, Response
from slack_simulator.scenarios.player import Player
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
    """Start playing a scenario at its original speed. Return the number of actions."""
    scenario = Scenario.decode(msgspec.json.encode(wanted))
    player = Player(components, pause=threading.Event().wait)
    threading.Thread(
        target=player.play, args=(scenario,), kwargs={"speed": 1}, name="scenario", daemon=True
    ).start()
    return {"actions": len(scenario.actions)}
