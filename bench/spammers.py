"""A conversation of ordinary talk with waves of spam in it, and the spam edited as spammers do."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SPAM = Path(os.environ.get("BENCH_SPAM") or Path(__file__).with_name("spam.txt"))
MOST = 32
"""Of so many texts there are waves in a conversation."""
_LOOKALIKE = str.maketrans("aceopxyi", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456")
_LEET = str.maketrans("aeios", "43105")
_INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad\ufeff"
_HELLOS = (
    "Hi all! ",
    "Good day, ",
    "hello everybody, ",
    "\U0001f525\U0001f525 ",
    "*Attention* ",
    "",
)
_GOODBYES = ("", " :rocket::rocket:", " Thank you!", " #hiring #remote", "\n\n.")
_WORD = re.compile(r"(?<![\w./:@])[^\W\d_]{2,}(?![\w./:@])")
_ADDRESS = re.compile(r"<https://[^>]+>")

Edit = Callable[[str, random.Random], str]


@dataclass(frozen=True, slots=True)
class Post:
    """A message, and the number of the wave that it belongs to, if any."""

    at: float
    channel: str
    user: str
    text: str
    wave: int | None = None

    @property
    def ts(self) -> str:
        """Slack's timestamp."""
        return f"{self.at:.6f}"


def texts(path: Path = SPAM) -> list[str]:
    """Return the messages of a file with one a line."""
    lines = path.read_text("utf-8").splitlines()
    return [line.replace("↵", "\n") for line in lines if line and not line.startswith("# ")]


def _some(change: Callable[[str, random.Random], str], share: float) -> Edit:
    """Return an edit that changes this share of a text's words, and no address."""

    def edit(text: str, chance: random.Random) -> str:
        def word(found: re.Match[str]) -> str:
            return change(found[0], chance) if chance.random() < share else found[0]

        return _WORD.sub(word, text)

    return edit


def _swapped(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _stuffed(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + chance.choice(_INVISIBLE) + word[at:]


def _case(text: str, chance: random.Random) -> str:
    return chance.choice((str.upper, str.lower, str.title))(text)


def _other_links(text: str, chance: random.Random) -> str:
    return _ADDRESS.sub(
        lambda _: f"<https://{chance.randrange(10**9):x}.example/{chance.random()}>", text
    )


def _around(text: str, chance: random.Random) -> str:
    return f"{chance.choice(_HELLOS)}{text}{chance.choice(_GOODBYES)}"


EDITS: dict[str, Edit] = {
    "no edit": lambda text, _: text,
    "changed case": _case,
    "swapped letters in a third of the words": _some(_swapped, 1 / 3),
    "invisible characters in half of the words": _some(_stuffed, 1 / 2),
    "lookalike letters in half of the words": _some(
        lambda word, _: word.translate(_LOOKALIKE), 1 / 2
    ),
    "digits for letters in a third of the words": _some(
        lambda word, _: word.translate(_LEET), 1 / 3
    ),
    "doubled letters in a third of the words": _some(lambda word, _: word + word[-1] * 2, 1 / 3),
    "a tenth of the words left out": _some(lambda _word, _chance: "", 1 / 10),
    "another link each time": _other_links,
    "another greeting and ending each time": _around,
}


def edited(text: str, names: list[str], chance: random.Random) -> str:
    """Return a text after these edits, one after the other."""
    for name in names:
        text = EDITS[name](text, chance)
    return text


def wave(
    number: int, text: str, names: list[str], at: float, chance: random.Random, *, members: int = 1
) -> Iterator[Post]:
    """Yield a wave: 4 to 8 posts in as many channels within five minutes."""
    channels = chance.sample(range(40), chance.randint(4, 8))
    for place, channel in enumerate(channels):
        user = f"spammer {number}.{place % members}"
        said = edited(text, names, chance)
        yield Post(at + chance.uniform(0, 300), f"channel {channel}", user, said, number)


def talk(lines: Sequence[str], chance: random.Random, *, begin: float) -> Iterator[Post]:
    """Yield ordinary talk: each line once, one every three seconds, by 150 members in 40 channels.

    One in fifty is said in two channels, and one in a hundred in three.
    """
    for number, said in enumerate(chance.sample(lines, len(lines))):
        at, user = begin + 3 * number + chance.random(), f"member {chance.randrange(150)}"
        copies = chance.choices((1, 2, 3), (97, 2, 1))[0]
        for channel in chance.sample(range(40), copies):
            yield Post(at, f"channel {channel}", user, said)
            at += chance.uniform(5, 60)
