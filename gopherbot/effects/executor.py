"""The only place that makes anything visible in Slack.

Handlers never send anything: they return values, which become effects here. Each effect is
performed once (`exactly_once.py`), if shadow mode permits (`rulebook/matching.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial

import redis

from gopherbot import logs
from gopherbot.effects.exactly_once import ExactlyOnce
from gopherbot.effects.ledger import Ledger
from gopherbot.effects.posted import effects_of, is_ephemeral
from gopherbot.effects.reconciler import Reconciler
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
from gopherbot.metrics.journal import Happened
from gopherbot.model import (
    Ask,
    Audience,
    Channels,
    Files,
    HasMember,
    HelpDesk,
    HelpIndex,
    JsonApis,
    Kind,
    Message,
    NoHelpDesk,
    NoWeb,
    Playground,
    React,
    Reply,
    Use,
)
from gopherbot.router import Rule
from gopherbot.rulebook.matching import Match, permitted
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import SlackError
from gopherbot.table import FRESH_SECONDS

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside services that handlers may use, the same for every message."""

    channels: Channels
    playground: Playground
    files: Files
    help: HelpIndex
    help_desk: HelpDesk = field(default_factory=NoHelpDesk)
    in_group: HasMember = lambda group, user: False
    apis: JsonApis = field(default_factory=NoWeb)
    found_nothing: Callable[[str, Iterable[str]], None] = lambda user, words: None


