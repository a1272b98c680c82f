"""Threads that decode the same shape for the first time, at the same moment.

msgspec 0.22 dies of it, and takes the worker with it: see `gopherbot/decoding.py`.
"""

import re
import subprocess
import sys

import pytest

from gopherbot.dev.procfile import ROOT

AT_FIRST_USE = re.compile(
    r"^ .*msgspec\.(?:convert\(|json\.Decoder\(\w|"
    # Types with no fields for msgspec to look up are harmless.
    r"json\.decode\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*type=(?!str\b|dict\b|Json\b))",
    re.MULTILINE,
)
"""What looks up a shape's fields in a function, which any thread may run."""
OWN = {"gopherbot/decoding.py", "slack-simulator/slack_simulator/control/control.py"}
"""The former prepares shapes by itself, the latter in a table of its module."""
DECODE_TOGETHER = """
import os, sys, threading

from gopherbot.queues import messages
from gopherbot.slack import events

queued = messages.pack("a_queue", "an_actor", b"{}", None).data
envelope = b'{"event_id":"Ev1","event_time":1,"event":{"channel":"C1","ts":"1.2","text":"hi"}}'

def decode(ready):
    ready.wait()
    messages.decode(queued)
    events.decode(envelope, events.MessageEvent)

def first_time():
    # Threads take turns as often as they can.
    sys.setswitchinterval(1e-6)
    ready = threading.Barrier(8)
    threads = [threading.Thread(target=decode, args=(ready,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(0)

for _ in range(40):
    fork = os.fork()
    if not fork:
        first_time()
    print(os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]))
"""


@pytest.mark.slow
def test_shapes_are_decoded_for_the_first_time_by_many_threads_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DECODE_TOGETHER],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0"] * 40
    assert not done.stderr


@pytest.mark.parametrize("folder", ["gopherbot", "slack-simulator/slack_simulator"])
def test_no_shape_is_prepared_elsewhere_when_it_is_decoded(folder: str) -> None:
    found = [
        f"{name}: {look_up[0].strip()}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (name := str(path.relative_to(ROOT))) not in OWN
        for look_up in AT_FIRST_USE.finditer(path.read_text("utf-8"))
    ]
    assert found == [], (
        "call decoding.decode or decoding.convert, or make the Decoder with the module"
    )
