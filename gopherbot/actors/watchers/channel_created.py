"""Announces new channels with their name, creator and purpose."""

from __future__ import annotations

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers import community
from gopherbot.actors.watchers.announcer import cut
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack import markup
from gopherbot.slack.errors import CHANNEL_GONE, Rejected
from gopherbot.table.watches import Watch

LONGEST_PURPOSE = 200

log = logs.get_logger(__name__)


def run(context: WorkerContext, watcher: Watcher[Watch]) -> None:
    """Announce the channels created since the last run."""
    community.tell(context, watcher, _line)


def _line(context: WorkerContext, id: str) -> str:
    try:
        channel = context.slack.channel(id)
    except Rejected as rejection:
        if rejection.error in CHANNEL_GONE:
            return ""
        log.warning("cannot look up new channel", call=str(rejection))
        return f":new: {markup.channel(id)}"
    if channel is None:
        return ""  # It has been archived since.
    maker = f" by {markup.user(channel.creator)}" if channel.creator else ""
    # Slack stores purposes with escapes and with links as markup.
    purpose = " ".join(markup.unescape(channel.purpose).split())
    why = f": {markup.escape(cut(purpose, LONGEST_PURPOSE))}" if purpose else ""
    return f":new: {markup.channel(id)}{maker}{why}"
