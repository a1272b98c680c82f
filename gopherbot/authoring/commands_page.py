"""The page of everything the bot reacts to, made of the rules themselves: `docs/commands.md`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gopherbot.actors import table
from gopherbot.authoring.explain import answer
from gopherbot.router import (
    ChannelJoin,
    Command,
    Contains,
    Dynamic,
    Prefix,
    Reaction,
    Rule,
    TeamJoin,
    fold,
)
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.matching import AnyRule
from gopherbot.status import durations


def page(book: LoadedContent) -> str:
    """Return the page, in Markdown."""
    return "\n".join(_sections(book)) + "\n"


def _sections(book: LoadedContent) -> Iterator[str]:
    bot = f"@{book.data.workspace.bot}"
    yield "# What the bot knows\n"
    yield "<!-- Made by `gopherbot docs` from the rules themselves: do not edit it by hand. -->\n"
    yield f"Try any of it without Slack: `gopherbot explain '{bot} go tour'`.\n"
    yield "## Commands\n"
    yield (
        f"Mention the bot with one of these and nothing else, as in `{bot} go tour`, or write it "
        "to the bot directly. Upper and lower case are the same.\n"
    )
    yield from _table(
        ("Write", "or", "to get", "which holds"), map(_command, _sorted(book.rules.of(Command)))
    )
    yield "## At the start of a message\n"
    yield "The bot need not be mentioned, unless it says so.\n"
    prefixes = map(_prefix, _sorted(book.rules.of(Prefix)))
    yield from _table(("Begin with", "to get", "for example"), prefixes)
    yield "## Reactions\n"
    yield "Emoji for messages that contain a text anywhere.\n"
    reactions = (_reaction(book, rule) for rule in book.rules.of(Reaction))
    yield from _table(("A message with", "gets", "when"), reactions)
    yield "## Replies to what is said\n"
    replies = (_contains(book, rule) for rule in book.rules.of(Contains))
    yield from _table(("A message with", "is answered"), replies)
    yield "## By itself\n"
    yield from (f"- **{rule.trigger}**: {rule.help}" for rule in _sorted(book.rules.of(Dynamic)))
    yield from (_welcome("the workspace") for _ in book.rules.of(TeamJoin))
    yield from (_welcome(f"#{rule.trigger}") for rule in book.rules.of(ChannelJoin))
    yield "\n## Every so often\n"
    yield "What watches another service runs only if `watchers.toml` has a table of its name.\n"
    yield from _table(("Job", "every", "what it does"), map(_job, table.JOBS))
    yield "## What it hears from Slack\n"
    events = (row for row in table.EVENT_ACTORS if row.subscriptions)
    yield from _table(("Event", "dropped when older than", "what it does"), map(_event, events))


def _sorted(rules: Iterable[AnyRule]) -> list[AnyRule]:
    return sorted(rules, key=lambda rule: fold(rule.trigger))


def _command(rule: Command) -> tuple[str, ...]:
    return _code(rule.trigger), _codes(rule.aliases), rule.help, _shown(rule)


def _prefix(rule: Prefix) -> tuple[str, ...]:
    written = rule.example[0] if rule.example else rule.trigger
    addressed = " (only when the bot is addressed)" if rule.addressed else ""
    return _code(rule.trigger.strip()), rule.help + addressed, f"{_code(written)} → {_shown(rule)}"


def _shown(rule: Rule) -> str:
    """Return what an example's answer holds: a link, or some of its words."""
    holds = rule.example[1] if rule.example else ""
    if "://" in holds:
        return holds
    return f"{holds} …" if len(holds) > 3 else ""


def _reaction(book: LoadedContent, rule: Reaction) -> tuple[str, ...]:
    emoji = answer(book, rule, rule.trigger).emoji
    when = "only if the bot is addressed" if rule.addressed else ""
    if rule.one_in > 1:
        when = f"once in {rule.one_in} times, by chance"
    return _codes(rule.triggers), _codes(f":{name}:" for name in emoji), when


def _contains(book: LoadedContent, rule: Contains) -> tuple[str, ...]:
    replies = answer(book, rule, rule.trigger).replies
    return _codes(rule.triggers), " ".join(said.text for said in replies)


def _welcome(where: str) -> str:
    return f"- **Welcome**: greets members who join {where}"


def _job(job: table.Job) -> tuple[str, ...]:
    return _code(job.name), durations.words(job.every), job.help


def _event(row: table.EventActor) -> tuple[str, ...]:
    return _codes(row.subscriptions), durations.words(row.max_age), row.help


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row("---" for _ in head)
    yield from map(_row, rows)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(map(_code, texts))


def _code(text: str) -> str:
    return f"`{text}`"
