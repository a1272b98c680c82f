"""`gopherbot waves EXPORT`: looks for waves of one message in what members have said so far.

So moderators see what `[waves]` in `moderation.toml` would have told them, before it's switched on.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click

from gopherbot import decoding
from gopherbot.errors import GopherbotError
from gopherbot.explain.corpus import UNREADABLE, Exported, exported
from gopherbot.rulebook import loader
from gopherbot.settings import content_and_gateway
from gopherbot.slack.markup import parse
from gopherbot.status import durations
from gopherbot.status.advice import count
from gopherbot.waves.detection import WaveLimits, wave
from gopherbot.waves.fingerprints import Fingerprints, Sighting

_SHOWN = 70
_DAY = 24 * 60 * 60
_NEW = b"new"


class Replay:
    """Looks for waves in messages, oldest first, with its windows in memory.

    It doesn't know who joined when. Members count as new for some days after their first message,
    except in the first days of the export, when nobody can tell. `all_new` treats every member as
    new, which finds more.
    """

    def __init__(
        self, fingerprints: Fingerprints, limits: WaveLimits, *, all_new: bool = False
    ) -> None:
        self.fingerprints = fingerprints
        self.limits = limits
        self._all_new = all_new
        self._windows: defaultdict[bytes, deque[Sighting]] = defaultdict(deque)
        self._hosts: dict[bytes, float] = {}
        self._members: dict[bytes, float] = {}
        self._begun: float | None = None

    def hear(self, ts: str, channel: str, user: str, text: str) -> list[Sighting]:
        """Return the messages that make a wave with this one; none if there is none."""
        taken = self.fingerprints.take(text, fewest_words=self.limits.words)
        member = self.fingerprints.member(user)
        latest = Sighting(ts, channel, member, taken.sketch, taken.hosts)
        is_new = self._is_new(member, latest.at)
        if not taken:
            return []
        begin = latest.at - self.limits.minutes * 60
        fresh = {host for host in taken.hosts if self._hosts.setdefault(host, latest.at) > begin}
        window = self._windows[_NEW if is_new and not taken.pasted else member]
        while window and window[0].at < begin:
            window.popleft()
        window.append(latest)
        return wave(latest, window, fresh, self.limits)

    def _is_new(self, member: bytes, at: float) -> bool:
        days = self.limits.new_days * _DAY
        if self._begun is None:
            self._begun = at
        if member not in self._members:
            # Members who write in the first days may have joined long before.
            self._members[member] = at if at > self._begun + days else at - days
        return self._all_new or self._members[member] > at - days


@dataclass(frozen=True, slots=True)
class Said:
    """A member's message in a public channel."""

    ts: str
    channel: str
    user: str
    text: str


@dataclass(slots=True)
class FoundWave:
    """A wave, as it grew."""

    messages: dict[tuple[str, str], Said] = field(default_factory=dict)


def find(said: Iterable[Said], replay: Replay) -> list[FoundWave]:
    """Return the waves in messages, which are in the order of their writing."""
    found: list[FoundWave] = []
    known: dict[tuple[str, str], Said] = {}
    of: dict[tuple[str, str], FoundWave] = {}
    for each in said:
        known[each.channel, each.ts] = each
        places = [
            (m.channel, m.ts) for m in replay.hear(each.ts, each.channel, each.user, each.text)
        ]
        if not places:
            continue
        its = next((of[place] for place in places if place in of), None)
        if its is None:
            found.append(its := FoundWave())
        for place in places:
            of[place] = its
            its.messages[place] = known[place]
    return found


def read(path: Path) -> list[Said]:
    """Return the messages of members in public channels, in the order of their writing.

    The file is Slack's export (its archive or its folder), or has a JSON object per line with
    `channel`, `user`, `ts` and `text`. Raise `GopherbotError` if it cannot be read.
    """
    try:
        if path.suffix == ".jsonl":
            lines = path.read_text("utf-8").splitlines()
            found = [decoding.decode(line, Exported) for line in lines if line.strip()]
            if not all(each.channel and isinstance(each.channel, str) for each in found):
                raise ValueError("a line has no `channel`")
        else:
            found = [each for each in exported(path, "") if each.channel_kind == "public"]
        said = [
            Said(str(each.ts), str(each.channel), each.user or "", parse(each.text or "")[0])
            for each in found
            if each.is_members()
        ]
        return sorted(said, key=lambda each: float(each.ts))
    except UNREADABLE as error:
        raise GopherbotError(f"{path} can't be read as an export: {error!r}") from None


@click.command("waves")
@click.argument("export", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The content folder. Default: GOPHER_CONTENT, or else this project's own.",
)
def command(export: Path, folder: Path | None) -> None:
    """Look for waves in EXPORT: Slack's export, or a .jsonl file with channel, user, ts and text.

    The limits are those of `[waves]` in moderation.toml, or the default. Members count as new for
    some days after their first message, but for those who write in the export's first days.
    """
    data = loader.load(folder or content_and_gateway()[0]).data
    limits = data.moderation.waves or WaveLimits()
    said = read(export)
    waves = find(said, Replay(Fingerprints("", hosts=data.linked_hosts()), limits))
    for each in waves:
        print("\n".join(_lines(list(each.messages.values()))), end="\n\n")
    print(f"{count(len(waves), 'wave')} in {len(said):,} messages.")


def _lines(messages: list[Said]) -> Iterator[str]:
    first, last = (float(messages[at].ts) for at in (0, -1))
    members, channels = ({getattr(m, what) for m in messages} for what in ("user", "channel"))
    yield (
        f"{datetime.fromtimestamp(first, UTC):%Y-%m-%d %H:%M} UTC: {len(messages)} messages in "
        f"{len(channels)} channels within {durations.words(max(1.0, last - first))}, "
        f"by {count(len(members), 'member')}"
    )
    for each in messages:
        text = "".join(c if c.isprintable() else " " for c in " ".join(each.text.split()))
        shown = f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text
        yield f"  #{each.channel} {each.ts} {each.user}: {shown}"
