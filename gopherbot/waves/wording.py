"""What a message says, whatever its author did to make it look different. Pure.

Case, accents, lookalike and invisible characters, the order and the number of the letters within a
word, punctuation, emoji, mentions and addresses don't count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from string import ascii_lowercase
from urllib.parse import urlsplit

MOST_WORDS = 100
"""How much of a message is read: what a message costs must not grow with it."""
_MOST_CHARACTERS = 2_000
_MOST_HOSTS = 5

_LINK = re.compile(r"<?\b(https?://[^\s<>|]+)(?:\|([^<>|]*))?>?|<mailto:[^<>]*>", re.IGNORECASE)
_HOST = re.compile(r"[\w.-]+")
_NO_WORD = re.compile(r"<[@#!][^<>]*>|:[\w+-]+:")
# Code, quotations, and lines that look like what a tool prints: a message, an address, a setting.
# Possessive (`*+`), so that it takes no longer than a text is long.
_PASTED = re.compile(
    r"```[\s\S]*?(?:```|\Z)|`[^`\n]+`|^[ \t]*+(?:&gt;|[>$#] |(?:set )?\w+=|[\w./*]++\(.*\)$|"
    r"(?:--- )?FAIL\b|created by |go: |panic: |fatal: |(?:fatal )?error: |exit status \d|"
    r"goroutine \d|\[signal |.*(?:\.\w{1,4}:\d|\b0x[\da-f])).*$",
    re.MULTILINE | re.IGNORECASE,
)
_INVISIBLE = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u200b-\u200f\u2028-\u202e\u2060-\u206f\u20d0-\u20ff\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
# Punctuation within a word.
_WITHIN = re.compile(r"(?<=[^\W_])(?:[^\w\s]|_)+(?=[^\W_])")
# Scripts without spaces: each character counts as a word. One Latin letter doesn't: it may be
# part of a word that is spaced out.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]{2,40}")

# Letters and digits that pass for a Latin letter: Cyrillic, Armenian and others; Greek; small
# capitals; Cherokee.
_LOOKALIKES = {
    "a": "\u0430\u03b1\u0391@4\u1d00\u13aa",
    "b": "\u0432\u044c\u03b2\u03928\u0299\u13f4",
    "c": "\u0441\u03f2\u1d04\u13df",
    "d": "\u0501\u0111\u1d05\u13a0",
    "e": "\u0435\u0451\u0437\u0454\u03b5\u03953\u1d07\u13ac",
    "f": "\ua730\u0493\u13b0",
    "g": "\u0581\u02619\u0262\u13c0",
    "h": "\u043d\u04bb\u0570\u0127\u0397\u029c\u13bb",
    "j": "\u0458\u1d0a\u13ab",
    "k": "\u043a\u03ba\u039a\u1d0b\u13e6",
    "l": "\u0456\u04cf\u0131\u0142\u03b9\u03991iI\u026a\u029f\u13de\u13a5",
    "m": "\u043c\u039c\u1d0d\u13b7",
    "n": "\u043f\u0578\u03b7\u03bd\u039d\u0274\u13c1",
    "o": "\u043e\u0585\u00f8\u03bf\u039f0\u1d0f\u13be",
    "p": "\u0440\u03c1\u03a1\u1d18\u13e2",
    "q": "\u051b\ua7af\u01eb",
    "r": "\u0433\u0491\u0280\u13a1\u13d2",
    "s": "\u0455$5\ua731\u13da",
    "t": "\u0442\u03c4\u03a47\u1d1b\u13a2",
    "u": "\u057d\u03c5\u1d1c",
    "v": "\u1d20\u13d9",
    "w": "\u051d\u0448\u03c9\u1d21\u13b3",
    "x": "\u0445\u03c7\u03a7",
    "y": "\u0443\u03b3\u03a5\u028f\u13a9",
    "z": "\u1d22\u13c3",
}
_PLAIN = {
    ord(form): latin
    for latin, alike in _LOOKALIKES.items()
    for each in alike
    # A Greek capital may pass for another letter than its small form.
    for form in ({each} if "\u0370" < each < "\u0400" else {each, each.upper()[0], each.lower()})
} | {
    # White letters in black circles and squares, and those that make flags.
    first + place: "l" if letter == "i" else letter
    for first in (0x1F150, 0x1F170, 0x1F1E6)
    for place, letter in enumerate(ascii_lowercase)
}


def words(text: str) -> list[str]:
    """Return the words of a text with the letters of each in order, each letter once."""
    plain = _NO_WORD.sub(" ", _LINK.sub(_label, text[:_MOST_CHARACTERS]))
    if not plain.isascii():
        plain = _INVISIBLE.sub("", unicodedata.normalize("NFKD", plain))
    plain = plain.translate(_PLAIN).casefold()
    found = _WORD.findall(_WITHIN.sub("", plain))
    if len(plain) > 20 * len(found):  # Punctuation is what stands between the words.
        found = _WORD.findall(plain)
    return ["".join(sorted(set(word))) for word in found[:MOST_WORDS]]


def own(text: str) -> str:
    """Return a text without what its author seems to have pasted from elsewhere."""
    return _PASTED.sub(" ", text[:_MOST_CHARACTERS])


def hosts(text: str) -> list[str]:
    """Return the hosts of the first links in a text, without "www."."""
    found = (_host(link[1]) for link in _LINK.finditer(text[:_MOST_CHARACTERS]) if link[1])
    return list(dict.fromkeys(filter(None, found)))[:_MOST_HOSTS]


def _label(link: re.Match[str]) -> str:
    label = link[2] or ""
    return " " if "." in label and " " not in label else f" {label} "


def _host(address: str) -> str:
    try:
        # Browsers take a wide or a joined letter for the plain one, too.
        name = unicodedata.normalize("NFKC", urlsplit(address).hostname or "").casefold()
    except ValueError:
        return ""
    host = _HOST.match(name)
    return host[0].rstrip(".").removeprefix("www.") if host else ""


def parents(host: str) -> Iterator[str]:
    """Yield a host and the domains that it belongs to: a.example.org, example.org, org."""
    while host:
        yield host
        host = host.partition(".")[2]
