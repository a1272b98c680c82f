"""Posts once a day, to a helpers' channel, which questions nobody has answered."""

from __future__ import annotations

from datetime import UTC, datetime

from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers.announcer import Announcer
from gopherbot.model import Reply
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack import markup
from gopherbot.table.watches import UnansweredWatch

MOST = 10


def run(context: WorkerContext, watcher: Watcher[UnansweredWatch]) -> None:
    """Post the list of today, if it isn't empty. It names no asker, so that nobody is pinged."""
    now = datetime.now(UTC)
    today = now.date().isoformat()
    if now.hour < watcher.watch.hour:
        return
    announcer = Announcer.find(context, watcher)
    if not announcer.new([today]):
        return
    found = context.help_desk.overlooked()
    if not found:
        return
    lines = [
        f"• <{each.link}|{each.ago}> in {markup.channel(each.channel)}" for each in found[:MOST]
    ]
    if len(found) > MOST:
        lines.append(f"… and {len(found) - MOST} more")
    announcer.announce(today, Reply("Can you help? Nobody has answered yet:", "\n".join(lines)))
