"""Start-up time: of gateway and worker after `exec`, of `gopherbot dev`, and of two commands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import figures
from bench.processes import cpu_seconds
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage, answers, wait_until
from gopherbot.dev import procfile
from gopherbot.dev.procfile import ROOT, base_environment
from slack_simulator.apps.running import free_port
from slack_simulator.client import SimulatorClient

_EVERY = 0.005


def run(sizes: Sizes) -> Outcome:
    """Start each repeatedly."""
    rounds = range(sizes.start_rounds)
    gateways = [_gateway() for _ in rounds]
    workers, worker_cpu = zip(*(_worker() for _ in rounds), strict=True)
    devs = [_dev() for _ in rounds]
    lints = [_command("lint") for _ in rounds]
    explains = [_command("explain", "@gopher flip a coin") for _ in rounds]
    return Outcome(
        [
            _row("start", "the gateway answers after exec", gateways, 1.5),
            _row("start-worker", "the worker takes messages after exec", workers, 0.5),
            _row("start-worker-cpu", "the same, CPU", worker_cpu, 0.6),
            _row("start-dev", "`gopherbot dev`: page, gateway and first reply", devs, 5.0),
            _row("start-lint", "`gopherbot lint`, the whole command", lints, 0.4),
            _row("start-explain", "`gopherbot explain TEXT`, the whole command", explains, 0.4),
        ]
    )


def _row(name: str, what: str, found: Sequence[float], most: float) -> Row:
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


def _worker() -> tuple[float, float]:
    """Return the seconds until a worker is in the registry, and its CPU time until then."""
    with Stage() as stage:
        begin = time.monotonic()
        worker = stage.peer(procfile.lines()["worker"])
        wait_until(stage.has_worker, "a worker is alive", every=_EVERY)
        return time.monotonic() - begin, cpu_seconds(worker.pids())


def _command(*words: str) -> float:
    begin = time.monotonic()
    command = [sys.executable, "-m", "gopherbot", *words]
    subprocess.run(command, cwd=ROOT, env=base_environment(), check=True, stdout=subprocess.DEVNULL)
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
