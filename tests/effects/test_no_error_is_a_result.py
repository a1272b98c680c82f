"""No failed call passes for a result: what a handler of errors in the bot's processes may do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import gopherbot

PACKAGE = Path(gopherbot.__file__).parent
TOOLS = ("cli.py", "commands", "dev", "explain", "testing.py")
"""What no process of the bot runs."""

BROAD = {"Exception", "BaseException", ""}
CATCHES_ALL = {
    "effects/executor.py": "a bug of a rule; errors of Redis and Slack are caught before it",
    "metrics/heartbeat.py": "it is logged, and the process stays in the registry",
    "rulebook/loader.py": "a content file is Python, and is loaded before any call",
    "rulebook/matching.py": "raised again when the rule acts",
    "web/http/gunicorn_worker.py": "the request is refused",
    "web/queue_writer.py": "it is logged, and every event of the batch is refused",
    "web/http/request_body.py": "the servers' errors for a broken body have no common type",
}

TELLS = {"warning", "error", "exception", "_kept", "_replace", "_note_rejection", "tell"}
"""What a handler calls to log a refusal, to keep what it concerns, or to tell the member."""
KEEPS_SILENT = {
    "actors/events/channel_changes.py": "the channel is gone again: there is no name to keep",
    "actors/interactions/reports.py": "a card shows the author's id instead of the name",
    "actors/watchers/community.py": "the channel is gone again: there is nothing to announce",
}


@cache
def handlers() -> list[tuple[str, ast.Try, ast.ExceptHandler]]:
    return list(read_handlers())


def read_handlers() -> Iterator[tuple[str, ast.Try, ast.ExceptHandler]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        path = file.relative_to(PACKAGE).as_posix()
        if path.startswith(TOOLS):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Try):
                for handler in node.handlers:
                    yield path, node, handler


def caught(handler: ast.ExceptHandler) -> set[str]:
    """Return the names of the errors that a handler catches; "" for all."""
    if handler.type is None:
        return {""}
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} | {
        node.attr for node in ast.walk(handler.type) if isinstance(node, ast.Attribute)
    }


def raises(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise)


def calls(handler: ast.ExceptHandler) -> set[str]:
    functions = [node.func for node in ast.walk(handler) if isinstance(node, ast.Call)]
    named = {each.attr for each in functions if isinstance(each, ast.Attribute)}
    return named | {each.id for each in functions if isinstance(each, ast.Name)}


def test_what_catches_every_error_raises_it_again_or_has_a_reason() -> None:
    found = {
        path for path, _, handler in handlers() if caught(handler) & BROAD and not raises(handler)
    }
    assert found <= CATCHES_ALL.keys()


def test_what_slack_rejects_is_told_or_kept() -> None:
    found = {
        path
        for path, _, handler in handlers()
        if "Rejected" in caught(handler)
        and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))
        and not calls(handler) & TELLS
    }
    assert found <= KEEPS_SILENT.keys()
