"""The names and characters of the standard emoji, which every Slack workspace has.

emoji.json lists them in picker order. The names come from https://github.com/iamcal/emoji-data,
which Slack's clients are built from.
"""

import functools
import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).with_name("emoji.json")
_FORM: Final = re.compile(r"(?P<name>[a-z0-9_+'\-]{1,100})(?:::skin-tone-[2-6])?")


@functools.cache
def standard() -> Mapping[str, str]:
    """Return the character of each emoji by its name."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, str])


def is_known(emoji: str, custom: Container[str]) -> bool:
    """Return whether an emoji, ignoring its skin tone, is standard or in `custom`."""
    match = _FORM.fullmatch(emoji)
    return match is not None and (match["name"] in custom or match["name"] in standard())
