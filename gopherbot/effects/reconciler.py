"""Keeps answers true: follows a message's newer text, its deletion, and an answer taken back.

Whoever follows a text first makes the older ones superseded: nothing answers them from then on.
Then it has the message's lock to itself, waits for calls that are under way, looks up what nobody
knows, and makes what stands in Slack what the text asks for (`plan.py`). Changing a reply, taking
it away and taking an emoji off do no harm when they are done again; posting goes through
`exactly_once`. So an attempt that ends anywhere is taken up by the next one, which does again
what seems right already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import replace

from gopherbot import logs
from gopherbot.effects.exactly_once import ExactlyOnce, Outcome
from gopherbot.effects.ledger import DOUBT_SECONDS, LOCK, Attempt, Ledger, State
from gopherbot.effects.plan import Plan, Update, plan
from gopherbot.effects.slack_effects import SlackEffect
from gopherbot.effects.standing import (
    UNKNOWN,
    Standing,
    emoji_of,
    is_dm,
    is_ephemeral,
    rule_and_number,
    taken_key,
)
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.model import Message
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable
from gopherbot.slack.metadata import ReplyMetadata
from gopherbot.storage.client import REDIS_ERRORS

BUSY_PAUSE = 0.25
"""Seconds after which a message that somebody else is at is tried again: most calls take less."""
PATIENT_PAUSE = 1.0
YOUNG_SECONDS = 60.0
"""How long after it was written the first answer to a message may still be under way."""

log = logs.get_logger(__name__)


class Lock:
    """A message that one attempt has to itself."""

    def __init__(self, attempt: Attempt, *, certain: bool) -> None:
        self.attempt = attempt
        self.certain = certain
        """Whether what is noted is what stands: False after an attempt that ended anywhere."""

    def note(self, stands: Mapping[str, Standing | None]) -> None:
        """Note what stands now. Raise `RetryLater` if somebody else has the lock."""
        if not self.attempt.note(LOCK, stands):
            raise RetryLater("the message was taken over")

    def leave(self) -> None:
        """Let go before all is done."""
        if self.certain:
            self.attempt.release(LOCK)
        else:
            self.attempt.pass_on(LOCK)


class Reconciler:
    """Makes what stands in Slack what is asked for. Every method may raise `RetryLater`."""

    def __init__(self, slack: Slack, ledger: Ledger, exactly_once: ExactlyOnce) -> None:
        self.slack = slack
        self.ledger = ledger
        self.exactly_once = exactly_once

    def follow(
        self,
        message: Message,
        wanted: Sequence[SlackEffect],
        *,
        fresh: bool,
        undecided: Set[str] = frozenset(),
        only: str = "",
    ) -> None:
        """Make the answers to a message those of its newer text.

        `fresh` says whether something may be said where nothing stood. The answers of `undecided`
        rules stay as they are. `only` restricts it to effects whose keys begin so.
        """
        if not self._supersede(message, needed=bool(wanted)):
            return
        with self._locked(message.id, message.user, message.version) as lock:
            if lock is None:
                return
            self._resolve(lock, message)
            stands = {
                key: standing
                for key, standing in self.ledger.read(message.id).stands.items()
                if standing.kind == "taken"
                or (key.startswith(only) and not _is_open(key, undecided))
            }
            changes = plan(stands, wanted, fresh=fresh, certain=lock.certain)
            self._remove(lock, message, changes)
            for update in changes.update:
                self._update(lock, update, fresh=fresh)
            for effect in changes.perform:
                outcome = self.exactly_once.run(effect, settled_too=True)
                if outcome is Outcome.SUPERSEDED:
                    break
                if outcome is not Outcome.REJECTED:  # noted with Slack's word for why
                    journal.note(outcome.name.lower(), effect.key)
            if undecided:
                lock.leave()
            else:
                lock.attempt.release(LOCK, followed=message.version)

    def remove_all(self, message: Message) -> None:
        """Take away the answers to a message that is gone, but those that others replied to."""
        if not self._supersede(message, needed=False):
            return
        with self._locked(message.id, message.user, message.version) as lock:
            if lock is None:
                return
            self._resolve(lock, message)
            for key, standing in self.ledger.read(message.id).stands.items():
                if standing.kind == "taken":
                    continue
                if standing.kind == "reply":
                    if self._is_discussed(message, standing):
                        journal.note("kept", f"{key}: others replied to it")
                        continue
                    self._delete(standing)
                lock.note({key: None})
                journal.note("removed", key)
            lock.attempt.release(LOCK, followed=message.version)

    def take_back(
        self, channel: str, ts: str, user: str, moderators: Set[str], *, patient: bool
    ) -> bool:
        """Take an answer away for good, if its asker or a moderator says so.

        Return False if no answer is known to stand there. `patient` lets whoever follows a newer
        text finish: what stands may be newer than what is noted.
        """
        message_id = self.ledger.answered_by(channel, ts)
        if not message_id:
            return False
        asker = self.ledger.read(message_id).asker
        if user != asker and user not in moderators:
            journal.note("ignored", "a cross of neither the asker nor a moderator")
            return True
        with self._locked(message_id, asker) as lock:
            if lock is None:
                return True
            record = self.ledger.read(message_id)
            if patient and not lock.certain and record.unfollowed:
                raise RetryLater("a newer text is being followed", delay=PATIENT_PAUSE)
            for key, standing in record.stands.items():
                if standing.kind == "reply" and (standing.channel, standing.ts) == (channel, ts):
                    self._delete(standing)
                    taken = replace(standing, kind="taken")
                    lock.note({key: None, taken_key(standing.digest): taken})
                    log.info("took an answer back", effect=key, user=user)
                    journal.note("removed", key)
            lock.leave()
        return True

    def _supersede(self, message: Message, *, needed: bool) -> bool:
        young = float(message.version) - float(message.ts) < YOUNG_SECONDS
        state = self.ledger.supersede(message.id, message.version, needed=needed or young)
        return state is State.MINE

    @contextmanager
    def _locked(self, message_id: str, asker: str, version: str = "") -> Iterator[Lock | None]:
        """Have a message to oneself; None if a newer text is followed. It is left by the caller."""
        self.exactly_once.memory.settle()
        with self.ledger.attempt(message_id, asker) as attempt:
            claim = attempt.claim(LOCK, version)
            if claim.state is State.SUPERSEDED:
                yield None
                return
            if claim.state is State.BUSY:
                raise RetryLater("somebody else is at it", delay=min(claim.wait, BUSY_PAUSE))
            lock = Lock(attempt, certain=claim.state is State.MINE)
            try:
                yield lock
            except Retryable as reason:
                lock.leave()
                raise RetryLater(str(reason), delay=reason.retry_after) from None
            except OutcomeUnknown as reason:
                attempt.doubt(LOCK)
                raise RetryLater(str(reason), delay=DOUBT_SECONDS) from None
            except RetryLater:
                lock.leave()
                raise
            except BaseException:
                # The time limit struck, or a bug: nobody knows how far the calls came.
                self.exactly_once.memory.doubt(message_id)
                with suppress(*REDIS_ERRORS):
                    attempt.doubt(LOCK)
                raise

    def _resolve(self, lock: Lock, message: Message) -> None:
        """Settle what earlier attempts left open: wait for what is under way, look up the rest."""
        attempt = lock.attempt
        for key in self.ledger.read(message.id).unsettled:
            claim = attempt.claim(key)
            if claim.state is State.BUSY:
                raise RetryLater(f"{key} is claimed", delay=min(claim.wait, BUSY_PAUSE))
            if claim.state is State.MINE:
                attempt.release(key)
            if claim.state is State.DOUBTFUL:
                try:
                    found = self._look_up(key, message)
                except (Retryable, OutcomeUnknown):
                    attempt.doubt(key)
                    raise
                attempt.settle(key, {key: found})

    def _look_up(self, key: str, message: Message) -> Standing | None:
        """Return what stands of an effect that somebody may have performed."""
        if emoji_of(key):
            # Adding one that is there does no harm, nor does taking off one that is not.
            return Standing("emoji", digest=UNKNOWN)
        rule, number = rule_and_number(key)
        if not rule or is_ephemeral(key):
            return None
        try:
            dm = is_dm(key)
            channel = self.slack.open_dm(message.user) if dm else message.channel
            ts = self.slack.find(
                channel,
                ReplyMetadata(message.id, rule, number),
                oldest=message.ts,
                thread_ts=None if dm else message.thread_ts,
            )
        except Rejected as rejection:
            log.error(
                "outcome unknown and lookup refused; leaving it", effect=key, call=str(rejection)
            )
            return None
        return Standing("reply", channel, ts, UNKNOWN) if ts else None

    def _remove(self, lock: Lock, message: Message, changes: Plan) -> None:
        for key, standing in changes.remove:
            if standing.kind == "emoji":
                self.slack.unreact(message.channel, message.ts, emoji_of(key))
            else:
                self._delete(standing)
                log.info("removed an answer", effect=key)
            journal.note("removed", key)
            lock.note({key: None})

    def _update(self, lock: Lock, update: Update, *, fresh: bool) -> None:
        standing, to = update.standing, update.to
        rendered = to.rendered
        moved: dict[str, Standing | None] = {update.key: None}
        try:
            self.slack.update(
                standing.channel,
                standing.ts,
                rendered.text,
                to.metadata,
                attachments=rendered.attachments,
            )
        except Rejected as rejection:
            self._replace(lock, update, rejection, fresh=fresh)
            return
        moved[to.key] = Standing("reply", standing.channel, standing.ts, to.digest)
        lock.note(moved)
        log.info("updated an answer", effect=to.key)
        journal.note("updated", to.key)

    def _replace(self, lock: Lock, update: Update, rejection: Rejected, *, fresh: bool) -> None:
        """Deal with a reply that Slack will not change: what is stale must not stay."""
        gone = rejection.error == "message_not_found"
        if gone and lock.certain:
            # Somebody took it away: it stays away.
            digest = update.to.digest
            lock.note({update.key: None, taken_key(digest): Standing("taken", digest=digest)})
            return
        log.warning("slack rejected an update", effect=update.to.key, error=rejection.error)
        if not gone:
            self._delete(update.standing)
        lock.note({update.key: None})
        if fresh:
            self.exactly_once.run(update.to, settled_too=True)

    def _delete(self, standing: Standing) -> None:
        try:
            self.slack.delete(standing.channel, standing.ts)
        except Rejected as rejection:
            log.warning("slack rejected it", call=str(rejection), error=rejection.error)

    def _is_discussed(self, message: Message, standing: Standing) -> bool:
        """Whether others have replied in the answer's own thread."""
        in_thread = message.thread_ts and standing.channel == message.channel
        return not in_thread and self.slack.has_replies(standing.channel, standing.ts)


def _is_open(key: str, undecided: Set[str]) -> bool:
    """Whether it is not known yet if the text asks for it. An emoji may be any rule's."""
    return bool(undecided) and (bool(emoji_of(key)) or rule_and_number(key)[0] in undecided)
