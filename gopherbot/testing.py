"""A bot for tests to talk to: the real rules and content, without Slack, Redis or the web.

    from gopherbot.testing import bot

    def test_a_coin_has_two_sides():
        assert bot.say("@gopher flip a coin").text in {"heads", "tails"}

The code that parses, matches, answers and renders real messages handles these, too. Only the
outside is simulated: channels come from `channels.toml`, files from your test, code for the
Playground ends up in `BotResponse.shared`, and random choices are seeded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gopherbot import renamed
from gopherbot.explain import Prediction, RenderedReply, Scenario, outcome_of, outcomes_of
from gopherbot.explain.scenario import Names
from gopherbot.model import Audience, Message
from gopherbot.router import ChannelJoin, Rule, TeamJoin
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.matching import Match
from gopherbot.settings import content_and_gateway

__all__ = ["Bot", "BotResponse", "bot"]


@dataclass(frozen=True, slots=True)
class BotResponse:
    """Everything the bot does in response to one message, as members see it.

    The properties describe the only reply. They raise `AssertionError` if there are several.
    """

    replies: tuple[RenderedReply, ...] = ()
    emoji: tuple[str, ...] = ()
    """The names of the emoji it adds, without colons."""
    shared: tuple[str, ...] = ()
    """The code it uploads to the Playground."""
    rules: tuple[str, ...] = ()
    """The names of the rules that fired, such as `command:flip a coin`."""

    @property
    def text(self) -> str:
        """The text of the reply; "" if there is none."""
        return self._only.text if self._only else ""

    @property
    def attachment(self) -> str:
        """The attachment of the reply; "" if there is none."""
        return self._only.attachment if self._only else ""

    @property
    def ephemeral(self) -> bool:
        """Whether only the asker sees the reply."""
        return bool(self._only and self._only.sent.to is Audience.ASKER_ONLY)

    @property
    def dm(self) -> bool:
        """Whether the reply goes to the asker's DM."""
        return bool(self._only and self._only.sent.to is Audience.DM)

    def __bool__(self) -> bool:
        """Whether the bot says or adds anything."""
        return bool(self.replies or self.emoji)

    @property
    def _only(self) -> RenderedReply | None:
        if len(self.replies) > 1:
            texts = "\n".join(f"- {said.text}" for said in self.replies)
            raise AssertionError(f"there are {len(self.replies)} replies; see .replies:\n{texts}")
        return self.replies[0] if self.replies else None


class Bot:
    """A bot with the content of `folder`; by default, of GOPHER_CONTENT or else the Gophers'."""

    def __init__(self, folder: Path | None = None, *, shadow: bool = False) -> None:
        self._folder = folder
        self._shadow = shadow

    @cached_property
    def content(self) -> LoadedContent:
        """The rules and data, loaded on first use."""
        return loader.load(self._folder or content_and_gateway()[0])

    def say(
        self,
        text: str,
        *,
        user: str = "you",
        channel: str = "general",
        dm: bool = False,
        files: Mapping[str, str] | None = None,
        groups: Collection[str] = (),
        seed: int | str = 1,
        chance: str = "",
    ) -> BotResponse:
        """Return what the bot does when a member writes `text`.

        Write `text` as in Slack: `@gopher` mentions the bot, `@bob` another member, `#general` a
        channel. `files` maps the names of shared files to their texts. `seed` decides the random
        choices: the same value gives the same answer. Raise `AssertionError` if a rule fails.
        """
        scenario = Scenario(
            kind="dm" if dm else "public",
            channel=channel,
            user=user,
            shadow=self._shadow,
            files=files or {},
            groups=frozenset(groups),
        )
        if chance:
            renamed.warn("bot.say(…, chance=…)", "bot.say(…, seed=…)")
        return _answer(outcomes_of(self.content, text, scenario, event_id=chance or str(seed)))

    def join(self, channel: str = "", *, user: str = "you") -> BotResponse:
        """Return what the bot does when a member joins a channel."""
        if not channel:
            renamed.warn("bot.join()", "bot.join_workspace()")
        return self._join(channel, user)

    def join_workspace(self, *, user: str = "you") -> BotResponse:
        """Return what the bot does when a member joins the workspace."""
        return self._join("", user)

    def _join(self, channel: str, user: str) -> BotResponse:
        names = Names(self.content.data.workspace.bot, self.content.data.channels)
        place = names.channel(channel) if channel else ""
        message = Message(event_id="1", channel=place, user=names.user(user), ts="", text="")
        rules: Sequence[Rule] = self.content.rules.of(TeamJoin)
        if channel:
            rules = [rule for rule in self.content.rules.of(ChannelJoin) if rule.trigger == channel]
        return _answer(
            [
                outcome_of(Match(rule), message, rules=self.content.rules, names=names, files={})
                for rule in rules
            ]
        )


def _answer(found: Sequence[Prediction]) -> BotResponse:
    for outcome in found:
        if outcome.failure:
            raise AssertionError(f"{outcome.rule} in {outcome.source} failed: {outcome.failure}")
    return BotResponse(
        replies=tuple(said for outcome in found for said in outcome.replies),
        emoji=tuple(name for outcome in found for name in outcome.emoji),
        shared=tuple(code for outcome in found for code in outcome.shared),
        rules=tuple(outcome.rule for outcome in found),
    )


bot = Bot()
"""A bot with the content of GOPHER_CONTENT, or else the Gophers'."""


def __getattr__(name: str) -> object:
    if name == "Answer":
        renamed.warn("gopherbot.testing.Answer", "BotResponse")
        return BotResponse
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
