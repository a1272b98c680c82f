"""The commands, one module each: what it does above, its options and what it prints below."""

from __future__ import annotations

import sys

COMMANDS = {
    "dev": "run the whole bot on this machine, with a simulated Slack",
    "say": "send a message to the bot that `gopherbot dev` runs, and show what it does",
    "explain": "show what the bot would do with a message, and why, without sending anything",
    "diff": "show what the bot would do differently from a commit, and how much it does unasked",
    "new": "make a folder of content for the bot of another community",
    "lint": "check everything the bot says, and say how to fix what is wrong",
    "docs": "write the page of all commands, or check that it is up to date",
    "check": "check configuration, Redis, Slack and services, and say what to do",
    "status": "show the running bot's health: queues, processes, the last hour, the probe",
    "usage": "show which answers help and which words find nothing, in numbers without names",
    "why": "explain what happened to a message: by its link, its channel and ts, or the event's id",
    "waves": "look for waves of one and the same message in an export of your Slack",
    "dead": "list, show, retry or drop dead letters: events that could not be processed",
    "manifest": "print the manifest for creating the Slack app",
    "all": "run gateway, worker and scheduler together, for one small dyno",
}

_WIDEST = 1000


def width() -> int | None:
    """Return the width for a `Console`: whatever reads a pipe reads lines, so none is cut there."""
    return None if sys.stdout.isatty() else _WIDEST
