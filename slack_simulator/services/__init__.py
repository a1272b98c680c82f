"""Stand-ins for the sites the bot reads or posts to, each under a base of its own.

GOPHER_PLAYGROUND_URL is then `{url}/playground`, and so on for the others.
"""

from collections.abc import Iterator

from slack_simulator.feed.feed import Feed
from slack_simulator.services.changelog import Changelog
from slack_simulator.services.feeds import Feeds
from slack_simulator.services.gerrit import Gerrit
from slack_simulator.services.mastodon import Mastodon
from slack_simulator.services.playground import Playground
from slack_simulator.services.service import Service


class Services:
    """All of them; iterating gives each one."""

    def __init__(self, feed: Feed) -> None:
        self.playground = Playground(feed)
        self.gerrit = Gerrit(feed)
        self.changelog = Changelog(feed)
        self.mastodon = Mastodon(feed)
        self.feeds = Feeds(feed)

    def __iter__(self) -> Iterator[Service]:
        return iter((self.playground, self.gerrit, self.changelog, self.mastodon, self.feeds))

    def set_base_urls(self, url: str) -> None:
        """Tell each its own address, now that the simulator listens at `url`."""
        for service in self:
            service.base = f"{url}/{service.name}"

    def close(self) -> None:
        """Let slow requests go."""
        for service in self:
            service.close()
