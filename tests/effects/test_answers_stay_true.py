"""Answers stay true: whatever is said, edited, deleted and crossed, in whatever order it is heard.

A state machine over the simulated Slack and a real Redis. Workers handle events call by call, so
that any two may be at the same message at once; they are killed before or after any call to Redis
or Slack; both fail, as do the services that rules ask; Slack refuses to edit and to delete; every
event may come twice, out of order and late. When all is quiet, what members see is what `explain`
says of the message's current text.
"""

from __future__ import annotations

import os
import ssl
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import msgspec
import pytest
import redis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from machines import run_machine
from support import BOT_TOKEN

from gopherbot.dev.bot import environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.effects import executor as module
from gopherbot.effects import ledger
from gopherbot.effects.ledger import LEASE_SECONDS
from gopherbot.errors import RetryLater
from gopherbot.explain import Scenario, explain
from gopherbot.model import Audience
from gopherbot.settings import Role, Settings
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.workspace.objects import Message

from .pausing import MODERATOR, Run, Trouble, Worker, content

pytestmark = pytest.mark.slow

TEXTS = (
    *("@gopher one", "@gopher two", "@gopher mixed", "@gopher psst", "@gopher what", "hello"),
    *("say:a", "say:b", "say:a lorem", "lorem say:a", "lorem", "a wave", "many waves"),
    *("say:b lorem waves", "@gopher say:a", "doc:a", "doc:b", "c#: 1", "c#: dm"),
    *("jobs", "many jobs", "lorem jobs wave", "jobs say:a"),
)
MEMBERS = ("regular", "newcomer", "moderator")
FAULTS = (
    Fault(kind="ratelimited", retry_after=0),
    Fault(kind="server_error"),
    Fault(kind="server_error", done=True),
    Fault(kind="cut_before"),
    Fault(kind="cut_after"),
    Fault(kind="cut_during"),
    Fault(kind="error", error="internal_error", done=True),
)
AWAY = (RetryLater("away"), redis.ConnectionError("away"))
REFUSALS = (
    Fault(kind="error", error="edit_window_closed", method="chat.update"),
    Fault(kind="error", error="msg_too_long", method="chat.update"),
    Fault(kind="error", error="compliance_exports_prevent_deletion", method="chat.delete"),
    Fault(kind="error", error="invalid_name", method="reactions.remove"),
)


TYPED = st.sampled_from(TEXTS)
WHERE = st.sampled_from(("channel", "channel", "thread", "dm"))
HOUR = 3600.0
IDS = st.sampled_from(("none", "ignored", "honored"))
"""What becomes of the `client_msg_id` of posts."""
WORLDS = st.sampled_from(("fair", "fair", "late", "refusing", "late and refusing"))
"""Whether edits come late, or Slack refuses some: another edit puts right what is left."""
THEN = st.tuples(st.sampled_from(("wholly", "later", "begun", "killed")), st.integers(0, 16))
"""Whether what happens is heard at once, and after how many calls that ends."""
SOON = st.one_of(st.just(("wholly", 0)), THEN)


@dataclass
class Said:
    """One message of a member, as the machine knows it."""

    channel: str
    ts: str
    user: str
    typed: str
    kind: str
    before: str = ""
    taken: set[tuple[str, str]] = field(default_factory=set)
    deleted: bool = False

    @property
    def id(self) -> str:
        return f"{self.channel}:{self.ts}"


