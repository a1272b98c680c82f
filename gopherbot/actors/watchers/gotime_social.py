"""Posts links to a Mastodon account's new statuses every five minutes, each once, oldest first.

https://docs.joinmastodon.org/methods/accounts/#statuses
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers.announcer import Announcer, in_utc
from gopherbot.model import Reply
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack.markup import escape
from gopherbot.table.watches import SocialWatch

NEWS = timedelta(minutes=30)
"""The age after which a status is not linked."""

# Excludes characters that end an address in Slack's markup, or could hide another one in it.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?/[!-;=?-{}~]{0,1000}")

log = logs.get_logger(__name__)


class Status(msgspec.Struct):
    """Mastodon's Status. Ids increase over time when compared as numbers."""

    id: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{1,30}\Z")]
    created_at: datetime
    url: str | None = None

    def ineligible(self) -> str:
        """Return why the status is not linked; "" if it is."""
        if datetime.now(UTC) - in_utc(self.created_at) > NEWS:
            return "old"
        return "" if _ADDRESS.fullmatch(self.url or "") else "no address"


def run(context: WorkerContext, watcher: Watcher[SocialWatch]) -> None:
    """Post links to the statuses published since the last run."""
    announcer = Announcer.find(context, watcher)
    last = max(map(int, announcer.seen.all()), default=0)
    statuses = later_statuses(context, watcher.watch.account, last)
    for id in announcer.new(list(statuses)):
        status = statuses[id]
        reason = status.ineligible()
        if reason:
            log.info("status not linked", status=id, reason=reason)
            announcer.seen.remember(id)
        elif not announcer.announce(id, Reply(escape(status.url or ""), unfurl=True)):
            return


def later_statuses(context: WorkerContext, account: str, last: int) -> dict[str, Status]:
    """Return the account's statuses after the id `last` (0 for all), by id, oldest first.

    Mastodon returns at most the newest twenty. Raise `ServiceError`.
    """
    url = f"{context.settings.services.mastodon}/api/v1/accounts/{account}/statuses"
    if last:
        url += f"?since_id={last}"
    found = {int(status.id): status for status in context.fetcher.get_json(url, list[Status])}
    return {str(id): found[id] for id in sorted(found) if id > last}