class EffectExecutor:
    """Performs the answers of rules, each once."""

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

    def execute(self, message: Message, matches: Sequence[Match]) -> bool:
        """Run the rules that fire on a message, in order, and perform their effects.

        Return whether one of the replies answers the message for all to see.

        A rule that fails is logged and does not stop the others. Raise `RetryLater` at the end if
        an effect is unfinished; the effects of its rule after it wait for the retry, which does not
        repeat the finished ones.
        """
        left: list[RetryLater] = []
        emoji: set[str] = set()
        answered = False
        for match in matches:
            for effect in self._effects(message, match, emoji, left):
                try:
                    happened = self.exactly_once.run(effect)
                except RetryLater as again:
                    left.append(again)
                    break
                if happened is Happened.SUPERSEDED:
                    log.info("superseded by an edit or deletion")
                    return False
                answered |= _answers(match.rule, effect)
        _raise_if(left)
        return answered

    def follow_edit(self, message: Message, matches: Sequence[Match]) -> bool:
        """Update the answers to an edited message to match its new text.

        Return whether one of them answers it for all to see. Raise `RetryLater` if that is
        unfinished.
        """
        left: list[RetryLater] = []
        undecided: set[str] = set()
        emoji: set[str] = set()
        wanted: list[SlackEffect] = []
        answered = False
        for match in matches:
            before = len(left)
            effects = self._effects(message, match, emoji, left)
            answered |= any(_answers(match.rule, effect) for effect in effects)
            wanted += effects
            if len(left) > before:
                undecided.add(match.rule.name)
        self.reconciler.follow(
            message,
            wanted,
            fresh=time.time() - float(message.version) <= FRESH_SECONDS,
            undecided=undecided,
            only=f"{Kind.COMMAND.value}:" if self.shadow else "",
        )
        _raise_if(left)
        return answered

    def follow_deletion(self, message: Message) -> None:
        """Delete the answers to a deleted message. Raise `RetryLater` if that is unfinished."""
        if self.shadow:
            log.info("shadow mode: would have followed a deletion")
            return
        self.reconciler.remove_all(message)

    def may_share(self, message_id: str) -> bool | None:
        """Return whether something that was shown to the asker alone isn't shared yet; None if
        nothing was shown, as far as the ledger knows.
        """
        posted = self.reconciler.ledger.read(message_id).posted
        private = [key for key in posted if is_ephemeral(key)]
        return any(key.partition("@")[0] not in posted for key in private) if private else None

    def share(self, message: Message, matches: Sequence[Match]) -> bool:
        """Post for all to see what was shown to the asker alone.

        Return False if what the message says now has no such answer, or it was posted and removed.
        Raise `RetryLater` if that is unfinished, and `Rejected` if Slack rejects it.
        """
        left: list[RetryLater] = []
        found = False
        for match in matches:
            for effect in self._effects(message, match, set(), left):
                shared = effect.shared if isinstance(effect, PostEphemeral) else None
                if not shared:
                    continue
                if self.exactly_once.run(shared) is Happened.SUPERSEDED:
                    raise RetryLater("a newer text of the message is known")
                found |= shared.key in self.reconciler.ledger.read(message.id).posted
        _raise_if(left)
        return found

    def retract(
        self, channel: str, ts: str, user: str, *, moderators: Set[str], patient: bool
    ) -> bool:
        """Delete an answer for good, at the request of its asker or a moderator.

        Return False if no answer is known there. Raise `RetryLater` if that is unfinished.
        """
        if self.shadow:
            log.info("shadow mode: would have taken an answer back", user=user)
            return True
        return self.reconciler.retract(channel, ts, user, moderators, patient=patient)

    def _effects(
        self, message: Message, match: Match, emoji: set[str], left: list[RetryLater]
    ) -> list[SlackEffect]:
        """Return the effects of a rule's answer. Append to `left` if the rule must be retried.

        `emoji` holds the emoji of earlier rules and collects those of this one, so that each is
        added once.
        """
        rule = match.rule
        edited = bool(message.edited_ts)
        if not permitted(rule.kind, addressed=message.addressed, shadow=self.shadow, edited=edited):
            log.info("shadow mode: would have acted", rule=rule.name, user=message.user)
            journal.note(Happened.WITHHELD, rule.name)
            return []
        effects: list[SlackEffect] = []
        try:
            answer = effects_of(rule.handler(self._ask(message, match)))
        except RetryLater as again:
            left.append(again)
            return []
        except (redis.RedisError, SlackError) as error:
            left.append(RetryLater(f"{rule.name}: {error!r}"))
            return []
        except Exception as error:
            log.exception("rule failed", rule=rule.name, source=rule.source)
            journal.note(Happened.FAILED, f"{rule.name} {type(error).__name__}")
            self.counts.add(counters.FAILED)
            return []
        is_first = partial(self.exactly_once.ledger.is_first_today, message.user, rule.name)
        for number, each in enumerate(answer):
            if isinstance(each, Reply) and each.once_a_day and not is_first(message.id):
                journal.note(Happened.IGNORED, f"{rule.name}: said within the last day")
            elif not isinstance(each, React):
                if not each.uses and rule.kind in (Kind.COMMAND, Kind.PREFIX):
                    each = replace(each, uses=((Use.SHOWN, rule.trigger.strip()),))
                asker_only = each.to is Audience.ASKER_ONLY
                kind = PostEphemeral if asker_only else PostReply
                effects.append(kind(message, rule.name, number, each))
            elif each.emoji not in emoji:
                emoji.add(each.emoji)
                effects.append(AddReaction(message, each.emoji))
        return effects

    def announce(self, event_id: str, watcher: str, channel: str, reply: Reply) -> Happened:
        """Post a watcher's announcement once: ANNOUNCED, or SETTLED if it was posted before.

        Return WITHHELD in shadow mode. Raise `Rejected` if Slack rejects it, and `RetryLater` while
        the outcome is open.
        """
        if not permitted(Kind.WATCHER, addressed=False, shadow=self.shadow):
            log.info("shadow mode: would have announced", rule=watcher, item=event_id)
            return Happened.WITHHELD
        message = Message(event_id, channel, user="", ts="", text="")
        return self.exactly_once.run(PostAnnouncement(message, watcher, 0, reply))

    def _ask(self, message: Message, match: Match) -> Ask:
        return Ask(
            message=message,
            argument=match.argument,
            channels=self.ports.channels,
            random=match.rule.random(message),
            playground=self.ports.playground,
            files=self.ports.files,
            apis=self.ports.apis,
            help=self.ports.help,
            help_desk=self.ports.help_desk,
            in_group=self.ports.in_group,
            found_nothing=partial(self.ports.found_nothing, message.user),
        )


def _answers(rule: Rule, effect: SlackEffect) -> bool:
    """Return whether an effect answers a question for all to see: a table put back doesn't."""
    if not isinstance(effect, PostReply) or effect.reply.to is not Audience.CHANNEL:
        return False
    return rule.kind in (Kind.COMMAND, Kind.PREFIX)


def _raise_if(left: Sequence[RetryLater]) -> None:
    if left:
        delays = [again.delay for again in left if again.delay is not None]
        raise RetryLater("; ".join(map(str, left)), delay=max(delays, default=None))
