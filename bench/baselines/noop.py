"""A worker of stock Dramatiq whose actor does nothing at all."""

import os
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker

dramatiq.set_broker(RedisBroker(url=os.environ["REDIS_URL"]))  # type: ignore[no-untyped-call]


@dramatiq.actor(queue_name="noop")
def noop(*_: Any) -> None:
    """Do nothing."""
