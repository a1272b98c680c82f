"""Plans the changes in Slack that make the answers match a text. Pure.

An obsolete answer is edited into the answer of another rule where possible: a member who fixes a
typo sees the wrong answer turn into the right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gopherbot.effects.posted import UNKNOWN, PostedAnswer, is_dm
from gopherbot.effects.slack_effects import AddReaction, PostEphemeral, PostReply, SlackEffect
from gopherbot.model import Audience


@dataclass(frozen=True, slots=True)
class Update:
    """Edits the posted reply of a key into another reply."""

    key: str
    answer: PostedAnswer
    to: PostReply


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes, in the order of execution."""

    remove: list[tuple[str, PostedAnswer]] = field(default_factory=list)
    update: list[Update] = field(default_factory=list)
    perform: list[SlackEffect] = field(default_factory=list)


def plan(
    posted: Mapping[str, PostedAnswer],
    wanted: Sequence[SlackEffect],
    *,
    fresh: bool,
    certain: bool = True,
) -> Plan:
    """Return the changes that turn `posted` into `wanted`.

    `fresh` allows replies where there was none. If not `certain`, an earlier attempt may have
    stopped at any point, so changes that look done are repeated.
    """
    found = Plan()
    wanted = [_as_shared(posted, effect) for effect in wanted]
    _replies(found, posted, wanted, fresh=fresh, certain=certain)
    emoji = {effect.key for effect in wanted if isinstance(effect, AddReaction)}
    for key, answer in posted.items():
        if answer.kind == "emoji" and key not in emoji:
            found.remove.append((key, answer))
    for effect in wanted:
        if isinstance(effect, AddReaction) and not (certain and _is_added(posted, effect)):
            found.perform.append(effect)
        if isinstance(effect, PostEphemeral) and fresh and not _is(posted, effect):
            found.perform.append(effect)
    return found


def _replies(
    found: Plan,
    posted: Mapping[str, PostedAnswer],
    wanted: Iterable[SlackEffect],
    *,
    fresh: bool,
    certain: bool,
) -> None:
    replies = {key: answer for key, answer in posted.items() if answer.kind == "reply"}
    taken = {answer.digest for answer in posted.values() if answer.kind == "taken"}
    # Match each reply with its own place first, and the rest with obsolete replies.
    homeless = []
    for effect in wanted:
        if not isinstance(effect, PostReply) or effect.digest in taken:
            continue
        answer = replies.pop(effect.key, None)
        if answer is None:
            homeless.append(effect)
        elif not certain or answer.digest != effect.digest:
            found.update.append(Update(effect.key, answer, effect))
    for effect in homeless:
        key = next((key for key in replies if is_dm(key) == (effect.reply.to is Audience.DM)), None)
        if key is not None:
            found.update.append(Update(key, replies.pop(key), effect))
        elif fresh:
            found.perform.append(effect)
    found.remove.extend(replies.items())


def _as_shared(posted: Mapping[str, PostedAnswer], effect: SlackEffect) -> SlackEffect:
    """Return what stands for all to see in the place of an answer that was for the asker alone."""
    shared = effect.shared if isinstance(effect, PostEphemeral) else None
    return shared if shared and shared.key in posted else effect


def _is_added(posted: Mapping[str, PostedAnswer], effect: AddReaction) -> bool:
    answer = posted.get(effect.key)
    return answer is not None and answer.digest != UNKNOWN


def _is(posted: Mapping[str, PostedAnswer], effect: PostEphemeral) -> bool:
    answer = posted.get(effect.key)
    return answer is not None and answer.digest == effect.digest
