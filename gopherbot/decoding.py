"""Decodes JSON into the shapes that modules define as `msgspec.Struct`s, in any thread.

msgspec 0.22 initializes a struct's metadata on first use, and not thread-safely: a second thread
reads a null pointer, and the process dies of SIGSEGV (6 of 10 workers that started on a backlog
with `sys.setswitchinterval(1e-6)`). So a single thread prepares each shape here before any uses it.
"""

from __future__ import annotations

import re
import threading
from typing import Any, TypeVar

import msgspec

Shape = TypeVar("Shape")

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""The errors of `decode`."""

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
"""An escape in JSON. The group is half of a surrogate pair that stands alone."""

_lock = threading.Lock()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def decode(data: bytes | str | msgspec.Raw, shape: type[Shape]) -> Shape:
    """Return JSON as `shape`. Raise one of `UNREADABLE`."""
    decoder: msgspec.json.Decoder[Shape] = _decoders.get(shape) or _prepare(shape)
    return decoder.decode(data)


def convert(value: object, shape: type[Shape]) -> Shape:
    """Return a parsed value, such as that of a TOML file, as `shape`. Raise `ValidationError`."""
    _decoders.get(shape) or _prepare(shape)
    return msgspec.convert(value, shape)


def _prepare(shape: Any) -> msgspec.json.Decoder[Any]:
    with _lock:
        if shape not in _decoders:
            _decoders[shape] = msgspec.json.Decoder(shape)
        return _decoders[shape]


def without_lone_surrogates(data: bytes) -> bytes:
    """Return JSON in which U+FFFD replaces halves of surrogate pairs, which msgspec rejects."""
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], data)
