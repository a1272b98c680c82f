"""The one edge where anything visible happens.

Handlers return values; here they become effects, each performed once (`exactly_once.py`), if shadow
mode permits (`rulebook/matching/shadow_mode.py`). No handler sends anything by itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from dataclasses import dataclass

from gopherbot import logs
from gopherbot.effects.exactly_once import ExactlyOnce, Outcome
from gopherbot.effects.ledger import Ledger
from gopherbot.effects.reconciler import Reconciler
from gopherbot.effects.rendering import effects_of
from gopherbot.effects.slack_effects import (
    AddReaction,
    PostAnnouncement,
    PostEphemeral,
    PostReply,
    SlackEffect,
)
from gopherbot.errors import RetryLater
from gopherbot.metrics import counters, journal
from gopherbot.metrics.counters import Counts
from gopherbot.model import (
    Ask,
    Channels,
    HelpIndex,
    Kind,
    Message,
    React,
    Reply,
    WebFetcher,
)
from gopherbot.rulebook.matching import Firing
from gopherbot.rulebook.matching.shadow_mode import permitted
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import Rejected

FRESH_SECONDS = 30.0
"""How old an edit may be to say something where nothing stood."""

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """What handlers may use of the outside, the same for every message."""

    channels: Channels
    web: WebFetcher
    help: HelpIndex


class EffectExecutor:
    """Performs what rules answer, once each."""

    def __init__(
        self,
        slack: Slack,
        ledger: Ledger,
        ports: Ports,
        *,
        shadow: bool,
        counts: Counts | None = None,
    ) -> None:
        self.slack = slack
        self.exactly_once = ExactlyOnce(slack, ledger)
        self.reconciler = Reconciler(slack, ledger, self.exactly_once)
        self.ports = ports
        self.shadow = shadow
        self.counts = counts or Counts()

    def execute(self, message: Message, firings: Sequence[Firing]) -> None:
        """Let rules act on a message, one after the other.

        One that fails is logged and stops no other. Raise `RetryLater` at the end if something is
        left to do; what is done by then is not done again.
        """
        left: list[RetryLater] = []
        emoji: set[str] = set()
        done = 0
        for firing in firings:
            for effect in self._effects(message, firing, emoji, left):
                stopwatch = logs.Stopwatch()
                try:
                    outcome = self.exactly_once.run(effect)
                except RetryLater as again:
                    left.append(again)
                    continue
                if outcome is not Outcome.REJECTED:  # noted with Slack's word for why
                    took = f"{effect.key} in {stopwatch.seconds * 1000:.0f} ms"
                    journal.note(outcome.name.lower(), took)
                if outcome is Outcome.SUPERSEDED:
                    log.info("the message was edited or deleted meanwhile")
                    return
                done += outcome is Outcome.PERFORMED
        if done:
            self.counts.add(counters.ANSWERED)
            self.counts.add(counters.EFFECTS, number=done)
        _raise_if(left)

    def follow_edit(self, message: Message, firings: Sequence[Firing]) -> None:
        """Make what stands of an edited message what rules answer to its new text.

        Raise `RetryLater` until it is.
        """
        left: list[RetryLater] = []
        undecided: set[str] = set()
        emoji: set[str] = set()
        wanted: list[SlackEffect] = []
        for firing in firings:
            before = len(left)
            wanted += self._effects(message, firing, emoji, left)
            if len(left) > before:
                undecided.add(firing.rule.name)
        self.reconciler.follow(
            message,
            wanted,
            fresh=time.time() - float(message.version) <= FRESH_SECONDS,
            undecided=undecided,
            only=f"{Kind.COMMAND.value}:" if self.shadow else "",
        )
        _raise_if(left)

    def follow_deletion(self, message: Message) -> None:
        """Take away the answers to a message that is gone. Raise `RetryLater` until they are."""
        if self.shadow:
            log.info("shadow mode: would have followed a deletion")
            return
        self.reconciler.remove_all(message)

    def take_back(
        self, channel: str, ts: str, user: str, *, moderators: Set[str], patient: bool
    ) -> bool:
        """Take an answer away for good, if its asker or a moderator says so.

        Return False if no answer is known to stand there. Raise `RetryLater` until it is gone.
        """
        if self.shadow:
            log.info("shadow mode: would have taken an answer back", user=user)
            return True
        return self.reconciler.take_back(channel, ts, user, moderators, patient=patient)

    def _effects(
        self, message: Message, firing: Firing, emoji: set[str], left: list[RetryLater]
    ) -> list[SlackEffect]:
        """Return the effects that a rule answers; what it has to try again goes to `left`.

        `emoji` are those of the rules before, and becomes those of this one, too: each is added
        once.
        """
        rule = firing.rule
        edited = bool(message.edited_ts)
        if not permitted(rule.kind, addressed=message.addressed, shadow=self.shadow, edited=edited):
            log.info("shadow mode: would have acted", rule=rule.name, user=message.user)
            journal.note("shadow", rule.name)
            return []
        effects: list[SlackEffect] = []
        try:
            answer = effects_of(rule.handler(self._ask(message, firing)))
        except RetryLater as again:
            left.append(again)
            return []
        except Exception as error:
            log.exception("rule failed", rule=rule.name, source=rule.source)
            journal.note("failed", f"{rule.name} {type(error).__name__}")
            self.counts.add(counters.FAILED)
            return []
        for number, each in enumerate(answer):
            if not isinstance(each, React):
                kind = PostEphemeral if each.ephemeral else PostReply
                effects.append(kind(message, rule.name, number, each))
            elif each.emoji not in emoji:
                emoji.add(each.emoji)
                effects.append(AddReaction(message, each.emoji))
        return effects

    def announce(self, event_id: str, watcher: str, channel: str, reply: Reply) -> str:
        """Post what a watcher found, once; return Slack's error if it rejects it, else "".

        Raise `RetryLater` until Slack has answered.
        """
        if not permitted(Kind.WATCHER, addressed=False, shadow=self.shadow):
            log.info("shadow mode: would have announced", rule=watcher, item=event_id)
            return ""
        message = Message(event_id, channel, user="", ts="", text="")
        try:
            outcome = self.exactly_once.run(PostAnnouncement(message, watcher, 0, reply))
        except Rejected as rejection:
            return rejection.error
        self.counts.add(counters.EFFECTS, number=int(outcome is Outcome.PERFORMED))
        return ""

    def _ask(self, message: Message, firing: Firing) -> Ask:
        return Ask(
            message=message,
            argument=firing.argument,
            channels=self.ports.channels,
            random=firing.rule.random(message),
            web=self.ports.web,
            help=self.ports.help,
        )


def _raise_if(left: Sequence[RetryLater]) -> None:
    if left:
        delays = [again.delay for again in left if again.delay is not None]
        raise RetryLater("; ".join(map(str, left)), delay=max(delays, default=None))