class Machine(RuleBasedStateMachine):
    redis: RedisServer
    tls: ssl.SSLContext

    @initialize(typed=TYPED, then=THEN, ids=IDS, world=WORLDS)
    def begin(self, typed: str, then: tuple[str, int], ids: str, world: str) -> None:
        self.is_late, self.is_refusing = "late" in world, "refusing" in world
        self.slack = Simulator(setup=GOPHERS)
        self.slack.start()
        self.client = self.redis.client()
        self.client.flushall()
        variables = environment(self.redis.url, self.slack, 8000)
        variables["GOPHER_SLACK_BOT_ACCESS_TOKEN"] = BOT_TOKEN
        variables["GOPHER_CLIENT_MSG_ID"] = "" if ids == "none" else "1"
        self.slack.workspace.honors_client_msg_id = ids == "honored"
        self.settings = Settings.read(Role.WORKER, variables)
        self.pending: list[EventEnvelope] = []
        self.slack.deliveries.send = self._deliver  # type: ignore[method-assign]
        self.said: list[Said] = []
        self.crossed: set[tuple[str, str]] = set()
        self.discussed: set[tuple[str, str]] = set()
        self.runs: list[Run] = []
        self.trouble = Trouble()
        self.refusals: list[Fault] = []
        self.claims_left = False
        self.edits: set[str] = set()
        self.told = 0
        self._be_unfair()
        self.root = self.slack.say("thanks", "general", "reviewer")
        self.names = iter(range(10_000))
        self.workers = [self._worker() for _ in range(2)]
        self.is_quiet = False
        self.say(typed=typed, user="regular", where="channel", then=then)

    def teardown(self) -> None:
        if not hasattr(self, "slack"):
            return
        try:
            self._settle()
        finally:
            for run in self.runs:
                run.kill()
            self.slack.stop()
            self.client.close()

    # What members do.

    @precondition(lambda self: len(self._standing()) < 3)
    @rule(typed=TYPED, user=st.sampled_from(MEMBERS), where=WHERE, then=THEN)
    def say(self, typed: str, user: str, where: str, then: tuple[str, int]) -> None:
        workspace, place = self.slack.workspace, "general"
        if where == "dm":
            place = workspace.open_dm(workspace.user(user)).id
        thread = self.root.ts if where == "thread" else None
        posted = self.slack.say(self._markup(typed), place, user, thread_ts=thread)
        kind = "dm" if where == "dm" else "public"
        self.said.append(Said(posted.channel, posted.ts, posted.author.id, typed, kind))
        self._hear(*then)

    @precondition(lambda self: self._standing())
    @rule(data=st.data(), typed=TYPED, back=st.booleans(), then=SOON)
    def edit(self, data: st.DataObject, typed: str, back: bool, then: tuple[str, int]) -> None:
        said = data.draw(st.sampled_from(self._standing()))
        self._edit(said, (back and said.before) or typed)
        self._hear(*then)

    @precondition(lambda self: self._standing())
    @rule(data=st.data(), then=THEN)
    def delete(self, data: st.DataObject, then: tuple[str, int]) -> None:
        said = data.draw(st.sampled_from(self._standing()))
        self.slack.workspace.delete(said.channel, said.ts, said.user)
        said.deleted = True
        self._hear(*then)

    @precondition(lambda self: self._posts())
    @rule(
        data=st.data(),
        user=st.sampled_from((*MEMBERS, "reviewer")),
        emoji=st.sampled_from(("x", "wastebasket", "heart")),
        then=THEN,
    )
    def cross(self, data: st.DataObject, user: str, emoji: str, then: tuple[str, int]) -> None:
        post = data.draw(st.sampled_from(self._posts()))
        who = self.slack.workspace.user(user).id
        if who in post.reactions.get(emoji, ()):
            return
        self.slack.workspace.react(post.channel, post.ts, emoji, user)
        asker = next(each.user for each in self.said if each.id == answered(post))
        if emoji != "heart" and who in (asker, MODERATOR):
            self.crossed.add((post.channel, post.ts))
        self._hear(*then)

    @precondition(lambda self: self._posts())
    @rule(data=st.data(), user=st.sampled_from(("the asker", "a moderator")))
    def take_back_in_quiet(self, data: st.DataObject, user: str) -> None:
        """Take back what stands when nothing is under way: that text does not come back."""
        self._settle()
        if not (posts := self._posts()):
            return
        post = data.draw(st.sampled_from(posts))
        said = next(each for each in self.said if each.id == answered(post))
        who = said.user if user == "the asker" else MODERATOR
        if who not in post.reactions.get("x", ()):
            self.slack.workspace.react(post.channel, post.ts, "x", who)
            self.crossed.add((post.channel, post.ts))
            said.taken.add(shown(post))
            self._settle()

    @precondition(lambda self: self._standing() and self.discussed)
    @rule(data=st.data())
    def delete_in_quiet(self, data: st.DataObject) -> None:
        """Delete a question when nothing is under way: answers that others talk about stay."""
        self._settle()
        said = data.draw(st.sampled_from(self._standing()))
        kept = places(self._answers(said)) & self.discussed
        self.slack.workspace.delete(said.channel, said.ts, said.user)
        said.deleted = True
        self._settle()
        assert kept <= places(self._posts())

    @precondition(lambda self: self._posts())
    @rule(data=st.data())
    def discuss(self, data: st.DataObject) -> None:
        post = data.draw(st.sampled_from(self._posts()))
        if not post.channel.startswith("D") and not post.thread_ts:
            self.slack.say("thanks", post.channel, "reviewer", thread_ts=post.ts)
            self.discussed.add((post.channel, post.ts))

    @precondition(lambda self: self._standing())
    @rule(data=st.data())
    def discuss_question(self, data: st.DataObject) -> None:
        """Reply to a question, so that it leaves a tombstone when it is deleted."""
        said = data.draw(st.sampled_from(self._standing()))
        parent = self.slack.workspace.message(said.channel, said.ts)
        if said.kind == "public" and not parent.thread_ts:
            self.slack.say("thanks", said.channel, "reviewer", thread_ts=said.ts)

    # What happens to the events of it.

    @precondition(lambda self: self.pending and len(self.runs) < 3)
    @rule(data=st.data(), twice=st.booleans(), worker=st.integers(0, 1))
    def start(self, data: st.DataObject, twice: bool, worker: int) -> None:
        event = data.draw(st.sampled_from(self.pending))
        if not twice:
            self.pending.remove(event)
        self.runs.append(Run(self.workers[worker], event))

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), calls=st.integers(0, 8))
    def advance(self, data: st.DataObject, calls: int) -> None:
        """Let a run come to its next calls, or to its end."""
        run = data.draw(st.sampled_from(self.runs))
        run.advance(calls) if calls else run.finish()
        self._reap()

    @precondition(lambda self: self.runs)
    @rule(worker=st.integers(0, 1))
    def kill(self, worker: int) -> None:
        dead = self.workers[worker]
        dead.die()
        self.workers[worker] = self._worker()
        for run in self.runs:
            if run.worker is dead:
                run.kill()
        self._reap()

    @precondition(lambda self: len(self.slack.faults.list()) < len(REFUSALS) + 2)
    @rule(data=st.data(), where=st.sampled_from(("slack", "slack", "channels", "redis")))
    def fail(self, data: st.DataObject, where: str) -> None:
        if where == "channels":
            self.trouble.lookups = [data.draw(st.sampled_from(AWAY))]
        elif where == "redis":
            self.trouble.commands = [data.draw(st.sampled_from(("before", "after")))]
            self.claims_left = True
        else:
            fault = msgspec.structs.replace(
                data.draw(st.sampled_from(FAULTS)), skip=data.draw(st.integers(0, 2))
            )
            self.slack.faults.add(fault)

    @precondition(lambda self: not self.is_quiet)
    @rule()
    def quiet(self) -> None:
        self._settle()

    # The promise.

    def _settle(self) -> None:
        """Let everything be done, and compare what members see with what `explain` says."""
        for run in self.runs:
            run.finish()
        self._reap()
        self._drain()
        self.slack.faults.clear()
        self.trouble.lookups.clear()
        self.trouble.commands.clear()
        self._drain()
        self.pending.clear()
        refused = [fault.method for fault in self.refusals if fault.hits]
        if self.is_late:
            self._check_nothing_new()
        if self.is_late and not refused:
            for said in self._standing():
                self._check_nothing_stale(said)
        if self.is_late or refused:
            # What was refused, or not posted so late, is made up for by an edit in time.
            vars(module)["FRESH_SECONDS"] = HOUR
            for said in self._standing():
                self._edit(said, said.typed)
            self._drain()
            self.pending.clear()
            self._be_unfair()
        for said in self.said:
            if not (said.deleted and refused):
                self._check(said, crossed=self.crossed if "chat.delete" not in refused else set())
        self.is_quiet = True

    def _drain(self) -> None:
        # What Redis did not hear of is over when its lease is.
        with mock.patch.object(ledger, "LEASE_SECONDS", 0 if self.claims_left else LEASE_SECONDS):
            for _ in range(50):
                left = []
                # A cross on what is gone already is tried again for a minute.
                only_crosses = all(each.event_type == "reaction_added" for each in self.pending)
                while self.pending:
                    event = self.pending.pop()
                    try:
                        self.workers[0].handle(event)
                    except (RetryLater, redis.RedisError):
                        self.workers[0].before_retry()
                        left.append(event)
                self.pending = left
                if only_crosses:
                    break
            else:
                raise AssertionError(f"never quiet: {self.pending}")

    def _edit(self, said: Said, typed: str) -> None:
        text = self._markup(typed)
        if self.slack.workspace.message(said.channel, said.ts).text == text:
            text += " "
        self.slack.workspace.edit(said.channel, said.ts, text, said.user)
        said.before, said.typed = said.typed, typed

    def _be_unfair(self) -> None:
        vars(module)["FRESH_SECONDS"] = -HOUR if self.is_late else HOUR
        self.told = len(self.slack.calls("chat.postMessage"))
        for refusal in REFUSALS if self.is_refusing else ():
            self.refusals.append(self.slack.faults.add(msgspec.structs.replace(refusal)))

    def _check_nothing_new(self) -> None:
        for call in self.slack.calls("chat.postMessage")[self.told :]:
            event = call.arguments["metadata"]["event_payload"]["event_id"]
            assert event not in self.edits, f"posted late: {call.arguments['text']}"

    def _check_nothing_stale(self, said: Said) -> None:
        stale = Counter(map(shown, self._answers(said))) - self._expected(said)[0]
        assert not stale, f"stale or doubled: {stale}"

    def _check(self, said: Said, crossed: set[tuple[str, str]]) -> None:
        posts = self._answers(said)
        if said.deleted:
            assert places(posts) <= self.discussed
            return
        self._check_nothing_stale(said)
        seen = Counter(map(shown, posts))
        replies, emoji = self._expected(said)
        texts, missing = self._shown_by_crossed(), replies - seen
        assert set(missing) <= texts, f"missing: {missing}, crossed: {texts}"
        assert not set(seen) & said.taken, "it came back"
        assert not places(posts) & crossed, "it was crossed"
        message = self.slack.workspace.message(said.channel, said.ts)
        ours = {name for name, users in message.reactions.items() if "U0GOPHERBOT" in users}
        assert ours == emoji

    def _expected(self, said: Said) -> tuple[Counter[tuple[str, str]], set[str]]:
        kind: Any = said.kind
        found = explain(content(), said.typed, Scenario(kind=kind))
        replies = [
            (each.sent.text, each.sent.attachment)
            for outcome in found.outcomes
            for each in outcome.replies
            if each.sent.to is not Audience.ASKER_ONLY
        ]
        return Counter(replies), {name for outcome in found.outcomes for name in outcome.emoji}

    def _shown_by_crossed(self) -> set[tuple[str, str]]:
        return {
            (entry["message"]["text"], attachment_of(entry["message"].get("attachments") or []))
            for entry in self.slack.feed.after()
            if entry.kind in ("message", "message_changed")
            and (entry["channel"], entry["message"]["ts"]) in self.crossed
        }

    # Helpers.

    def _deliver(self, envelope: EventEnvelope) -> None:
        """Take an event that Slack sends; those of the bot itself and of thanks lead to nothing."""
        event = msgspec.json.decode(envelope.body)["event"]
        inner = event.get("message") or event.get("previous_message") or event
        bot = "U0GOPHERBOT" in (event.get("user"), inner.get("user"))
        if event["type"] != "app_mention" and not bot and inner.get("text") != "thanks":
            self.pending.append(envelope)
            if event.get("subtype") == "message_changed":
                self.edits.add(envelope.event_id)

    def _hear(self, how: str, calls: int) -> None:
        """Handle what happened last: wholly, or so far, or not yet."""
        self.is_quiet = False
        if how == "later" or not self.pending or len(self.runs) > 2:
            return
        run = Run(self.workers[0], self.pending.pop())
        self.runs.append(run)
        if how == "wholly":
            run.finish()
        else:
            run.advance(calls)
        if how == "killed":
            self.kill(worker=0)
        self._reap()

    def _worker(self) -> Worker:
        name = f"worker-{next(self.names)}"
        return Worker(name, self.settings, self.client, self.tls, self.trouble)

    def _markup(self, typed: str) -> str:
        return typed.replace("@gopher", "<@U0GOPHERBOT>")

    def _standing(self) -> list[Said]:
        return [said for said in self.said if not said.deleted]

    def _posts(self) -> list[Message]:
        with self.slack.workspace.lock:
            return [
                message
                for place in self.slack.workspace.conversations.values()
                for message in place.messages.values()
                if message.metadata and message.bot_id == "B0GOPHERBOT"
            ]

    def _answers(self, said: Said) -> list[Message]:
        return [post for post in self._posts() if answered(post) == said.id]

    def _reap(self) -> None:
        for run in [run for run in self.runs if run.over]:
            self.runs.remove(run)
            if run.failure:
                raise run.failure
            if run.again:
                run.worker.before_retry()
                self.pending.append(run.event)


def answered(post: Message) -> str:
    """Return the message that a post answers."""
    return str((post.metadata or {})["event_payload"]["message"])


def places(posts: list[Message]) -> set[tuple[str, str]]:
    return {(post.channel, post.ts) for post in posts}


def shown(post: Message) -> tuple[str, str]:
    return post.text, attachment_of(post.attachments)


def attachment_of(attachments: list[dict[str, Any]]) -> str:
    return "".join(str(each["text"]) for each in attachments)


def test_what_stands_is_what_the_current_text_asks_for(
    shared_redis: RedisServer,
    tls: ssl.SSLContext,
    no_waiting: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gopherbot.effects.executor.FRESH_SECONDS", HOUR)  # nothing grows old
    monkeypatch.setattr("gopherbot.effects.reconciler.YOUNG_SECONDS", HOUR)
    monkeypatch.setattr("gopherbot.slack.objects._ASK_AGAIN_SECONDS", 0)
    Machine.redis, Machine.tls = shared_redis, tls
    examples = int(os.environ.get("ANSWERS_EXAMPLES") or 40)
    run_machine(Machine, examples=examples, steps=40, shrink="ANSWERS_SHRINK" in os.environ)
