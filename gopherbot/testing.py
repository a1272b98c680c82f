"""A bot to talk to in a test: the real rules and content, without Slack, Redis or the web.

    from gopherbot.testing import bot

    def test_a_coin_has_two_sides():
        assert bot.say("@gopher flip a coin").text in {"heads", "tails"}

A message goes the way of a real one: it is parsed, matched, answered and rendered by the same code.
Only the outside is imagined: channels are those of `channels.toml`, files are those you give, code
that would go to the Playground stays in `Answer.shared`, and chance is seeded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gopherbot.authoring.explain import Outcome, Said, Scenario, explain, outcomes
from gopherbot.authoring.explain.names import Names
from gopherbot.model import Message
from gopherbot.router import ChannelJoin, Rule, TeamJoin
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.matching import Firing
from gopherbot.settings import content_and_gateway

__all__ = ["Answer", "Bot", "bot"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything the bot does about one message, as members read it."""

    replies: tuple[Said, ...] = ()
    emoji: tuple[str, ...] = ()
    """Names without colons."""
    shared: tuple[str, ...] = ()
    """Code that went to the Playground."""
    rules: tuple[str, ...] = ()
    """The names of the rules that answered, such as `command:flip a coin`."""

    @property
    def text(self) -> str:
        """The text of the one reply; "" if there is none. Raise `AssertionError` for several."""
        return self._only.text if self._only else ""

    @property
    def attachment(self) -> str:
        """The attachment of the one reply; "" if there is none."""
        return self._only.attachment if self._only else ""

    @property
    def ephemeral(self) -> bool:
        """Whether the one reply is shown to the asker alone."""
        return bool(self._only and self._only.sent.ephemeral)

    @property
    def dm(self) -> bool:
        """Whether the one reply goes to the asker's DM."""
        return bool(self._only and self._only.sent.dm)

    def __bool__(self) -> bool:
        """Whether the bot does anything."""
        return bool(self.replies or self.emoji)

    @property
    def _only(self) -> Said | None:
        if len(self.replies) > 1:
            texts = "\n".join(f"- {said.text}" for said in self.replies)
            raise AssertionError(f"there are {len(self.replies)} replies, see .replies:\n{texts}")
        return self.replies[0] if self.replies else None


class Bot:
    """A bot with the content of one folder: GOPHER_CONTENT's, else the Gophers'."""

    def __init__(self, folder: Path | None = None, *, shadow: bool = False) -> None:
        self._folder = folder
        self._shadow = shadow

    @cached_property
    def content(self) -> LoadedContent:
        """The rules and data, loaded when they are first needed."""
        return loader.load(self._folder or content_and_gateway()[0])

    def say(
        self,
        text: str,
        *,
        user: str = "you",
        channel: str = "general",
        dm: bool = False,
        files: Mapping[str, str] | None = None,
        chance: str = "1",
    ) -> Answer:
        """Say something to the bot, and return what it does.

        Write the text as in Slack: `@gopher` mentions the bot, `@bob` somebody, `#general` a
        channel. `files` are names and texts of shared files. The same `chance` always brings the
        same; try others to see what is left to chance. Raise `AssertionError` if a rule fails.
        """
        scenario = Scenario(
            kind="dm" if dm else "public",
            channel=channel,
            user=user,
            shadow=self._shadow,
            files=files or {},
        )
        return _answer(explain(self.content, text, scenario, event_id=chance).outcomes)

    def join(self, channel: str = "", *, user: str = "you") -> Answer:
        """Have somebody join a channel, or the team if none is named; return what the bot does."""
        names = Names(self.content.data.workspace.bot, self.content.data.channels)
        place = names.channel(channel) if channel else ""
        message = Message(event_id="1", channel=place, user=names.user(user), ts="", text="")
        rules: Sequence[Rule] = self.content.rules.of(TeamJoin)
        if channel:
            rules = [rule for rule in self.content.rules.of(ChannelJoin) if rule.trigger == channel]
        return _answer(
            [
                outcomes.outcome(
                    Firing(rule), message, rules=self.content.rules, names=names, files={}
                )
                for rule in rules
            ]
        )


def _answer(found: Sequence[Outcome]) -> Answer:
    for outcome in found:
        if outcome.failure:
            raise AssertionError(f"{outcome.rule} in {outcome.source} failed: {outcome.failure}")
    return Answer(
        replies=tuple(said for outcome in found for said in outcome.replies),
        emoji=tuple(name for outcome in found for name in outcome.emoji),
        shared=tuple(code for outcome in found for code in outcome.shared),
        rules=tuple(outcome.rule for outcome in found),
    )


bot = Bot()
"""The Gophers' bot, or that of GOPHER_CONTENT."""
