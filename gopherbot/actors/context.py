"""The objects that actors work with, created once when a worker starts."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

import msgspec
import redis

from gopherbot import table
from gopherbot.actors.help_desk import SlackHelpDesk
from gopherbot.actors.moderators_channel import ModeratorsChannel
from gopherbot.actors.named_channels import NamedChannels
from gopherbot.actors.wave_watcher import WaveWatcher
from gopherbot.effects.executor import EffectExecutor, Ports
from gopherbot.effects.interactions import InteractionExecutor
from gopherbot.effects.ledger import Ledger
from gopherbot.metrics.counters import Counts
from gopherbot.queues import messages
from gopherbot.queues.sealing import Sealer
from gopherbot.queues.worker.broker import Broker
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.matching import RuleBook
from gopherbot.rulebook.schema import Data
from gopherbot.services.feeds.fetcher import FeedFetcher
from gopherbot.services.json_apis import CachedJsonApis
from gopherbot.services.web_fetcher import HttpFetcher
from gopherbot.settings import Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.directory import UserGroupMembers
from gopherbot.slack.events import Envelope
from gopherbot.slack.http_pool import HttpPool
from gopherbot.storage.cases import Cases
from gopherbot.storage.channel_cache import ChannelCache
from gopherbot.storage.client import RedisConnections, connect
from gopherbot.storage.members import Members
from gopherbot.storage.waiting import WaitingQuestions
from gopherbot.storage.watcher_state import FeedStates, SeenItems, WatcherLog


@dataclass(frozen=True)
class WorkerContext:
    """Everything an actor may use, already wired together."""

    settings: Settings
    content: Data
    rules: RuleBook
    slack: Slack
    executor: EffectExecutor
    help_desk: SlackHelpDesk
    channels: ChannelCache
    fetcher: HttpFetcher
    feed_fetcher: FeedFetcher
    redis: redis.Redis
    counts: Counts

    @classmethod
    def for_worker(
        cls, settings: Settings, broker: Broker, loaded: LoadedContent, tls: ssl.SSLContext
    ) -> WorkerContext:
        """Return a context that has no open connections yet."""
        app = settings.identity.app
        # The commands sent on this client are safe to retry.
        client = connect(settings.redis, connections=RedisConnections.WORKER_MEMORY, retries=2)
        slack = Slack(settings, HttpPool(settings.slack_api_url, tls), broker.counts.slack_rejected)
        channels = ChannelCache(client, app)
        fetcher = HttpFetcher(settings, tls, slack)
        apis = CachedJsonApis(settings, tls)
        feed_fetcher = FeedFetcher.for_workspace(settings, loaded.data.workspace.source, tls)
        questions = WaitingQuestions(client, app)
        help_desk = SlackHelpDesk(loaded.data.workspace.help_channels, channels, questions, slack)
        executor = EffectExecutor(
            slack,
            Ledger(broker.connections, app, broker.broker_id),
            Ports(
                channels,
                playground=fetcher,
                files=fetcher,
                help=loaded.rules,
                help_desk=help_desk,
                in_group=UserGroupMembers(slack).has,
                apis=apis,
                **({"found_nothing": broker.missed_words.add} if settings.usage else {}),
            ),
            shadow=settings.shadow,
            counts=broker.counts,
        )
        return cls(
            settings,
            loaded.data,
            loaded.rules,
            slack,
            executor,
            help_desk,
            channels,
            fetcher,
            feed_fetcher,
            client,
            broker.counts,
        )

    @property
    def feed_states(self) -> FeedStates:
        return FeedStates(self.redis, self.settings.identity.app)

    @property
    def members(self) -> Members | None:
        """Return the members known to the bot, or None if missed joins are not welcomed."""
        if not self.settings.welcome_missed or self.settings.shadow:
            return None
        return Members(self.redis, self.settings.identity.app)

    @property
    def watcher_log(self) -> WatcherLog:
        """The watchers' results, for `gopherbot status`."""
        return WatcherLog(self.redis, self.settings.identity.app)

    @property
    def interactions(self) -> InteractionExecutor:
        """What answers members' clicks."""
        return InteractionExecutor(self.executor.exactly_once, self.fetcher.respond)

    @property
    def cases(self) -> Cases:
        return Cases(self.redis, self.settings.identity.app)

    @cached_property
    def waves(self) -> WaveWatcher | None:
        """What watches for waves, or None if `moderation.toml` doesn't ask for it."""
        waves = self.content.moderation.waves
        if waves is None:
            return None
        return WaveWatcher(
            waves, self.content, self.settings.bot_token, self.redis, self.settings.identity.app
        )

    def note_rejection(self, name: str, channel: str, error: str) -> None:
        """Record for `status` that Slack rejected what `name` posts in a channel."""
        bot = self.content.workspace.bot
        self.watcher_log.rejected(name, error, channel=channel, bot=bot)

    def moderators_channel(self, name: str) -> ModeratorsChannel:
        """Return the moderators' channel with this name or id."""
        return ModeratorsChannel(self.slack, self.redis, self.settings.identity.app, name)

    @cached_property
    def sealer(self) -> Sealer:
        """What opens what the gateway sealed."""
        return Sealer(self.settings.signing_secret)

    @cached_property
    def ruled_channels(self) -> NamedChannels:
        return NamedChannels(self.content.moderation.channels, self.channels)

    def today(self) -> date:
        """Return today's date in UTC."""
        return datetime.now(UTC).date()

    def send_event(self, actor: str, event_id: str, event: msgspec.Struct) -> None:
        """Queue an event of our own for an actor, as the gateway does. Raise `REDIS_ERRORS`."""
        envelope = Envelope(event_id, event, int(time.time()))
        body = msgspec.json.encode(envelope)
        message = messages.pack(table.BACKGROUND, actor, body, None)
        messages.send(self.redis, self.settings.identity.app, [message])

    def seen_items(self, watcher: str) -> SeenItems:
        """Return the items that a watcher has already handled."""
        return SeenItems(self.redis, self.settings.identity.app, watcher)
