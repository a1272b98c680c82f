"""The time until an answer follows an edit, compared with the time until the first answer.

Questions come one by one, and each is edited once it is answered. Times run from just before an
event is written until the Web API is called: to post, and to update.
"""

from __future__ import annotations

import time

from bench import figures, traffic
from bench.load import Connection, LoadError
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage, wait_until

_WARM = 3
_QUESTION, _EDITED = (f"<@{traffic.BOT_USER}> {text}" for text in ("go tour", "books"))


def run(sizes: Sizes) -> Outcome:
    """Ask and edit, in turn."""
    with Stage() as stage:
        bot, _ = stage.bot()
        connection = Connection(bot.port)
        times = [_once(stage, connection) for _ in range(_WARM + sizes.idle_events)][_WARM:]
        connection.close()
    answers, updates = (sorted(each) for each in zip(*times, strict=True))
    answer, update = figures.median(answers), figures.median(updates)
    ratio = update / answer
    row = Row(
        name="edit",
        measured=f"the update of an answer after an edit, {len(updates)} edits, median "
        f"(slowest {figures.seconds(updates[-1])}); the first answer, median",
        ours=figures.seconds(update),
        baseline=figures.seconds(answer),
        ratio=figures.three_digits(ratio),
        target="≤ 2",
        reached=ratio <= 2,
    )
    return Outcome([row])


def _once(stage: Stage, connection: Connection) -> tuple[float, float]:
    """Ask, edit, and return the seconds until the answer and until its update."""
    question = traffic.event(_QUESTION)
    answered = _time(stage, connection, question, "chat.postMessage")
    return answered, _time(stage, connection, traffic.edit(question, _EDITED), "chat.update")


def _time(stage: Stage, connection: Connection, event: traffic.Event, method: str) -> float:
    position = stage.slack.position()
    start = time.monotonic()
    status = connection.exchange(traffic.request(event))
    if status != "200":
        raise LoadError(f"an event was answered with {status}")
    calls = wait_until(lambda: stage.slack.calls(method, position), f"a call of {method}")
    # The ledger is written after the call; the next event must not be timed with that.
    stage.wait_until_done()
    return float(calls[0]["monotonic"] - calls[0]["seconds"]) - start
