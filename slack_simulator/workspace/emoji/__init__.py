"""The names of the emoji that every workspace of Slack's has, and the characters they stand for.

emoji.json holds them in the order in which pickers show them. The names are those of
https://github.com/iamcal/emoji-data, the list that Slack's clients are built from.
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
    """Return every name with its character."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, str])


def is_known(emoji: str, custom: Container[str]) -> bool:
    """Whether an emoji, perhaps with a skin tone, is a standard one or among the `custom` ones."""
    match = _FORM.fullmatch(emoji)
    return match is not None and (match["name"] in custom or match["name"] in standard())
