"""`gopherbot why`: explains what happened to a message or an event."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping, Set
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
import redis
from rich.console import Console
from rich.text import Text

from gopherbot import decoding, logs, table
from gopherbot.commands.environment import environ, redis_must_answer
from gopherbot.commands.why.story import DeadProcess, History, Subject, build_history
from gopherbot.commands.why.verdict import Conclusion, LedgerEntry, Queued, remedy
from gopherbot.effects.posted import PostedAnswer, rule_and_number
from gopherbot.errors import GopherbotError
from gopherbot.explain import ChannelKind, Scenario, explain_message
from gopherbot.explain.scenario import Names, channel_type
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Record
from gopherbot.metrics.process_registry import read_entry
from gopherbot.model import Message
from gopherbot.queues import messages
from gopherbot.queues.event_record import record_of
from gopherbot.queues.messages import QueuedMessage
from gopherbot.rulebook import loader
from gopherbot.settings import Role, Settings
from gopherbot.slack import events
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import SlackError
from gopherbot.slack.http_pool import HttpPool
from gopherbot.storage import keys
from gopherbot.storage.client import connect, text

_HAVE_EVENTS = ("web", "worker")

_PERMALINK = re.compile(
    r"https://[^/]+/archives/([A-Z0-9]+)/p(\d{10})(\d{6})(?:\?(?:.*&)?thread_ts=(\d+\.\d+))?.*"
)
_TS = re.compile(r"\d{10}\.\d{6}")
_EVENT = re.compile(r"(?:Ev|In)\w+")
_CHANNEL = re.compile(r"[CDG][A-Z0-9]+")


class Sources:
    """Reads the evidence. Every method may raise `REDIS_ERRORS`."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app

    def resolve(self, subject: Subject) -> Subject:
        """Return the subject with its answers. For an answer of the bot, return its question.

        Raise `GopherbotError` if the bot knows no channel of its name.
        """
        if not subject.ts:
            return subject
        if not _CHANNEL.fullmatch(subject.channel):
            name = subject.channel.removeprefix("#")
            id = self.client.hget(keys.channels_by_name(self.app), name)
            if id is None:
                raise GopherbotError(f"The bot knows no channel #{name}: give the channel's id.")
            subject = Subject(channel=text(id), ts=subject.ts)
        asked = self.client.get(keys.answer(self.app, subject.channel, subject.ts))
        channel, _, ts = text(asked).partition(":") if asked else ("", "", "")
        found = Subject(channel=channel, ts=ts) if ts else subject
        for answer in self._stands(found).values():
            if answer.ts != "-":
                found.answers.append((answer.channel, answer.ts))
        return found

    def records(self) -> list[Record]:
        return journal.read(self.client, self.app)

    def queued(self, subject: Subject, known: Set[str]) -> list[Queued]:
        """Return where the subject is in the queues: waiting, in flight, to be retried, or dead."""
        queued = []
        for queue in table.QUEUES:
            for key, dead in (
                (keys.messages(self.app, queue), False),
                (keys.messages(self.app, keys.delayed(queue)), False),
                (keys.dead_messages(self.app, queue), True),
            ):
                for _, data in self.client.hscan_iter(key, count=200):
                    if found := _found(data, subject, known):
                        event, message = found
                        waited = max(0.0, time.time() - message.message_timestamp / 1000)
                        died_of = str(message.options.get("died_of") or "")
                        queued.append(Queued(queue, event, dead, waited, died_of))
        return queued

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
    except decoding.UNREADABLE:
        return None
    record = record_of(message)
    if record is None:
        return None
    is_about = bool(subject.ts) and (record.channel, record.ts) == (subject.channel, subject.ts)
    is_known = bool(record.event) and record.event in {subject.event, *known}
    return (record.event, message) if is_about or is_known else None


class Now(msgspec.Struct):
    """What the rules make of the message's current text in Slack. The text itself is not shown."""

    fires: list[str] = []
    nearly: dict[str, str] = {}
    """Why each of these rules does not fire, by rule."""
    problem: str = ""
    """Why the text cannot be explained."""


