"""The names of queues, actors and jobs, and how a message for an actor looks."""

from __future__ import annotations

import time
from pathlib import Path

import dramatiq
import msgspec
import pytest
from dramatiq.encoder import JSONEncoder

from gopherbot import actors
from gopherbot.actors import table
from gopherbot.queues.broker import Encoding
from gopherbot.queues.routing import pack, route
from gopherbot.storage import keys


@pytest.mark.parametrize(
    ("event", "channel", "queue"),
    [
        ("message", "im", "slack_message_private"),
        ("message", "mpim", "slack_message_private"),
        ("message", "group", "slack_message_private"),
        ("message", "app_home", "slack_message_private"),
        ("message", "channel", "slack_message_public"),
        ("message", None, "slack_message_public"),
        ("message", ["im"], "slack_message_public"),
        ("message", {}, "slack_message_public"),
        ("team_join", None, "slack_team_join"),
        ("team_join", "im", "slack_team_join"),
        ("member_joined_channel", "C", "slack_channel_join"),
        ("app_mention", "im", None),
        ("reaction_added", None, None),
        ("", None, None),
    ],
)
def test_an_event_goes_to_one_queue_or_to_none(
    event: str, channel: object, queue: str | None
) -> None:
    row = route(event, channel)
    assert (row and row.queue) == queue


def test_every_event_queue_is_one_of_the_queues() -> None:
    assert set(table.QUEUES) == {
        "slack_message_private",
        "slack_message_public",
        "slack_team_join",
        "slack_channel_join",
        "background",
    }


def test_a_packed_message_is_read_by_dramatiq_and_by_the_worker() -> None:
    event = b'{ "text": "\\u00fc \xf0\x9f\x90\xb9" , "n":1e2 }'
    before = time.time()
    parcel = pack("a_queue", "an_actor", event, 'request "17"', None)
    for read in (JSONEncoder().decode(parcel.data), Encoding().decode(parcel.data)):
        message: dramatiq.Message[object] = dramatiq.Message(**read)
        assert (message.queue_name, message.actor_name) == ("a_queue", "an_actor")
        assert message.options["redis_message_id"] == parcel.id
        assert message.kwargs == {}
        assert before - 1 <= message.message_timestamp / 1000 <= time.time() + 1
    raw = Encoding().decode(parcel.data)["args"]
    assert bytes(raw[0]) == event
    assert [msgspec.json.decode(arg) for arg in raw[1:]] == ['request "17"', None]


def test_a_message_may_have_no_arguments() -> None:
    assert JSONEncoder().decode(pack("q", "a").data)["args"] == []


def test_no_two_messages_have_the_same_id() -> None:
    assert len({pack("q", "a").id for _ in range(1000)}) == 1000


def test_what_the_worker_puts_off_is_read_the_same_again() -> None:
    data = pack("q", "a", b'{"text":"\\u00fc"}', "r").data
    sent: dramatiq.Message[object] = dramatiq.Message(**Encoding().decode(data))
    again = Encoding().decode(Encoding().encode(sent.asdict()))
    assert [bytes(arg) for arg in again["args"]] == [b'{"text":"\\u00fc"}', b'"r"']


def test_every_job_has_an_actor_of_its_name() -> None:
    folder = Path(actors.__file__).parent
    assert len({job.name for job in table.JOBS}) == len(table.JOBS)
    for job in table.JOBS:
        assert (folder / f"{job.name}.py").is_file(), job
        assert job.every >= 60
    assert next(job.every for job in table.JOBS if job.name == "channel_cache") == 600


def test_a_job_may_come_more_rarely_in_shadow_mode() -> None:
    assert table.Job("a", every=600).period(shadow=True) == 600
    assert table.Job("a", every=600, every_in_shadow=3600).period(shadow=True) == 3600
    assert table.Job("a", every=600, every_in_shadow=3600).period(shadow=False) == 600


def test_keys_start_with_the_apps_name() -> None:
    assert keys.waiting("app", "q") == "app:q"
    assert keys.messages("app", "q") == "app:q.msgs"
