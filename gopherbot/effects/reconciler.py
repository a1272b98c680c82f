"""Keeps answers true: after an edit, after a deletion, and when an answer is taken back.

An attempt to follow a newer text first marks the older ones as superseded: they are no longer
answered. Then it takes the message's lock, waits for calls in flight, looks up doubtful effects,
and updates Slack to match the text (`plan.py`). Editing a reply, deleting it and removing an emoji
are idempotent; posting goes through `exactly_once`. If an attempt fails midway, the next one
repeats its changes, even those that look done. What Slack refuses to remove keeps its entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import replace

from gopherbot import logs
from gopherbot.effects.exactly_once import NOT_YET, ExactlyOnce
from gopherbot.effects.ledger import DOUBT_SECONDS, LOCK, Claim, Claimant, ClaimState, Ledger
from gopherbot.effects.plan import Update, plan
from gopherbot.effects.posted import (
    UNKNOWN,
    PostedAnswer,
    Rendered,
    digest,
    emoji_of,
    is_dm,
    is_ephemeral,
    rule_and_number,
    taken_key,
)
from gopherbot.effects.slack_effects import SlackEffect
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Happened
from gopherbot.model import Message, Use
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable
from gopherbot.slack.objects import ReplyMetadata
from gopherbot.storage.client import REDIS_ERRORS

BUSY_PAUSE = 0.25
"""Seconds to wait before retrying a locked message: most calls take less."""
PATIENT_PAUSE = 1.0
YOUNG_SECONDS = 60.0
"""Seconds after a message was written for which its first answer may still be in flight."""

VOID = Rendered("_This answer no longer applies._")
"""What a reply says that Slack refuses to delete."""

log = logs.get_logger(__name__)


class Lock:
    """A claimant's lock on a message, and the calls that it may still make under it."""

    def __init__(self, claimant: Claimant, slack: Slack, *, certain: bool) -> None:
        self.claimant = claimant
        self.slack = slack.sending_by(claimant.send_by)
        self.certain = certain
        """Whether the record matches Slack: False if an earlier attempt failed midway."""

    def note(self, posted: Mapping[str, PostedAnswer | None]) -> None:
        """Record posted answers. Raise `RetryLater` if another claimant has taken the lock."""
        if not self.claimant.note(LOCK, posted):
            raise RetryLater("another claimant took the lock")

    def leave(self) -> None:
        if self.certain:
            self.claimant.release(LOCK)
        else:
            self.claimant.give_up_unused(LOCK)


