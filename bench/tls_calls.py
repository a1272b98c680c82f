"""Calls a TLS server with our client and with slack-sdk's own, in turn, and times both.

`python -m bench.tls_calls CERTIFICATE CALLS ROUNDS`, run by the experiment `tls`; prints JSON.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
import time
from collections.abc import Callable

import msgspec
from slack_sdk import WebClient

from gopherbot.slack.http_pool import HttpPool, PooledClient

_TOKEN = "xoxb-simulated"


class Cost(msgspec.Struct, frozen=True):
    """Seconds per call: wall time, and CPU time of this process."""

    wall: float
    cpu: float


class Round(msgspec.Struct, frozen=True):
    """The same calls with both clients."""

    ours: Cost
    stock: Cost


def main() -> None:
    """Start the server, make the calls, print the rounds."""
    certificate, calls, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with subprocess.Popen(
        [sys.executable, "-m", "bench.tls_server", certificate], stdout=subprocess.PIPE
    ) as server:
        assert server.stdout
        base = f"https://127.0.0.1:{int(server.stdout.readline())}/api/"
        ours = PooledClient(_TOKEN, base, HttpPool(base))
        stock = WebClient(token=_TOKEN, base_url=base, ssl=ssl.create_default_context())
        for client in (ours, stock):
            _measure(client, 2)
        found = [Round(_measure(ours, calls), _measure(stock, calls)) for _ in range(rounds)]
        server.kill()
    sys.stdout.write(msgspec.json.encode(found).decode())


def _measure(client: WebClient, calls: int) -> Cost:
    post: Callable[..., object] = client.chat_postMessage
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        post(channel="C029RQSEE", text="heads")
    return Cost((time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls)


if __name__ == "__main__":
    main()
