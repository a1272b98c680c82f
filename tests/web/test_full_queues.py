"""Without a worker, a gateway alone keeps queues bounded; what is fresh and joins are kept."""

from __future__ import annotations

import time

import msgspec
from support import Inside, wait_until

from gopherbot.queues import messages

from .client import Gateway

PUBLIC = "slack_message_public"
JOIN = "slack_team_join"


def fill(queued: Inside, queue: str, count: int, age: float, actor: str = "") -> list[str]:
    """Put messages into a queue that Slack sent `age` seconds ago. Return their ids."""
    ids = []
    for number in range(count):
        body = msgspec.json.encode({"event_id": f"Ev{queue}{number}", "event": {}})
        sent_at = time.time() - age
        packed = messages.pack(queue, actor or queue, body, None, sent_at=sent_at)
        ids.append(queued.put(queue, packed.data, packed.id))
    return ids


def test_what_is_too_old_is_dropped_whatever_the_length_of_the_queue(
    gateway: Gateway, queued: Inside
) -> None:
    """An edit is worth an answer for longer than a message, and a join for a day."""
    edits = fill(queued, PUBLIC, 100, age=60, actor=f"{PUBLIC}_changed")
    joins = fill(queued, JOIN, 550, age=20 * 3600)
    fill(queued, PUBLIC, 700, age=60)
    assert gateway.post_signed(gateway.envelope()).status == 200
    fresh = queued.ids(PUBLIC)[-1:]
    wait_until(lambda: len(queued.ids(PUBLIC)) <= len(edits) + 1, "what is too old is dropped")
    assert queued.ids(PUBLIC) == edits + fresh
    assert set(queued.messages(PUBLIC)) == {*edits, *fresh}
    assert queued.ids(JOIN) == joins
    total = f"{queued.app}:counts:total"
    wait_until(
        lambda: int(queued.client.hget(total, f"stale:{PUBLIC}") or 0) == 700,
        "what was dropped counts as stale",
    )
