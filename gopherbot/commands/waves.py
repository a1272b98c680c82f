"""`gopherbot waves EXPORT`: looks for waves of one message in what members have said so far.

So moderators see what `[waves]` in `moderation.toml` would have told them, before it's switched on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import click

from gopherbot.errors import GopherbotError
from gopherbot.rulebook import loader
from gopherbot.settings import content_and_gateway
from gopherbot.slack.markup import parse
from gopherbot.status import durations
from gopherbot.waves.detection import WaveLimits
from gopherbot.waves.fingerprints import Fingerprints
from gopherbot.waves.replay import Replay

_SUBTYPES = frozenset({None, "", "thread_broadcast", "file_share"})
_SHOWN = 70


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
        wave = next((of[place] for place in places if place in of), None)
        if wave is None:
            found.append(wave := FoundWave())
        for place in places:
            of[place] = wave
            wave.messages[place] = known[place]
    return found


def read(path: Path) -> list[Said]:
    """Return the messages of members in public channels, in the order of their writing.

    The file is Slack's export (its archive or its folder), or has a JSON object per line with
    `channel`, `user`, `ts` and `text`. Raise `GopherbotError` if it cannot be read.
    """
    try:
        if path.suffix == ".jsonl":
            lines = path.read_text("utf-8").splitlines()
            found = [_said(json.loads(line), "") for line in lines if line.strip()]
        else:
            found = list(_export(path))
        return sorted((each for each in found if each), key=lambda each: float(each.ts))
    except (OSError, BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GopherbotError(f"{path} can't be read as an export: {error!r}") from None


def _export(path: Path) -> Iterator[Said | None]:
    """Yield the messages of an export: https://slack.com/help/articles/220556107."""
    private: set[str] = set()
    days: list[tuple[str, Any]] = []
    for name, content in _files(path):
        channel, _, file = name.rpartition("/")
        if file in ("groups.json", "dms.json", "mpims.json"):
            private |= {str(one.get(key)) for one in content for key in ("id", "name")}
        elif channel and isinstance(content, list):
            days.append((channel.rpartition("/")[2], content))
    for channel, messages in days:
        if channel not in private:
            yield from (_said(message, channel) for message in messages)


def _files(path: Path) -> Iterator[tuple[str, Any]]:
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            yield file.relative_to(path).as_posix(), json.loads(file.read_bytes())
    else:
        with ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".json"):
                    yield name, json.loads(archive.read(name))


def _said(message: dict[str, Any], channel: str) -> Said | None:
    user, text = message.get("user"), message.get("text")
    if message.get("subtype") not in _SUBTYPES or message.get("bot_id") or not user or not text:
        return None
    return Said(str(message["ts"]), channel or str(message["channel"]), str(user), parse(text)[0])


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
    for wave in waves:
        print("\n".join(_lines(list(wave.messages.values()))), end="\n\n")
    many = "1 wave" if len(waves) == 1 else f"{len(waves)} waves"
    print(f"{many} in {len(said):,} messages.")


def _lines(messages: list[Said]) -> Iterator[str]:
    first, last = (float(messages[at].ts) for at in (0, -1))
    members, channels = ({getattr(m, what) for m in messages} for what in ("user", "channel"))
    by = "1 member" if len(members) == 1 else f"{len(members)} members"
    yield (
        f"{datetime.fromtimestamp(first, UTC):%Y-%m-%d %H:%M} UTC: {len(messages)} messages in "
        f"{len(channels)} channels within {durations.words(max(1.0, last - first))}, by {by}"
    )
    for each in messages:
        text = "".join(c if c.isprintable() else " " for c in " ".join(each.text.split()))
        shown = f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text
        yield f"  #{each.channel} {each.ts} {each.user}: {shown}"
