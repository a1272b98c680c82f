"""Plans the changes in Slack that make the answers match a text. Pure.

An obsolete answer is edited into the answer of another rule where possible: a member who fixes a
typo sees the wrong answer turn into the right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gopherbot.effects.slack_effects import AddReaction, PostEphemeral, PostReply, SlackEffect
from gopherbot.effects.standing import UNKNOWN, Standing, is_dm


@dataclass(frozen=True, slots=True)
class Update:
    """Edits the posted reply of a key into another reply."""

    key: str
    standing: Standing
    to: PostReply


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes, in the order of execution."""

    remove: list[tuple[str, Standing]] = field(default_factory=list)
    update: list[Update] = field(default_factory=list)
    perform: list[SlackEffect] = field(default_factory=list)


def plan(
    stands: Mapping[str, Standing],
    wanted: Sequence[SlackEffect],
    *,
    fresh: bool,
    certain: bool = True,
) -> Plan:
    """Return the changes that turn `stands` into `wanted`.

    `fresh` allows replies where there was none. If not `certain`, an earlier attempt may have
    stopped at any point, so changes that look done are repeated.
    """
    found = Plan()
    _replies(found, stands, wanted, fresh=fresh, certain=certain)
    emoji = {effect.key for effect in wanted if isinstance(effect, AddReaction)}
    for key, standing in stands.items():
        if standing.kind == "emoji" and key not in emoji:
            found.remove.append((key, standing))
    for effect in wanted:
        if isinstance(effect, AddReaction) and not (certain and _is_added(stands, effect)):
            found.perform.append(effect)
        if isinstance(effect, PostEphemeral) and fresh and not _is(stands, effect):
            found.perform.append(effect)
    return found


def _replies(
    found: Plan,
    stands: Mapping[str, Standing],
    wanted: Iterable[SlackEffect],
    *,
    fresh: bool,
    certain: bool,
) -> None:
    replies = {key: standing for key, standing in stands.items() if standing.kind == "reply"}
    taken = {standing.digest for standing in stands.values() if standing.kind == "taken"}
    # Match each reply with its own place first, and the rest with obsolete replies.
    homeless = []
    for effect in wanted:
        if not isinstance(effect, PostReply) or effect.digest in taken:
            continue
        standing = replies.pop(effect.key, None)
        if standing is None:
            homeless.append(effect)
        elif not certain or standing.digest != effect.digest:
            found.update.append(Update(effect.key, standing, effect))
    for effect in homeless:
        key = next((key for key in replies if is_dm(key) == effect.reply.dm), None)
        if key is not None:
            found.update.append(Update(key, replies.pop(key), effect))
        elif fresh:
            found.perform.append(effect)
    found.remove.extend(replies.items())


def _is_added(stands: Mapping[str, Standing], effect: AddReaction) -> bool:
    standing = stands.get(effect.key)
    return standing is not None and standing.digest != UNKNOWN


def _is(stands: Mapping[str, Standing], effect: PostEphemeral) -> bool:
    standing = stands.get(effect.key)
    return standing is not None and standing.digest == effect.digest
