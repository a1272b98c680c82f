"""Threads that decode the same shape for the first time, at the same moment.

msgspec 0.22 dies of it, and takes the worker with it: see `gopherbot/decoding.py`.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gopherbot.dev.procfile import ROOT

PLAIN = {"str", "dict", "Any", "None", "Json"}
"""Types with no fields for msgspec to look up."""
LOOK_UP = ("msgspec.convert", "msgspec.json.Decoder", "msgspec.json.decode")
"""What looks up the fields of the shape that it is given."""
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
    own = ROOT / "gopherbot/decoding.py"
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != own
        for line in decoded_at_first_use(path)
    ]
    assert found == [], (
        "call decoding.decode or decoding.convert, or make the Decoder with the module"
    )


def decoded_at_first_use(path: Path) -> Iterator[int]:
    """Yield the lines in functions, which any thread may run, that look up a shape's fields."""
    code = path.read_text("utf-8")
    if not any(name in code for name in LOOK_UP):
        return  # To parse every file takes a second.
    calls = {
        call: ast.unparse(call.func)
        for function in ast.walk(ast.parse(code))
        if isinstance(function, ast.FunctionDef | ast.Lambda)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    }
    for call, name in calls.items():
        shapes: list[ast.expr] = []
        if name == "msgspec.json.decode":
            shapes = [word.value for word in call.keywords if word.arg == "type"]
        elif name in LOOK_UP:
            shapes = [*call.args, *(word.value for word in call.keywords)]
        names = {
            each.id for shape in shapes for each in ast.walk(shape) if isinstance(each, ast.Name)
        }
        if names - PLAIN:
            yield call.lineno
