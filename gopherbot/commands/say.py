"""`gopherbot say`: sends a member's message to the bot, and shows what the bot did with it."""

from __future__ import annotations

import re
import sys
import time
from functools import partial
from typing import Any

import click
from rich.console import Console

from gopherbot.dev import running
from gopherbot.errors import GopherbotError
from slack_simulator.client import (
    DEFAULT_URL,
    SimulatorClient,
    SimulatorClientError,
    SimulatorUnreachable,
)

WAIT_SECONDS = 10.0
_AFTERWARDS_SECONDS = 0.3
_CHANNEL = re.compile(r"<#(?P<id>\w+)>")
_NOT_OVER = (None, "retry")
"""Logged outcomes after which the bot still works on an event."""


@click.command("say")
@click.argument("words", nargs=-1, required=True, metavar="TEXT…")
@click.option("--channel", default="general", show_default=True, help="A channel's name, or dm.")
@click.option("--user", default="regular", show_default=True, help="The member who says it.")
@click.option("--thread", default=None, help="The ts of the thread's first message.")
@click.option(
    "--simulator",
    envvar="SLACK_SIMULATOR_URL",
    help="The simulator's address. Default: SLACK_SIMULATOR_URL, or else that of `make dev`.",
)
def command(
    words: tuple[str, ...], channel: str, user: str, thread: str | None, simulator: str | None
) -> None:
    """Say TEXT as a member of the simulated Slack, and print what the bot does."""
    text = " ".join(words)
    if not text.strip():
        raise click.BadParameter("say something", param_hint="TEXT")
    address = simulator or running.environment().get("SLACK_SIMULATOR_URL", DEFAULT_URL)
    try:
        with SimulatorClient(address) as client:
            state = client.state()
            start = state["seq"]
            if channel != "dm":
                named = [each for each in state["channels"] if each["kind"] in ("channel", "group")]
                _know("channel", channel.removeprefix("#"), named)
            _know("member", user, state["users"])
            place = f"@{user}" if channel == "dm" else channel
            said = client.say(text, place, user, thread)
            entries = _follow(client, start, said)
            _print(said, entries, {c["id"]: c["name"] for c in client.state()["channels"]})
            health = client.health()
            if problem := health.get("problem") or (health["last_error"] or {}).get("text"):
                click.echo(f"The bot has a problem. {problem}", err=True)
    except SimulatorUnreachable:
        raise GopherbotError(
            f"No simulator answers at {address}: start the bot with `make dev`, or name the "
            "address of its page with --simulator."
        ) from None
    except SimulatorClientError as error:
        raise GopherbotError(f"Slack would refuse it: {error}") from None


def _know(kind: str, name: str, known: list[dict[str, Any]]) -> None:
    """Raise `GopherbotError` unless one of `known` has this name or id."""
    names = sorted(each["name"] for each in known if each["name"])
    if name not in names and all(name != each["id"] for each in known):
        raise GopherbotError(f"There is no {kind} {name!r} here, but {', '.join(names)}.")


def _follow(client: SimulatorClient, after: int, said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the feed's entries since the message, until its event is handled."""
    deadline = time.monotonic() + WAIT_SECONDS
    entries: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        news = client.feed(after, wait=min(0.5, max(0.0, deadline - time.monotonic())))
        entries += news
        after = news[-1]["seq"] if news else after
        done = [e for e in entries if e["kind"] == "trace" and _ends(e, said["event_ids"][0])]
        if done and not news:
            break
        if done:
            deadline = min(deadline, time.monotonic() + _AFTERWARDS_SECONDS)
    return entries


def _ends(entry: dict[str, Any], event_id: str) -> bool:
    return entry.get("event_id") == event_id and entry.get("outcome") not in _NOT_OVER


def _belongs(entry: dict[str, Any], said: dict[str, Any]) -> bool:
    """Return whether the bot did this because of what was said: it may post news meanwhile."""
    if not entry.get("by_bot"):
        return False
    if entry["kind"] == "reaction":
        return bool(entry["ts"] == said["ts"])
    if entry["kind"] == "message":
        payload = (entry["message"].get("metadata") or {}).get("event_payload", {})
        return payload.get("event_id") in said["event_ids"]
    # An ephemeral message has no metadata.
    return bool(entry["kind"] == "ephemeral")


def _print(said: dict[str, Any], entries: list[dict[str, Any]], names: dict[str, str]) -> None:
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    did = [entry for entry in entries if _belongs(entry, said)]
    for line in map(_in_words, did):
        # As Slack shows it: this terminal would turn words between colons into emoji.
        console.print(_CHANNEL.sub(partial(_named, names), line), markup=False, emoji=False)
    if not any(_ends(entry, said["event_ids"][0]) for entry in entries):
        console.print(f"No reply or reaction within {WAIT_SECONDS:.0f} s.")
    elif not did:
        console.print("The bot handled it and had nothing to say or add.")
    console.print(f"(ts {said['ts']}, event {said['event_ids'][0]})", style="dim")


def _named(names: dict[str, str], match: re.Match[str]) -> str:
    return f"#{names[match['id']]}" if match["id"] in names else match[0]


def _in_words(entry: dict[str, Any]) -> str:
    """Return in words the reaction or message that the bot added."""
    if entry["kind"] == "reaction":
        return f"reacted :{entry['emoji']}:"
    message = entry["message"]
    texts = [message.get("text", "")]
    texts += [attachment.get("text", "") for attachment in message.get("attachments") or ()]
    where = f"#{entry.get('channel_name')}" if entry.get("channel_name") else "a DM"
    thread = ", in the thread" if message.get("thread_ts") else ""
    only = ", only for the asker" if entry["kind"] == "ephemeral" else ""
    return f"said in {where}{thread}{only}:\n" + "\n".join(_indented(t) for t in texts if t)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
