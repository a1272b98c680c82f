"""Explains Python's errors in content files, in words for a Go programmer."""

from __future__ import annotations

import traceback
from pathlib import Path

_REMEDIES: tuple[tuple[type[BaseException], str], ...] = (
    (TabError, "it mixes tabs and spaces: indent with four spaces everywhere"),
    (
        IndentationError,
        "the indentation is wrong: Python groups lines by it, as Go does by braces",
    ),
    (
        SyntaxError,
        "Python cannot read this line or the one before: look for a missing : ) or quote",
    ),
    (ModuleNotFoundError, "there is no such module: check the import's spelling"),
    (ImportError, "that module has no such name: check the import's spelling"),
    (NameError, "import it, or check its spelling"),
)


def in_words(error: BaseException, file: Path) -> tuple[str, int]:
    """Return the error with its remedy, and its line in `file`; 0 if it was raised elsewhere."""
    line, code = _place(error, file)
    remedy = next((words for kind, words in _REMEDIES if isinstance(error, kind)), "")
    what = error.msg if isinstance(error, SyntaxError) else str(error)
    if not isinstance(error, SyntaxError | NameError | ImportError | TypeError):
        what = f"{type(error).__name__}: {what}"
    place = f"line {line}: `{code.strip()}`: " if line and code.strip() else ""
    return f"{place}{what}{f'; {remedy}' if remedy else ''}", line


def _place(error: BaseException, file: Path) -> tuple[int, str]:
    if isinstance(error, SyntaxError) and _is(error.filename, file):
        return error.lineno or 0, error.text or ""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is(f.filename, file)]
    return (frames[-1].lineno or 0, frames[-1].line or "") if frames else (0, "")


def _is(name: str | None, file: Path) -> bool:
    return bool(name) and Path(str(name)).resolve() == file.resolve()
