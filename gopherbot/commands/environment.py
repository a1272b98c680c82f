"""Finds the environment of the bot that a command is about, and reports errors of its Redis."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

from gopherbot.dev import running
from gopherbot.errors import GopherbotError
from gopherbot.storage.client import REDIS_ERRORS

_WHICH = ("REDIS_URL", "REDIS_TLS_URL", "HEROKU_APP_NAME", "DYNO")
"""The variables that say which bot is meant."""
_NONE = """\
No bot runs here: start one in another terminal with `make dev`, or set the variables of the one
that you mean (docs/settings.md)."""


def environ() -> MutableMapping[str, str]:
    """Return this process's environment; if that names no bot, with that of `gopherbot dev`'s."""
    if any(os.environ.get(name) for name in _WHICH):
        return os.environ
    found = running.environment()
    if not found:
        print(_NONE, file=sys.stderr)
        return os.environ
    print("About the bot that `gopherbot dev` runs here.", file=sys.stderr)
    return {**os.environ, **found}


@contextmanager
def redis_must_answer() -> Iterator[None]:
    """Raise `GopherbotError` instead of the errors of Redis."""
    try:
        yield
    except REDIS_ERRORS as error:
        raise GopherbotError(f"Redis does not answer ({error}): run `gopherbot check`.") from None
