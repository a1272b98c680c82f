"""Translates names and ids: from typed text to what Slack sends, from the bot's text to prose.

There is no workspace here, so ids are derived from names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from gopherbot.authoring.composing import compose
from gopherbot.slack import markup

_MARKUP = re.compile(
    r"<(?:@(?P<user>\w+)|#(?P<channel>\w+)|(?P<link>[a-z]+:[^<>|]*))(?:\|(?P<label>[^<>]*))?>"
)


class Names:
    """The channels and members of a simulated workspace. Also the port through which content
    looks up channels.
    """

    def __init__(self, bot: str, channels: Iterable[str]) -> None:
        self.bot = bot
        self.bot_id = _id("U", bot)
        self._ids = {name: _id("C", name) for name in channels}
        self._names = {id: f"#{name}" for name, id in self._ids.items()} | {self.bot_id: f"@{bot}"}

    def id_of(self, name: str) -> str | None:
        """Return the id of a known channel, or None."""
        return self._ids.get(name)

    def channel(self, name: str) -> str:
        """Return the id of a channel, known or not."""
        return self._remember(_id("C", name), f"#{name}")

    def user(self, name: str) -> str:
        """Return the id of a member."""
        if name.casefold() in (self.bot.casefold(), "gopherbot"):
            return self.bot_id
        return self._remember(_id("U", name), f"@{name}")

    def sent(self, typed: str) -> str:
        """Return what Slack sends when a member types this."""
        return compose(typed, user=self.user, channel=self.id_of)

    def read(self, text: str) -> str:
        """Return what members read when the bot sends this."""
        return markup.unescape(_MARKUP.sub(self._shown, text))

    def known(self) -> dict[str, str]:
        """Return every name used so far, without its `@` or `#`, by id."""
        return {id: name[1:] for id, name in self._names.items()}

    def _shown(self, match: re.Match[str]) -> str:
        if id := match["user"] or match["channel"]:
            return self._names.get(id, match[0])
        return f"{match['label']} ({match['link']})" if match["label"] else match["link"]

    def _remember(self, id: str, name: str) -> str:
        self._names.setdefault(id, name)
        return id


@lru_cache
def _id(letter: str, name: str) -> str:
    """Return an id that looks like Slack's; a name that is an id already is returned as is."""
    if re.fullmatch(rf"[{letter}G][A-Z0-9]{{8,}}", name):
        return name
    return letter + re.sub("[^A-Z0-9]", "", name.upper()) + "0"
