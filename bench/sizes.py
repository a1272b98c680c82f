"""The scales at which the bench measures: full, quick and tiny."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """One scale of the whole bench. `..._gap` and `..._seconds` are in seconds, the rest counts."""

    name: str
    idle_events: int
    idle_gap: tuple[float, float]
    load_rates: tuple[int, ...]
    load_seconds: float
    gateway_events: int
    gateway_rounds: int
    gateway_connections: tuple[int, ...]
    chatter_events: int
    chatter_rounds: int
    replies: int
    deploys: int
    deploy_gap: float
    tls_calls: int
    tls_rounds: int
    rules: tuple[int, ...]
    matching_messages: int
    matching_rounds: int
    memory_first: int
    memory_last: int
    busy_events: int
    quiet_seconds: float
    settle_seconds: float
    start_rounds: int
    page_events: int
    page_few: int
    page_rounds: int
    page_scrolls: int


FULL = Sizes(
    name="full",
    idle_events=100,
    idle_gap=(0.2, 1.0),
    load_rates=(10, 50, 150, 250, 300),
    load_seconds=6,
    gateway_events=8000,
    gateway_rounds=3,
    gateway_connections=(1, 4, 16, 64),
    chatter_events=8_000,
    chatter_rounds=3,
    replies=1500,
    deploys=3,
    deploy_gap=1,
    tls_calls=200,
    tls_rounds=5,
    rules=(10, 50, 100, 1000, 3000, 10_000),
    matching_messages=300,
    matching_rounds=9,
    memory_first=40_000,
    memory_last=100_000,
    busy_events=3000,
    quiet_seconds=30,
    settle_seconds=2.5,
    start_rounds=5,
    page_events=5_000,
    page_few=50,
    page_rounds=3,
    page_scrolls=120,
)

QUICK = Sizes(
    name="quick",
    idle_events=40,
    idle_gap=(0.2, 1.0),
    load_rates=(10, 50, 150, 250),
    load_seconds=3,
    gateway_events=4000,
    gateway_rounds=3,
    gateway_connections=(1, 4, 16, 64),
    chatter_events=5000,
    chatter_rounds=3,
    replies=500,
    deploys=2,
    deploy_gap=1,
    tls_calls=60,
    tls_rounds=3,
    rules=(10, 50, 1000, 10_000),
    matching_messages=100,
    matching_rounds=5,
    memory_first=2000,
    memory_last=10_000,
    busy_events=1500,
    quiet_seconds=20,
    settle_seconds=2.5,
    start_rounds=1,
    page_events=5_000,
    page_few=50,
    page_rounds=1,
    page_scrolls=120,
)

TINY = Sizes(
    name="tiny",
    idle_events=3,
    idle_gap=(0.0, 0.05),
    load_rates=(20, 40),
    load_seconds=0.3,
    gateway_events=60,
    gateway_rounds=1,
    gateway_connections=(1, 2),
    chatter_events=300,
    chatter_rounds=1,
    replies=20,
    deploys=1,
    deploy_gap=0.2,
    tls_calls=3,
    tls_rounds=1,
    rules=(10, 50, 100),
    matching_messages=4,
    matching_rounds=1,
    memory_first=40,
    memory_last=80,
    busy_events=60,
    quiet_seconds=1,
    settle_seconds=0.1,
    start_rounds=1,
    page_events=20,
    page_few=5,
    page_rounds=1,
    page_scrolls=5,
)
"""For tests of the bench itself: the figures mean nothing."""
