"""Two versions of the bot, each in a process of its own with its own code and content."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import IO, cast

import msgspec

from gopherbot import decoding
from gopherbot.errors import GopherbotError
from gopherbot.explain import runner
from gopherbot.explain.corpus import Line
from gopherbot.explain.noise import Answers
from gopherbot.explain.runner import Costs, Deed
from gopherbot.settings import CONTENT_FOLDER

TIMEOUT_SECONDS = 300.0
"""Seconds that a version may take for all lines."""
_PACKAGE = "gopherbot"
_CODE = (_PACKAGE, "glossary")
_RUNNER = Path(_PACKAGE, "explain", "runner.py")


@dataclass(frozen=True, slots=True)
class Version:
    """The code and the content of a commit, or of the working tree."""

    name: str
    root: Path
    """The folder with the package `gopherbot`."""
    folder: Path
    """The content folder."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a version does with the lines."""

    problems: tuple[str, ...] = ()
    """Why it doesn't start."""
    answers: Answers = field(default_factory=dict)
    costs: Costs = field(default_factory=Costs)


def working_tree(folder: Path) -> Version:
    """Return the version that is being edited."""
    return Version("the working tree", CONTENT_FOLDER.parents[1], folder.resolve())


@contextmanager
def commit(ref: str | None, folder: Path) -> Iterator[Version]:
    """Yield the version of a commit in a folder of its own; by default, the last release or main.

    The repository is the content folder's. If it doesn't hold the bot's code as well, only the
    content differs. Raise `GopherbotError` if there is no such commit.
    """
    folder = folder.resolve()
    root = Path(_git(folder, "rev-parse", "--show-toplevel").strip().decode())
    name = ref or _last_release(root)
    full = f"{name}^{{commit}}"
    try:
        sha = _git(root, "rev-parse", "--verify", "--end-of-options", full).strip().decode()
    except GopherbotError as error:
        raise GopherbotError(f"{error}: fetch {name}, or run `gopherbot diff REF`") from None
    has = _git(root, "ls-tree", "--name-only", sha).decode().splitlines()
    if not _git(root, "ls-tree", sha, str(folder.relative_to(root))):
        raise GopherbotError(f"{name} has no {folder.relative_to(root)}: name a commit that has it")
    needed = [*(name for name in _CODE if name in has), str(folder.relative_to(root))]
    with TemporaryDirectory(prefix="gopherbot-diff-") as tree:
        with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", sha, *needed))) as archive:
            archive.extractall(tree, filter="data")
        own = (Path(tree) / _PACKAGE / "__init__.py").is_file()
        code = Path(tree) if own else CONTENT_FOLDER.parents[1]
        yield Version(f"{name} ({sha[:9]})", code, Path(tree) / folder.relative_to(root))


def behaviours(
    versions: Sequence[Version], lines: Sequence[Line]
) -> tuple[list[Line], list[Behaviour]]:
    """Try the versions on the lines and on what their own content is meant to do, side by side.

    Return all these lines, and what each version does with them.
    """
    with ThreadPoolExecutor(len(versions)) as pool:
        runs = [_Run(version) for version in versions]
        loaded = list(pool.map(_Run.load, runs))
        lines = [*lines, *dict.fromkeys(line for each in loaded for line in each)]
        asked = msgspec.json.Encoder().encode_lines(lines)
        return lines, list(pool.map(lambda run: run.answer(asked), runs))


class _Run:
    """A version's process: `explain/runner.py`."""

    def __init__(self, version: Version) -> None:
        own = version.root / _RUNNER
        protocol = f"\nPROTOCOL = {runner.PROTOCOL}\n".encode()
        is_own = own.is_file() and protocol in own.read_bytes()
        self._process = subprocess.Popen(
            # Without `-P`, the runner's folder would come before the version's.
            [
                *(sys.executable, "-P", str(own if is_own else runner.__file__)),
                str(version.folder),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(version.root)},
        )
        self._timer = Timer(TIMEOUT_SECONDS, self._process.kill)
        self._timer.daemon = True
        self._timer.start()
        self._problems: list[str] = []

    def load(self) -> list[Line]:
        """Wait until the content is loaded. Return what leads to what it's meant to do."""
        printed = cast(IO[bytes], self._process.stdout)
        if first := printed.readline():
            self._problems = decoding.decode(first, list[str])
        if not first or self._problems:
            return []
        return decoding.decode(printed.readline() or b"[]", list[Line])

    def answer(self, asked: bytes) -> Behaviour:
        """Return what it does with the lines, and end it."""
        printed, _ = self._process.communicate(b"" if self._problems else asked)
        in_time = self._timer.is_alive()
        self._timer.cancel()
        if self._problems:
            return Behaviour(tuple(self._problems))
        if not in_time:
            return Behaviour((f"it took more than {TIMEOUT_SECONDS:.0f} s for the lines",))
        if self._process.returncode:
            status = self._process.returncode
            return Behaviour((f"its code ended with status {status}: see above",))
        try:
            *rest, last = printed.splitlines()
            found = (decoding.decode(line, tuple[int, bool, list[Deed]]) for line in rest)
            answers = {number: (addressed, deeds) for number, addressed, deeds in found}
            return Behaviour((), answers, decoding.decode(last, Costs))
        except (ValueError, *decoding.UNREADABLE):
            return Behaviour(("its code ended early: see above",))


def _last_release(root: Path) -> str:
    for names in (("describe", "--tags", "--abbrev=0", "--match", "v*"), ("rev-parse", "main")):
        try:
            found = _git(root, *names).strip().decode()
        except GopherbotError:
            continue
        return found if names[0] == "describe" else "main"
    return "origin/main"


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            # In a hook, git sets some that name another repository.
            env={key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise GopherbotError("`gopherbot diff` needs git, which isn't installed") from None
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise GopherbotError(f"git {arguments[0]}: {why}")
    return done.stdout
