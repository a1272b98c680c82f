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

import msgspec

from gopherbot import decoding
from gopherbot.errors import GopherbotError
from gopherbot.explain import replay
from gopherbot.explain.corpus import Line
from gopherbot.explain.noise import Answers
from gopherbot.explain.replay import Costs, Deed
from gopherbot.settings import CONTENT_FOLDER

PATIENCE = 300.0
"""Seconds that a version may take for all lines."""
_PACKAGE = "gopherbot"
_RUNNER = Path(_PACKAGE, "explain", "replay.py")


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
    sha = _git(root, "rev-parse", "--verify", "--end-of-options", full).strip().decode()
    with TemporaryDirectory(prefix="gopherbot-diff-") as tree:
        with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", sha))) as archive:
            archive.extractall(tree, filter="data")
        own = (Path(tree) / _PACKAGE / "__init__.py").is_file()
        code = Path(tree) if own else CONTENT_FOLDER.parents[1]
        yield Version(f"{name} ({sha[:9]})", code, Path(tree) / folder.relative_to(root))


def behaviours(versions: Sequence[Version], lines: Sequence[Line]) -> list[Behaviour]:
    """Return what each version does with the lines. The versions run side by side."""
    asked = msgspec.json.Encoder().encode_lines(lines)
    with ThreadPoolExecutor(len(versions)) as pool:
        return list(pool.map(lambda version: _behaviour(version, asked), versions))


def _behaviour(version: Version, asked: bytes) -> Behaviour:
    own = version.root / _RUNNER
    runner = own if own.is_file() else Path(replay.__file__)
    try:
        done = subprocess.run(
            # Without `-P`, the runner's folder would come before the version's.
            [sys.executable, "-P", str(runner), str(version.folder)],
            input=asked,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(version.root)},
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Behaviour((f"it took more than {PATIENCE:.0f} s for the lines",))
    first, *rest = done.stdout.splitlines() or [b""]
    if done.returncode or not first:
        return Behaviour((f"its code ended with status {done.returncode}: see above",))
    if problems := decoding.decode(first, list[str]):
        return Behaviour(tuple(problems))
    found = (decoding.decode(line, tuple[int, bool, list[Deed]]) for line in rest[:-1])
    answers = {number: (addressed, deeds) for number, addressed, deeds in found}
    return Behaviour((), answers, decoding.decode(rest[-1], Costs))


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
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError:
        raise GopherbotError("`gopherbot diff` needs git, which isn't installed") from None
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise GopherbotError(f"git {arguments[0]}: {why}")
    return done.stdout
