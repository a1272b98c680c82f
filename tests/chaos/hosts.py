"""Another host, and another time: network and process namespaces, and a clock that is off."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from parts import FAKETIME
from proxy import Proxy

# Others may run the same tests on this machine.
_numbers = iter(random.sample(range(1, 250), 100))


@dataclass(frozen=True)
class Host:
    """A host of its own: `wrapper` is put before a command that is to run there.

    `environment` says where Redis and Slack are, seen from there. It has its own process ids, so
    nobody else can look whether a process of it still runs.
    """

    name: str
    wrapper: str
    environment: Mapping[str, str]
    link: str
    address: str
    """Of the machine where Redis and Slack are."""
    theirs: str
    """The host's own."""

    def unplug(self) -> None:
        """Take the network away; nothing is told to anybody."""
        _run("ip", "link", "set", self.link, "down")

    def plug_in(self) -> None:
        """Connect the host to the network again."""
        _run("ip", "link", "set", self.link, "up")
        _run("ip", "route", "replace", self.theirs, "dev", self.link)

    def mute(self) -> None:
        """Stop all outgoing packets, including retransmissions; incoming ones still arrive."""
        _run("ip", "-n", self.name, "route", "add", "blackhole", self.address)

    def unmute(self) -> None:
        """Undo `mute`."""
        _run("ip", "-n", self.name, "route", "del", "blackhole", self.address)


@contextmanager
def another_host(redis_port: int, slack_port: int, dyno: str) -> Iterator[Host]:
    """Make a host on a network of its own, for a dyno of this name.

    This machine gets a new address only if it has none: Chromium, in whatever test is running
    beside this one, gives up all that it is loading when there's a new one.
    """
    number = next(_numbers)
    name, here, there = f"gopher{number}", f"gopher{number}a", f"gopher{number}b"
    address = _address()
    ours, theirs = address or f"10.213.{number}.1", f"10.213.{number}.2"
    with ExitStack() as stack:
        _run("ip", "netns", "add", name)
        stack.callback(_try, "ip", "netns", "del", name)
        _run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        stack.callback(_try, "ip", "link", "del", here)
        _run("ip", "link", "set", here, "addrgenmode", "none")
        if not address:
            _run("ip", "addr", "add", ours, "dev", here)
        _run("ip", "-n", name, "addr", "add", theirs, "dev", there)
        _run("ip", "-n", name, "link", "set", there, "up")
        _run("ip", "-n", name, "link", "set", "lo", "up")
        _run("ip", "-n", name, "route", "add", "default", "dev", there)
        wrapper = f"ip netns exec {name} unshare --pid --fork --kill-child --mount-proc"
        _run(*wrapper.split(), "true")
        redis = stack.enter_context(Proxy(redis_port, host=ours))
        rename = f"Host: {ours}".encode(), b"Host: 127.0.0.1"
        api = stack.enter_context(Proxy(slack_port, host=ours, rename=rename))
        environment = {
            "REDIS_URL": f"redis://{ours}:{redis.port}",
            "GOPHER_SLACK_API_URL": f"http://{ours}:{api.port}/api/",
            "DYNO": dyno,
        }
        host = Host(name, wrapper, environment, here, ours, theirs)
        host.plug_in()
        yield host


def _address() -> str | None:
    """Return an address at which other hosts may reach this machine, if it has one."""
    for line in _run("ip", "-4", "-oneline", "address", "show", "scope", "global").splitlines():
        return line.split()[3].partition("/")[0]
    return None


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _try(*command: str) -> None:
    subprocess.run(command, check=False, capture_output=True)


def clock_off(seconds: int) -> dict[str, str]:
    """Return the environment of a process whose clock is off by so much."""
    return {
        "LD_PRELOAD": FAKETIME.need(),
        "PYTHONPATH": str(Path(__file__).with_name("clock_off")),
        "FAKETIME": f"{seconds:+d}s",
        # What waits, waits as long as it should: a clock is off, time does not run otherwise.
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
