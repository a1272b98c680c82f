"""Fault 8: questions that are edited, deleted and crossed while everything else goes wrong."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pace import load_adjusted

from slack_simulator import Fault, Simulator

from .harness import Bot, Inside, dice, wait_until
from .load import Verdict
from .table import Table

# One after the other: whole bots that are killed all the time are more than two cores take.
pytestmark = pytest.mark.xdist_group("edits")

RATE = 15.0
COUNT = 72
KILLS = 2
"""Each strikes what is under way at that rate; how much went before adds nothing to it."""
LATEST_EDIT = 3.0
RECOVERY_SECONDS = 15.0
PLACES = ("general", "random", "jobs", "")


@dataclass
class Question:
    """A message that asks for one link at first and, edited, for another one, or for none."""

    channel: str
    ts: str
    number: int
    texts: tuple[str, str]
    """What it asked for first and asks for now; "" is nothing."""
    edited: float = 0.0
    """When it was edited or deleted, in Unix seconds."""

    @property
    def expected(self) -> Counter[str]:
        return Counter(filter(None, [self.texts[1]]))


Rethink = Callable[[Simulator, Question], None]


class Talk:
    """Says things to the bot, and thinks again a moment later."""

    def __init__(self, slack: Simulator, chance: random.Random, rethink: Rethink) -> None:
        self.slack = slack
        self.questions: list[Question] = []
        self._chance = chance
        self._rethink = rethink
        self._threads: list[threading.Timer] = []

    def run(self) -> None:
        """Say it all, and wait until all is said and changed."""
        start = time.monotonic()
        for number in range(COUNT):
            time.sleep(max(0.0, start + number / RATE - time.monotonic()))
            self._say(number)
        for thread in self._threads:
            thread.join()
        assert all(question.edited for question in self.questions), "an edit failed"

    def _say(self, number: int) -> None:
        # What is edited becomes another answer, none, or one where none was.
        first, then = (f"old{number}", f"new{number}")
        texts = ((first, then), (first, ""), ("", then))[number % 3]
        place = PLACES[number % len(PLACES)]
        typed = written(texts[0], number)
        said = self.slack.say(typed, place) if place else self.slack.dm(typed)
        question = Question(said.channel, said.ts, number, texts)
        self.questions.append(question)
        wait = self._chance.uniform(0, LATEST_EDIT)
        timer = threading.Timer(wait, self._rethink, (self.slack, question))
        timer.start()
        self._threads.append(timer)

    def standing(self, question: Question) -> Counter[str]:
        """Count what stands in Slack for a question, by what it answers."""
        with self.slack.workspace.lock:
            messages = list(self.slack.workspace.conversation(question.channel).messages.values())
        names = (f"old{question.number}", f"new{question.number}")
        return Counter(
            name
            for message in messages
            if message.bot_id
            for name in names
            if message.text.endswith(f"/{name}")
        )

    def verdict(self) -> tuple[Verdict, str]:
        """Compare what members see with what they ask for now."""
        lost = doubled = stale = 0
        for question in self.questions:
            seen, expected = self.standing(question), question.expected
            lost += bool(expected - seen)
            stale += bool(set(seen) - set(expected))
            doubled += any(count > 1 for count in seen.values())
        verdict = Verdict(len(self.questions), lost + stale, doubled, self._slowest())
        return verdict, f"{stale} stale, {len(self.slack.calls('chat.update'))} updates"

    def _slowest(self) -> float:
        """Return the longest time from an edit to the last change of its answers."""
        last: dict[str, float] = {}
        for entry in self.slack.feed.after():
            if entry.kind in ("message", "message_changed") and entry["by_bot"]:
                last[entry["message"]["text"].rpartition("/")[2]] = entry.at
        waits = [last[q.texts[1]] - q.edited for q in self.questions if q.texts[1] in last]
        return max(waits, default=0.0)


def written(name: str, number: int) -> str:
    return f"d/{name}" if name else f"nothing to ask, number {number}"


def edit(slack: Simulator, question: Question) -> None:
    slack.workspace.edit(
        question.channel, question.ts, written(question.texts[1], question.number), "regular"
    )
    question.edited = time.time()


def delete(slack: Simulator, question: Question) -> None:
    slack.workspace.delete(question.channel, question.ts, "regular")
    question.texts = (question.texts[0], "")
    question.edited = time.time()


def kill_at_random(bot: Bot, chance: random.Random, kills: int, seconds: float) -> None:
    part = seconds / max(1, kills)
    began = time.monotonic()
    for number in range(kills):
        moment = began + part * (number + chance.uniform(0.1, 0.8))
        time.sleep(max(0.0, moment - time.monotonic()))
        bot.wait_until_up("worker")
        bot.kill("worker", "all")


@pytest.mark.parametrize("rethink", [edit, delete])
@pytest.mark.parametrize("trouble", ["kills", "kills, all four times and out of order", "calls"])
def test_answers_follow_what_members_think_in_the_end(
    trouble: str,
    rethink: Rethink,
    bot: Bot,
    slack: Simulator,
    inside: Inside,
    table: Table,
) -> None:
    chance = dice(f"edits {trouble} {rethink.__name__}")
    slack.latency = 0.1
    if "four times" in trouble:
        slack.deliveries.redeliver = 4
        slack.deliveries.jitter = 1.0
    talk = Talk(slack, chance, rethink)
    if trouble == "calls":
        for method in ("chat.postMessage", "chat.update", "chat.delete"):
            for kind in ("ratelimited", "server_error", "cut_before", "cut_after", "cut_during"):
                fault = Fault(kind=kind, method=method, times=3, skip=chance.randrange(20))
                slack.faults.add(fault)
    seconds = COUNT / RATE + LATEST_EDIT
    kills = 0 if trouble == "calls" else KILLS
    killer = threading.Thread(target=kill_at_random, args=(bot, chance, kills, seconds))
    killer.start()
    talk.run()
    killer.join()
    inside.wait_until_over(slack)
    verdict, note = talk.verdict()
    row = f"{rethink.__name__}s of {COUNT} questions within {LATEST_EDIT:.0f} s, {trouble}"
    note = f"{note}, {bot.restarts['worker']} restarts"
    table.check(row, verdict, note, killers=inside.killers())
    assert verdict.slowest < load_adjusted(RECOVERY_SECONDS)


def test_a_cross_holds_whatever_is_killed_and_delivered_again(
    bot: Bot, slack: Simulator, inside: Inside, table: Table
) -> None:
    chance = dice("crosses")
    slack.latency = 0.1
    slack.deliveries.redeliver = 4
    killer = threading.Thread(target=kill_at_random, args=(bot, chance, 3, 6.0))
    killer.start()
    said = [slack.say(f"d/crossed{number}") for number in range(60)]
    crossed = set()
    for number in range(60):
        wait_until(lambda: len(slack.posts()) + inside.killers() > number, 60, "it is answered")  # noqa: B023
        if len(slack.posts()) <= number:
            break
        post = slack.posts()[number]
        slack.workspace.react(post.channel, post.ts, "x", "regular")
        crossed.add(post.ts)
    killer.join()
    inside.wait_until_over(slack)
    left = [
        message
        for message in slack.workspace.conversation("general").messages.values()
        if message.bot_id
    ]
    posts = Counter(post.text for post in slack.posts())
    doubled = sum(count > 1 for count in posts.values())
    verdict = Verdict(len(said), len(left), doubled, 0.0)
    row = "crosses on 60 answers at once, SIGKILL worker x3"
    table.check(row, verdict, f"{len(left)} left", killers=inside.killers())
