"""Collects what Redis knows about one message or event, for `gopherbot why`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Set

import msgspec
import redis

from gopherbot import decoding, table
from gopherbot.commands.why.story import DeadProcess, Subject
from gopherbot.commands.why.verdict import LedgerEntry, Queued
from gopherbot.effects.posted import PostedAnswer, rule_and_number
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Record
from gopherbot.metrics.process_registry import read_entry
from gopherbot.queues import messages
from gopherbot.queues.messages import QueuedMessage
from gopherbot.slack.events import AnyEnvelope
from gopherbot.storage import keys
from gopherbot.storage.client import text

_HAVE_EVENTS = ("web", "worker")


class Sources:
    """Reads the evidence. Every method may raise `REDIS_ERRORS`."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app

    def resolve(self, subject: Subject) -> Subject:
        """Return the subject with its answers. For an answer of the bot, return its question."""
        if not subject.ts:
            return subject
        asked = self.client.get(keys.answer(self.app, subject.channel, subject.ts))
        channel, _, ts = text(asked).partition(":") if asked else ("", "", "")
        found = Subject(channel=channel, ts=ts) if ts else subject
        for answer in self._stands(found).values():
            if answer.ts != "-":
                found.answers.append((answer.channel, answer.ts))
        return found

    def records(self) -> list[Record]:
        """Return the journal, oldest first."""
        return journal.read(self.client, self.app)

    def queued(self, subject: Subject, known: Set[str]) -> list[Queued]:
        """Return where the subject is in the queues: waiting, in flight, to be retried, or dead."""
        return list(self._queued(subject, known))

    def _queued(self, subject: Subject, known: Set[str]) -> Iterator[Queued]:
        for queue in table.QUEUES:
            for key, dead in (
                (keys.messages(self.app, queue), False),
                (keys.messages(self.app, keys.delayed(queue)), False),
                (keys.dead_messages(self.app, queue), True),
            ):
                for _, data in self.client.hscan_iter(key, count=200):
                    found = _found(data, subject, known)
                    if found:
                        event, message = found
                        waited = max(0.0, time.time() - message.message_timestamp / 1000)
                        died_of = str(message.options.get("died_of") or "")
                        yield Queued(queue, event, dead, waited, died_of)

    def ledger(self, subject: Subject) -> LedgerEntry:
        """Return the state of each of its effects, and what is in Slack now."""
        if not subject.ts:
            return LedgerEntry()
        entries = self.client.hgetall(keys.ledger(self.app, _id(subject)))
        effects = {
            text(key): text(entry).partition(" ")[0]
            for key, entry in entries.items()
            if not text(key).startswith("@")
        }
        found = self._stands(subject).items()
        posted = [_in_words(key, each) for key, each in found if each.kind != "taken"]
        taken = [
            f"an answer was taken back in {each.channel} at {each.ts}"
            for _, each in found
            if each.kind == "taken"
        ]
        return LedgerEntry(effects, posted, taken)

    def died(self) -> list[DeadProcess]:
        """Return the processes of the last hour that died without signing off."""
        found = []
        for key in (keys.processes(self.app), keys.gone_processes(self.app)):
            for value in self.client.hvals(key):
                entry = read_entry(text(value))
                if entry is None or entry.info.kind not in _HAVE_EVENTS:
                    continue
                is_silent = time.time() - entry.seen > entry.lease
                if is_silent or key == keys.gone_processes(self.app):
                    found.append(DeadProcess(entry.info.kind, entry.info.dyno, entry.seen))
        return found

    def _stands(self, subject: Subject) -> dict[str, PostedAnswer]:
        found = self.client.hgetall(keys.answers(self.app, _id(subject)))
        return {
            text(key): PostedAnswer.decode(text(value))
            for key, value in found.items()
            if text(key) != "@asker"
        }


def _id(subject: Subject) -> str:
    """Return a message's id in the ledger (`model.Message.id`)."""
    return f"{subject.channel}:{subject.ts}"


def _in_words(key: str, answer: PostedAnswer) -> str:
    what = rule_and_number(key)[0] or key
    if answer.kind == "reply":
        return f"the answer of {what} is in {answer.channel} at {answer.ts}"
    return f"{what} is in place"


def _found(data: bytes, subject: Subject, known: Set[str]) -> tuple[str, QueuedMessage] | None:
    try:
        message = messages.decode(data)
        envelope = decoding.decode(message.args[0], AnyEnvelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, IndexError):
        return None
    its = (envelope.event.channel, envelope.event.ts)
    if envelope.event_id in {subject.event, *known} or its == (subject.channel, subject.ts):
        return envelope.event_id, message
    return None
