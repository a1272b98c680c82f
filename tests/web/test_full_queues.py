"""Without a worker: queues stay bounded, what is fresh and joins are kept."""

from __future__ import annotations

import time

import msgspec
from support import Inside, wait_until

from gopherbot.actors.table import MOST_WAITING
from gopherbot.queues import messages

from .client import Gateway

PUBLIC = "slack_message_public"
JOIN = "slack_team_join"


def fill(queued: Inside, queue: str, count: int, age: float, actor: str = "") -> None:
    """Put messages into a queue that were queued `age` seconds ago."""
    app = queued.app
    with queued.client.pipeline(transaction=False) as pipe:
        for number in range(count):
            body = msgspec.json.encode({"event_id": f"Ev{queue}{number}", "event": {}})
            packed = messages.pack(queue, actor or queue, body, None)
            old = messages.decode(packed.data)
            old.message_timestamp -= int(age * 1000)
            pipe.hset(f"{app}:{queue}.msgs", packed.id, messages.encode(old))
            pipe.rpush(f"{app}:{queue}", packed.id)
        pipe.execute()


def test_what_is_too_old_is_dropped_from_a_queue_that_is_too_long(
    gateway: Gateway, queued: Inside
) -> None:
    fill(queued, PUBLIC, MOST_WAITING + 200, age=60)
    posted = 0
    while len(queued.ids(PUBLIC)) > MOST_WAITING:
        assert gateway.post_signed(gateway.envelope()).status == 200
        posted += 1
        assert posted < 30
    assert len(queued.messages(PUBLIC)) == len(queued.ids(PUBLIC))
    newest = queued.ids(PUBLIC)[-posted:]
    sent = [messages.decode(queued.messages(PUBLIC)[id]).message_timestamp for id in newest]
    assert min(sent) > (time.time() - 30) * 1000, "what is fresh is kept"
    total = f"{queued.app}:counts:total"
    wait_until(
        lambda: int(queued.client.hget(total, f"stale:{PUBLIC}") or 0) >= 200,
        "what was dropped counts as stale",
    )


def test_what_is_too_old_is_dropped_from_behind_what_is_worth_an_answer_for_longer(
    gateway: Gateway, queued: Inside
) -> None:
    """An edit is, before messages; so is a job, before emoji."""
    fill(queued, PUBLIC, 100, age=60, actor=f"{PUBLIC}_changed")
    fill(queued, PUBLIC, MOST_WAITING + 200, age=60)
    posted = 0
    while len(queued.ids(PUBLIC)) > MOST_WAITING:
        assert gateway.post_signed(gateway.envelope()).status == 200
        posted += 1
        assert posted < 200
    kept = [messages.decode(data).actor_name for data in queued.messages(PUBLIC).values()]
    assert kept.count(f"{PUBLIC}_changed") == 100
    assert set(queued.ids(PUBLIC)) == set(queued.messages(PUBLIC))


def test_what_is_too_old_is_kept_in_a_queue_of_an_ordinary_length(
    gateway: Gateway, queued: Inside
) -> None:
    fill(queued, PUBLIC, 100, age=60)
    assert gateway.post_signed(gateway.envelope()).status == 200
    assert len(queued.ids(PUBLIC)) == 101


def test_joins_are_kept_for_their_day(gateway: Gateway, queued: Inside) -> None:
    fill(queued, JOIN, MOST_WAITING + 50, age=20 * 3600)
    join = gateway.envelope({"type": "team_join", "user": {"id": "U0NEW"}})
    assert gateway.post_signed(join).status == 200
    assert len(queued.ids(JOIN)) == MOST_WAITING + 51
