"""What the page asks of the bot's own commands: why something happened, and what a change does."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Protocol

import msgspec

from gopherbot.dev.bot import LocalBot
from gopherbot.dev.explainer import Explainer
from gopherbot.dev.procfile import ROOT, base_environment
from gopherbot.errors import GopherbotError

TIMEOUT_SECONDS = 120.0
"""Seconds that a command may take."""
Json = dict[str, Any]


class Tree(Protocol):
    """The code and the content of a commit."""

    @property
    def root(self) -> Path: ...

    @property
    def folder(self) -> Path: ...


class Extensions:
    """The simulator's extensions `explain`, `compare` and `why`; a context manager.

    `commit` yields the tree that `gopherbot diff` compares with.
    """

    def __init__(
        self,
        bot: LocalBot,
        explainer: Explainer,
        commit: Callable[[], AbstractContextManager[Tree]],
    ) -> None:
        self._bot = bot
        self._explainer = explainer
        self._commit = commit
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._before: Explainer | None = None

    def __enter__(self) -> Extensions:
        extensions = self._bot.slack.extensions
        extensions.explain, extensions.compare, extensions.why = self, self.compare, self.why
        return self

    def __exit__(self, *exc: object) -> None:
        self._forget()

    def __call__(self, question: Json) -> Json:
        """Return what the bot would do, or would have done before its files were changed."""
        if not question.get("before"):
            return self._explainer(question)
        try:
            return self._explainer_before()(question)
        except GopherbotError as error:
            return {"problems": [str(error)]}

    def version(self) -> str:
        """Return a string that changes with the content."""
        return self._explainer.version()

    def compare(self) -> Json:
        """Return what `gopherbot diff` finds. Raise `ValueError` if it can't compare."""
        self._forget()  # There may be a newer commit.
        return self._tool("diff", "--json", "--folder", str(self._explainer.folder))

    def why(self, message: Json) -> Json:
        """Return what `gopherbot why` says about a message. Raise `ValueError` if it can't."""
        # Without a token, it doesn't look into Slack: the calls would be part of the story.
        found = self._tool(
            "why", message["channel"], message["ts"], "--json", GOPHER_SLACK_BOT_ACCESS_TOKEN=""
        )
        return {**found["story"], "now": list(self._now(message))}

    def _now(self, message: Json) -> list[str]:
        """Return in words what the rules would do with a member's message now."""
        workspace = self._bot.slack.workspace
        found = workspace.message(message["channel"], message["ts"])
        if found.user is None or found.user == workspace.bot.id:
            return []
        place = workspace.conversation(message["channel"])
        question = {
            "text": found.text,
            "bot": workspace.bot.id,
            "channel": place.name,
            "kind": place.kind,
            "user": workspace.user(found.user).name,
        }
        answer = self._explainer(question)
        fires = ", ".join(each["rule"].strip() for each in answer.get("outcomes", ()))
        near = (
            f"nearly fires: {each['rule'].strip()}: {each['why']}"
            for each in answer.get("near", ())
        )
        plain = f"@{workspace.bot.name}"
        hint = [f"{plain} is plain text here, not a mention"] if plain in found.text else []
        return [*hint, f"fires: {fires}" if fires else "no rule fires", *near]

    def _tool(self, *arguments: str, **more: str) -> Json:
        """Run one of the bot's commands in the current code, and return the JSON that it prints."""
        try:
            done = subprocess.run(
                [sys.executable, "-m", "gopherbot", *arguments],
                cwd=ROOT,
                env={**base_environment(), **self._bot.environment, **more},
                capture_output=True,
                check=False,
                timeout=TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise ValueError(f"it took more than {TIMEOUT_SECONDS:.0f} s") from None
        try:
            found: Json = msgspec.json.decode(done.stdout, type=dict[str, Any])
        except msgspec.DecodeError:
            raise ValueError(done.stderr.decode(errors="replace").strip()) from None
        return found

    def _explainer_before(self) -> Explainer:
        with self._lock:
            if self._before is None:
                tree = self._stack.enter_context(self._commit())
                self._before = self._stack.enter_context(Explainer(tree.folder, tree.root))
            return self._before

    def _forget(self) -> None:
        with self._lock:
            self._before = None
            self._stack.close()