class Reconciler:
    """Updates the answers in Slack. Every method may raise `RetryLater`."""

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
        """Update the answers to a message to match its newer text.

        `fresh` allows replies where there was none. The answers of `undecided` rules are left
        unchanged. `only` restricts the update to effect keys with this prefix.
        """
        if not self._supersede(message, needed=bool(wanted)):
            return
        with self._locked(message.id, message.user, message.version) as lock:
            if lock is None:
                return
            self._resolve(lock, message)
            posted = {
                key: answer
                for key, answer in self.ledger.read(message.id).posted.items()
                if answer.kind == "taken" or (key.startswith(only) and not _is_open(key, undecided))
            }
            changes = plan(posted, wanted, fresh=fresh, certain=lock.certain)
            for key, answer in changes.remove:
                self._remove(lock, message, key, answer)
            for update in changes.update:
                self._update(lock, update, fresh=fresh)
            for effect in changes.perform:
                if self.exactly_once.run(effect, settled_too=True) is Happened.SUPERSEDED:
                    break
            if undecided:
                lock.leave()
            else:
                lock.claimant.release(LOCK, followed=message.version)

    def remove_all(self, message: Message) -> None:
        """Delete the answers to a deleted message, except those that others replied to."""
        if not self._supersede(message, needed=False):
            return
        with self._locked(message.id, message.user, message.version) as lock:
            if lock is None:
                return
            self._resolve(lock, message)
            for key, answer in self.ledger.read(message.id).posted.items():
                if answer.kind == "reply" and self._is_discussed(message, answer):
                    journal.note(Happened.KEPT, f"{key}: others replied to it")
                elif answer.kind == "reply":
                    self._remove(lock, message, key, answer)
                elif answer.kind == "emoji":
                    # It went with the message.
                    journal.note(Happened.REMOVED, key)
                    lock.note({key: None})
            lock.claimant.release(LOCK, followed=message.version)

    def retract(
        self, channel: str, ts: str, user: str, moderators: Set[str], *, patient: bool
    ) -> bool:
        """Delete an answer for good, at the request of its asker or a moderator.

        Return False if no answer is known there. With `patient`, retry until the update to a newer
        text has finished: the post may be newer than its record.
        """
        message_id = self.ledger.answered_by(channel, ts)
        if not message_id:
            return False
        asker = self.ledger.read(message_id).asker
        if user != asker and user not in moderators:
            journal.note(Happened.IGNORED, "an emoji from neither the asker nor a moderator")
            return True
        with self._locked(message_id, asker) as lock:
            if lock is None:
                return True
            record = self.ledger.read(message_id)
            if patient and not lock.certain and record.unfollowed:
                raise RetryLater("an edit is being processed", delay=PATIENT_PAUSE)
            for key, answer in record.posted.items():
                if answer.kind == "reply" and (answer.channel, answer.ts) == (channel, ts):
                    taken = replace(answer, kind="taken")
                    left = self._delete(lock, key, answer)
                    lock.note({key: left, taken_key(answer.digest): taken})
                    journal.note_uses([(Use.TAKEN_BACK, answer.name)] if answer.name else [])
            lock.leave()
        return True

    def _supersede(self, message: Message, *, needed: bool) -> bool:
        young = float(message.version) - float(message.ts) < YOUNG_SECONDS
        state = self.ledger.supersede(message.id, message.version, needed=needed or young)
        return state is ClaimState.MINE

    @contextmanager
    def _locked(self, message_id: str, asker: str, version: str = "") -> Iterator[Lock | None]:
        """Lock a message. Yield None if a newer text is known. The caller releases the lock."""
        self.exactly_once.memory.record_pending()
        with self.ledger.claimant(message_id, asker) as claimant:
            claim = claimant.claim(LOCK, version)
            if claim.state is ClaimState.SUPERSEDED:
                yield None
                return
            if claim.state is ClaimState.BUSY:
                raise RetryLater("the message is locked", delay=min(claim.wait, BUSY_PAUSE))
            lock = Lock(claimant, self.slack, certain=claim.state is ClaimState.MINE)
            try:
                yield lock
            except Retryable as reason:
                lock.leave()
                raise RetryLater(str(reason), delay=reason.retry_after) from None
            except OutcomeUnknown as reason:
                claimant.doubt(LOCK)
                raise RetryLater(str(reason), delay=DOUBT_SECONDS) from None
            except RetryLater:
                lock.leave()
                raise
            except BaseException:
                # A time limit or a bug: the last call may or may not have taken effect.
                self.exactly_once.memory.mark_unrecorded(message_id)
                with suppress(*REDIS_ERRORS):
                    claimant.doubt(LOCK)
                raise

    def _resolve(self, lock: Lock, message: Message) -> None:
        """Settle what earlier attempts left open: wait for claims, look up doubtful effects."""
        claimant = lock.claimant
        for key in self.ledger.read(message.id).unsettled:
            claim = claimant.claim(key)
            if claim.state is ClaimState.BUSY:
                raise RetryLater(f"{key} is claimed", delay=min(claim.wait, BUSY_PAUSE))
            if claim.state is ClaimState.MINE:
                claimant.release(key)
            if claim.state is ClaimState.DOUBTFUL:
                try:
                    found = self._look_up(key, message, claim)
                except (Retryable, OutcomeUnknown, RetryLater):
                    claimant.doubt(key, claim)
                    raise
                claimant.settle(key, {key: found})

    def _look_up(self, key: str, message: Message, claim: Claim) -> PostedAnswer | None:
        """Return the posted answer of a doubtful effect, or None if there is none.

        Raise `RetryLater` if Slack's history may not show it yet.
        """
        if emoji_of(key):
            # Adding and removing an emoji are idempotent, so no lookup is needed.
            return PostedAnswer("emoji", digest=UNKNOWN)
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
        if not ts and claim.look_again:
            raise RetryLater(NOT_YET, delay=claim.look_again)
        return PostedAnswer("reply", channel, ts, UNKNOWN) if ts else None

    def _remove(self, lock: Lock, message: Message, key: str, answer: PostedAnswer) -> None:
        left = None
        if answer.kind == "reply":
            left = self._delete(lock, key, answer)
        else:
            try:
                lock.slack.unreact(message.channel, message.ts, emoji_of(key))
                journal.note(Happened.REMOVED, key)
            except Rejected as refusal:
                left = _kept(key, answer, refusal)
        lock.note({key: left})

    def _delete(self, lock: Lock, key: str, answer: PostedAnswer) -> PostedAnswer | None:
        """Delete a reply, or say in it that it is void. Return what is left of it."""
        try:
            lock.slack.delete(answer.channel, answer.ts)
        except Rejected as refusal:
            left = _kept(key, answer, refusal)
            metadata = ReplyMetadata(lock.claimant.message_id, *rule_and_number(key))
            with suppress(Rejected):
                lock.slack.update(answer.channel, answer.ts, VOID.text, metadata)
                left = replace(answer, digest=digest(VOID))
            return left
        log.info("removed an answer", effect=key)
        journal.note(Happened.REMOVED, key)
        return None

    def _update(self, lock: Lock, update: Update, *, fresh: bool) -> None:
        answer, to = update.answer, update.to
        rendered = to.rendered
        moved: dict[str, PostedAnswer | None] = {update.key: None}
        try:
            lock.slack.update(
                answer.channel,
                answer.ts,
                rendered.text,
                to.metadata,
                attachments=rendered.attachments,
            )
        except Rejected as rejection:
            self._replace(lock, update, rejection, fresh=fresh)
            return
        moved[to.key] = PostedAnswer("reply", answer.channel, answer.ts, to.digest, to.name)
        lock.note(moved)
        log.info("updated an answer", effect=to.key)
        journal.note(Happened.UPDATED, to.key)

    def _replace(self, lock: Lock, update: Update, rejection: Rejected, *, fresh: bool) -> None:
        """Replace a reply that Slack refuses to edit: a stale answer must not stay."""
        gone = rejection.error == "message_not_found"
        if gone and lock.certain:
            # A member deleted it, so do not post it again.
            taken = PostedAnswer("taken", digest=update.to.digest)
            lock.note({update.key: None, taken_key(taken.digest): taken})
            return
        log.warning("slack rejected an update", effect=update.to.key, error=rejection.error)
        left = None if gone else self._delete(lock, update.key, update.answer)
        lock.note({update.key: left})
        if fresh and not left:
            self.exactly_once.run(update.to, settled_too=True)

    def _is_discussed(self, message: Message, answer: PostedAnswer) -> bool:
        """Whether members have replied in the answer's own thread."""
        if message.thread_ts and answer.channel == message.channel:
            return False
        try:
            return self.slack.has_replies(answer.channel, answer.ts)
        except Rejected as refusal:
            log.warning("cannot see whether others replied to an answer", call=str(refusal))
            return False


def _kept(key: str, answer: PostedAnswer, refusal: Rejected) -> PostedAnswer:
    log.warning("slack refuses to remove an answer", effect=key, error=refusal.error)
    journal.note(Happened.KEPT, f"{key} {refusal.error}")
    return answer


def _is_open(key: str, undecided: Set[str]) -> bool:
    """Whether an undecided rule may ask for this effect. An emoji may be any rule's."""
    return bool(undecided) and (bool(emoji_of(key)) or rule_and_number(key)[0] in undecided)