@click.command("why")
@click.argument("what", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(what: tuple[str, ...], as_json: bool) -> None:
    """Explain what happened to a message. WHAT is its link, its channel and ts, or an event id."""
    subject = parse(what)
    # Only the story goes to stdout.
    logs.configure_logging(logging.WARNING, stream=sys.stderr)
    variables = environ()
    # Outside the bot's dyno, the environment seldom says in which mode it runs.
    variables["ENV"] = variables.get("ENV") or "production"
    settings = Settings.read(Role.TOOL, variables)
    evidence = Sources(connect(settings.redis, connections=1, retries=1), settings.identity.app)
    with redis_must_answer():
        subject, about, story = find_story(evidence, subject)
    now = _explained(settings, subject, about)
    if story.verdict is Conclusion.NEVER and not _is_recent(subject, now):
        story = History(Conclusion.UNHEARD, story.steps, remedy(Conclusion.UNHEARD, about, ()))
    if as_json:
        print(msgspec.json.encode({"subject": subject, "story": story, "now": now}).decode())
    else:
        Console(file=sys.stdout, highlight=False, soft_wrap=True).print(_view(story, now))
    sys.exit(story.verdict is Conclusion.UNHEARD)


def _is_recent(subject: Subject, now: Now | None) -> bool:
    """Return whether Slack has the message, and would have sent it while the journal was kept."""
    seen = now is not None and not now.problem
    return seen and time.time() - float(subject.ts) < journal.KEPT_SECONDS


def find_story(evidence: Sources, subject: Subject) -> tuple[Subject, list[Record], History]:
    """Return the resolved subject, its records and its story. Raise `REDIS_ERRORS`."""
    subject = evidence.resolve(subject)
    records = evidence.records()
    about = [record for record in records if subject.is_of(record)]
    queued = evidence.queued(subject, {record.event for record in about})
    ledger, died = evidence.ledger(subject), evidence.died()
    now = time.time()
    return (
        subject,
        about,
        build_history(records, subject, queued, ledger=ledger, died=died, now=now),
    )


def parse(what: tuple[str, ...]) -> Subject:
    """Return what the arguments name. Raise `click.UsageError` if that is unclear."""
    link = _PERMALINK.fullmatch(what[0].strip("<>"))
    if link and len(what) == 1:
        return Subject(channel=link[1], ts=f"{link[2]}.{link[3]}", thread_ts=link[4] or "")
    if len(what) == 2 and _TS.fullmatch(what[1]):
        return Subject(channel=what[0], ts=what[1])
    if len(what) == 1 and _EVENT.fullmatch(what[0]):
        return Subject(event=what[0])
    raise click.UsageError(
        "give a message's link (Copy link), its channel and its ts, or an event's id (Ev…)"
    )


def _explained(settings: Settings, subject: Subject, about: list[Record]) -> Now | None:
    """Fetch the text and apply the rules; None without a message or a token. Files are empty."""
    first = next((record for record in about if record.ts), None)
    channel, ts = subject.channel or (first.channel if first else ""), subject.ts
    ts = ts or (first.ts if first else "")
    if not channel or not ts or not settings.bot_token:
        return None
    content = loader.load(settings.content)
    slack = Slack(settings, HttpPool(settings.slack_api_url))
    private = any(record.queue == table.MESSAGE_PRIVATE for record in about)
    kind: ChannelKind = "dm" if channel.startswith("D") else "private" if private else "public"
    try:
        found = slack.message(channel, ts, thread_ts=subject.thread_ts)
        own = slack.own_user()
    except SlackError as error:
        return Now(problem=f"its text can't be fetched from Slack ({error})")
    if found is None:
        return Now(problem="it's no longer in Slack")
    asked = _message(found, channel, kind, own)
    if asked is None:
        return Now(problem="the bot doesn't read such messages: no member wrote it")
    names = Names(content.data.workspace.bot, content.data.channels)
    files = {file.id: "" for file in asked.files}
    scenario = Scenario(kind=kind, channel=channel, shadow=settings.shadow, files=files)
    explained = explain_message(content, asked, names, scenario)
    return Now(
        fires=[outcome.rule.strip() for outcome in explained.outcomes],
        nearly={near.rule.strip(): near.why for near in explained.near},
    )


def _message(found: Mapping[str, Any], channel: str, kind: ChannelKind, own: str) -> Message | None:
    """Return the message as the bot receives it in an event; None if it ignores such messages."""
    told = {**found, "channel": channel, "channel_type": channel_type(kind)}
    try:
        event = decoding.decode(msgspec.json.encode(told), events.MessageEvent)
    except msgspec.MsgspecError:
        return None
    return events.to_message(events.Envelope("why", event), frozenset({own}))


def _view(story: History, now: Now | None) -> Text:
    text = Text.assemble((str(story.verdict), "bold"))
    for step in story.steps:
        at = datetime.fromtimestamp(step.at, UTC)
        text.append(f"\n{at:%Y-%m-%d %H:%M:%S} UTC  ", style="dim")
        text.append(step.text)
    if now:
        for line in _now(now):
            text.append(f"\n{'by its text now':<23}  ", style="dim")
            text.append(line)
    if story.remedy:
        text.append(f"\n→ {story.remedy}", style="yellow")
    return text


def _now(now: Now) -> Iterator[str]:
    if now.problem:
        yield now.problem
        return
    yield f"fires: {', '.join(now.fires)}" if now.fires else "no rule fires"
    for rule, why in now.nearly.items():
        yield f"nearly fires: {rule}: {why}"
