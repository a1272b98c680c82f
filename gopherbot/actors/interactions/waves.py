"""The moderators' card about a wave: posts it, updates it as the wave goes on, and its buttons.

An event of our own has the card shown, so that it holds up no answer and outlasts an outage of
Slack. Nothing of the message is kept: the card quotes what Slack shows at that moment.
https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import msgspec

from gopherbot import logs, table
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.wave_watcher import WaveWatcher
from gopherbot.effects.interactions import PostBlocks, message_of
from gopherbot.errors import RetryLater
from gopherbot.slack import blocks, events, markup
from gopherbot.slack.blocks import Json
from gopherbot.slack.client import Blocks
from gopherbot.slack.errors import Rejected
from gopherbot.slack.interactions import Interaction
from gopherbot.slack.objects import ReplyMetadata
from gopherbot.storage.watcher_state import WAVES
from gopherbot.storage.waves import Handled, KnownWave

ON_IT, FINE = "wave_on_it", "wave_fine"
RULE = "wave"
_FORGOTTEN = "That was too long ago: I know nothing of these messages any more."
_MOST_LINKS = 20
_MOST_QUOTED = 500

log = logs.get_logger(__name__)


class WaveSeen(msgspec.Struct):
    """The event: a wave's id."""

    wave: str
    type: str = table.WAVE_EVENT


def have_shown(context: WorkerContext, wave: str) -> None:
    """Send the event that posts or updates a wave's card. Raise `REDIS_ERRORS`."""
    context.send_event(table.WAVE_CARD, f"wave-{wave}", WaveSeen(wave))


def handle(context: WorkerContext, envelope: bytes) -> None:
    """Show a wave."""
    wave = events.decode(envelope, WaveSeen).event.wave
    if context.waves:
        _show(context, context.waves, wave)


def on_it(context: WorkerContext, click: Interaction) -> None:
    """Note that a moderator is on it."""
    _handle(context, click, taken=True)


def fine(context: WorkerContext, click: Interaction) -> None:
    """Leave what resembles a wave's messages alone from now on."""
    _handle(context, click, taken=False)


def _handle(context: WorkerContext, click: Interaction, *, taken: bool) -> None:
    watcher, wave = context.waves, click.actions[0].value
    if watcher is None or watcher.log.read(wave) is None:
        context.interactions.tell(click, _FORGOTTEN)
        return
    note = watcher.log.taken if taken else watcher.log.leave_alone
    note(wave, click.user.id)
    _show(context, watcher, wave)


def _show(context: WorkerContext, watcher: WaveWatcher, id: str) -> None:
    """Post a wave's card, or update it until it shows the latest: others may update it, too."""
    shown: KnownWave | None = None
    while (wave := watcher.log.read(id)) and not (shown and wave.looks_like(shown)):
        if wave.card:
            _update(context, wave, *wave.card)
        else:
            _post(context, watcher, wave)
        shown = wave


def _post(context: WorkerContext, watcher: WaveWatcher, wave: KnownWave) -> None:
    """Post a wave's card. Raise `RetryLater`."""
    name, begun = watcher.waves.channel, time.time()
    try:
        channel = context.moderators_channel(name).id()
        text, shown = _card(context, wave)
        note = partial(watcher.log.posted, wave.id, channel)
        card = PostBlocks(message_of(f"wave:{wave.id}", channel), RULE, text, shown, posted=note)
        context.executor.exactly_once.run(card)
    except Rejected as rejection:
        log.error("cannot show a wave to the moderators", channel=name, error=rejection.error)
        context.note_rejection(WAVES, name, rejection.error)
        raise RetryLater(str(rejection), delay=60) from None
    context.watcher_log.ran(WAVES, begun)


def _update(context: WorkerContext, wave: KnownWave, channel: str, ts: str) -> None:
    text, card = _card(context, wave)
    try:
        context.slack.update(
            channel, ts, text, ReplyMetadata(f"wave:{wave.id}", RULE, 0), blocks=card
        )
    except Rejected as rejection:
        # Perhaps a moderator deleted it.
        log.warning("cannot update the card of a wave", wave=wave.id, call=str(rejection))


def _card(context: WorkerContext, wave: KnownWave) -> tuple[str, Blocks]:
    """Return a wave's card as a text and as blocks."""
    author, quoted = _quote(context, *wave.places[0])
    who = f"{wave.members} new members" if wave.members > 1 else author
    did = "linked to the same new site" if wave.by_link else "said nearly the same"
    minutes = math.ceil(wave.seconds / 60)
    within = "a minute" if minutes < 2 else f"{minutes} minutes"
    text = f":warning: {who} {did} in {wave.channels} channels within {within}"
    return text, [
        blocks.section(text),
        *([blocks.quote(markup.unescape(quoted), _MOST_QUOTED)] if quoted else []),
        blocks.section("\n".join(_links(context, wave))),
        *_state(wave),
    ]


def _quote(context: WorkerContext, channel: str, ts: str) -> tuple[str, str]:
    """Return who wrote a message, and its text as Slack shows it now; it may be deleted."""
    try:
        message = context.slack.message(channel, ts) or {}
    except Rejected as rejection:
        log.warning("cannot quote a message of a wave", call=str(rejection))
        message = {}
    user, text = message.get("user"), message.get("text")
    return markup.user(user) if user else "One member", str(text or "")


def _links(context: WorkerContext, wave: KnownWave) -> Iterator[str]:
    for channel, ts in wave.places[:_MOST_LINKS]:
        when = datetime.fromtimestamp(float(ts), UTC)
        link = f"<{context.slack.permalink(channel, ts)}|{when:%H:%M:%S} UTC>"
        yield f"• {link} in {markup.channel(channel)}"
    if len(wave.places) > _MOST_LINKS:
        yield f"… and {len(wave.places) - _MOST_LINKS} more"


def _state(wave: KnownWave) -> Iterator[Json]:
    """Yield who handles it, and the buttons that are of use."""
    if wave.on_it:
        yield blocks.context(f":eyes: {_by(wave.on_it)} is on it")
    if wave.fine:
        yield blocks.context(
            f":white_check_mark: {_by(wave.fine)} said these are fine: left alone now"
        )
        return
    on_it = () if wave.on_it else (blocks.button(ON_IT, "On it", wave.id),)
    yield blocks.actions(*on_it, blocks.button(FINE, "These are fine", wave.id))


def _by(handled: Handled) -> str:
    utc = datetime.fromtimestamp(handled.at, UTC)
    return f"{markup.user(handled.user)} (<!date^{handled.at}^{{time}}|{utc:%H:%M} UTC>)"
