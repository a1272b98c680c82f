"""Simulations of the sites that the bot reads or posts to, each under its own base path.

For example, GOPHER_PLAYGROUND_URL is `{url}/playground`.
"""

from collections.abc import Iterator

from slack_simulator.feed.feed import Feed
from slack_simulator.services.changelog import Changelog
from slack_simulator.services.feeds import Feeds
from slack_simulator.services.gerrit import Gerrit
from slack_simulator.services.github import GitHub
from slack_simulator.services.mastodon import Mastodon
from slack_simulator.services.playground import Playground
from slack_simulator.services.service import Service
from slack_simulator.services.vulndb import VulnerabilityDatabase


class Services:
    """All simulated sites. Iteration yields each one."""

    def __init__(self, feed: Feed) -> None:
        self.playground = Playground(feed)
        self.gerrit = Gerrit(feed)
        self.changelog = Changelog(feed)
        self.mastodon = Mastodon(feed)
        self.github = GitHub(feed)
        self.vulndb = VulnerabilityDatabase(feed)
        self.feeds = Feeds(feed)

    def __iter__(self) -> Iterator[Service]:
        yield from (self.playground, self.gerrit, self.changelog, self.mastodon)
        yield from (self.github, self.vulndb, self.feeds)

    def set_base_urls(self, url: str) -> None:
        """Set the base URL of each site. The simulator listens at `url`."""
        for service in self:
            service.base = f"{url}/{service.name}"

    def close(self) -> None:
        """Release the requests that are delayed by a fault."""
        for service in self:
            service.close()
