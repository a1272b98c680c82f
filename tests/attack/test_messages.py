"""What a member can do with a message: it costs a worker little, whatever is in it."""

from __future__ import annotations

import time

from content.test_hostile import said
from costs import LONGEST, hostile_texts

from .table import Attacks


def test_no_message_keeps_the_others_waiting(attacks: Attacks) -> None:
    said("hello", "", direct=True)
    worst, what = 0.0, ""
    for text in hostile_texts(LONGEST):
        for direct in (True, False):
            took = []
            for _ in range(2):
                started = time.thread_time()
                said(text, "", direct=direct)
                took.append(time.thread_time() - started)
            if min(took) > worst:
                worst, what = min(took), text[:12]
    attacks.add(
        "one message", "3.9 s of a worker", f"{worst * 1000:.0f} ms of a worker, for {what!r}…"
    )
    assert worst < 1.0
