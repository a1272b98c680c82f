"""Start-up time: of the gateway after `exec`, and of the whole of `gopherbot dev`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from bench import figures
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage, answers, wait_until
from gopherbot.dev import procfile
from gopherbot.dev.procfile import ROOT, base_environment
from gopherbot.dev.redis_server import free_port
from slack_simulator.client import SimulatorClient

_EVERY = 0.005


def run(sizes: Sizes) -> Outcome:
    """Start both repeatedly."""
    gateways = [_gateway() for _ in range(sizes.start_rounds)]
    devs = [_dev() for _ in range(sizes.start_rounds)]
    return Outcome(
        [
            _row("start", "the gateway answers after exec", gateways, 1.5),
            _row("start-dev", "`gopherbot dev`: page, gateway and first reply", devs, 5.0),
        ]
    )


def _row(name: str, what: str, found: list[float], most: float) -> Row:
    middle = figures.median(found)
    return Row(
        name=name,
        measured=f"{what}, median of {len(found)} (slowest {figures.seconds(max(found))})",
        ours=figures.seconds(middle),
        target=f"≤ {most:g} s",
        reached=middle <= most,
    )


def _gateway() -> float:
    with Stage() as stage:
        port = free_port()
        begin = time.monotonic()
        stage.peer(procfile.lines()["web"], port=port)
        return time.monotonic() - begin


def _dev() -> float:
    port = free_port()
    page = f"http://127.0.0.1:{port}/"
    with Path(os.devnull).open("wb") as nowhere:
        begin = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "gopherbot", "dev", "--port", str(port)],
            cwd=ROOT,
            env=base_environment(),
            stdout=nowhere,
            stderr=nowhere,
            start_new_session=True,
        )
    try:
        wait_until(lambda: answers(page), "the page is there", every=_EVERY)
        with SimulatorClient(page) as client:
            wait_until(lambda: _gateway_is_set(client), "a gateway is set", every=_EVERY)
            wait_until(lambda: _gateway_is_ready(client), "the gateway is ready", every=_EVERY)
            position = client.state()["seq"]
            client.say("flip a coin", "@regular")
            wait_until(lambda: _replied(client, position), "the first reply", every=_EVERY)
        return time.monotonic() - begin
    finally:
        process.terminate()
        process.wait()


def _gateway_is_set(client: SimulatorClient) -> bool:
    return bool(_gateways(client))


def _gateway_is_ready(client: SimulatorClient) -> bool:
    return answers(_gateways(client)[0].replace("/slack/event", "/_ready"))


def _gateways(client: SimulatorClient) -> list[str]:
    found: list[str] = client.state()["settings"]["gateway"]
    return found


def _replied(client: SimulatorClient, position: int) -> bool:
    return any(entry["by_bot"] for entry in client.feed(position, kind="message"))
