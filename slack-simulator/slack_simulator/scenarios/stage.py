"""Plays scenarios in the background, and says in the feed how far one is and how it ends."""

import threading

from slack_simulator.components import Components
from slack_simulator.scenarios.player import Player
from slack_simulator.scenarios.scenario import Scenario
from slack_simulator.workspace.errors import SlackError


def play(components: Components, scenario: Scenario, speed: float | None) -> None:
    """Start a scenario; see `Player.play`. `components.scenario_stop` stops it."""
    stop = components.scenario_stop = threading.Event()
    arguments = (components, scenario, speed, stop)
    threading.Thread(target=_play, args=arguments, name="scenario", daemon=True).start()


def _play(
    components: Components, scenario: Scenario, speed: float | None, stop: threading.Event
) -> None:
    done = 0

    def tell(state: str, error: str = "") -> None:
        facts = {"state": state, "done": done, "actions": len(scenario.actions), "error": error}
        components.feed.append("scenario", facts)

    def proceed() -> bool:
        nonlocal done
        if stop.is_set():
            return False
        tell("playing")
        done += 1
        return True

    try:
        Player(components, pause=stop.wait).play(scenario, speed=speed, proceed=proceed)
    except (SlackError, TimeoutError, ValueError, LookupError) as problem:
        tell("failed", f"action {done}: {str(problem).splitlines()[0]}")
    else:
        tell("stopped" if stop.is_set() else "ended")
