"""How a message for an actor looks in Redis."""

from __future__ import annotations

import subprocess
import sys
import time

import dramatiq
import msgspec
import pytest
from dramatiq.encoder import JSONEncoder
from support import Inside

from gopherbot.dev.bot import APP
from gopherbot.queues.messages import decode, due_in, max_age, pack, send, sent_at
from gopherbot.queues.worker.broker import MessageEncoder
from gopherbot.web import events
from gopherbot.web.events import route


def test_a_packed_message_is_read_by_dramatiq_and_by_the_worker() -> None:
    event = b'{ "text": "\\u00fc \xf0\x9f\x90\xb9" , "n":1e2 }'
    before = time.time()
    packed = pack("a_queue", "an_actor", event, 'request "17"', None)
    for read in (JSONEncoder().decode(packed.data), MessageEncoder().decode(packed.data)):
        message: dramatiq.Message[object] = dramatiq.Message(**read)
        assert (message.queue_name, message.actor_name) == ("a_queue", "an_actor")
        assert message.options["redis_message_id"] == packed.id
        assert message.kwargs == {}
        assert before - 1 <= message.message_timestamp / 1000 <= time.time() + 1
    raw = MessageEncoder().decode(packed.data)["args"]
    assert bytes(raw[0]) == event
    assert [msgspec.json.decode(arg) for arg in raw[1:]] == ['request "17"', None]


_FORKS = """
import os
from gopherbot.queues.messages import pack

os.getpid = lambda: 4711  # The system gives a pid again when a process has ended.
for _ in range(2):
    if os.fork() == 0:
        print(pack("q", "a").id, flush=True)
        os._exit(0)
    os.wait()
print(pack("q", "a").id)
"""


@pytest.mark.slow
def test_forked_processes_make_ids_apart_though_their_pids_are_the_same() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", _FORKS], capture_output=True, check=True, timeout=60
    ).stdout
    assert len(set(printed.split())) == 3


def test_a_delay_is_that_of_the_sender_and_never_longer_than_it_was() -> None:
    packed = pack("q", "a", due_at=time.time() + 1_000)
    options = decode(packed.data).options
    assert packed.queue == "q.DQ"
    assert 700 < due_in(options) <= 1_000
    assert 0 < due_in(options | {"delay": 700_000}) <= 700, "the sender's clock is ahead"


@pytest.mark.parametrize("value", ["1", None, 10**400], ids=["a text", "nothing", "too large"])
def test_a_number_that_is_none_is_nothing(value: object) -> None:
    message = decode(pack("q", "a").data)
    message.options |= {"sent_at": value, "max_age": value, "eta": value}
    assert sent_at(message) == 0
    assert max_age(message) == 0
    assert due_in(message.options) < 0


def test_a_message_that_is_sent_again_waits_once(inside: Inside) -> None:
    packed = pack("q", "a")
    for _ in range(2):
        send(inside.client, APP, [packed])
    assert inside.ids("q") == [packed.id]


# The names of queues, actors and jobs.


def test_an_event_of_no_time_is_too_old_for_any_actor() -> None:
    join, said = route("team_join", None), route("message", "channel")
    assert join
    assert said
    assert events.sent_at(join, 10**400, None) == 0
    assert events.sent_at(said, 17, "no time") == 0


@pytest.mark.parametrize("subtype", [None, "", "file_share", "bot_message", ["message_changed"]])
def test_any_other_message_goes_to_the_actor_of_messages(subtype: object) -> None:
    row = route("message", "channel", subtype)
    assert row
    assert row.name == "slack_message_public"
