"""Says in words what is wrong with a content file in Python, for people who write Go. Pure."""

from __future__ import annotations

import re
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
    (AttributeError, "check its spelling"),
)
_PYTHONS_NAMES = {
    "true": "True",
    "false": "False",
    "nil": "None",
    "null": "None",
    "append": "items.append(item)",
    "const": "name = value",
    "error": "Exception",
    "errors": 'raise ValueError("…")',
    "float64": "float",
    "fmt": 'f"…{value}…"',
    "make": "[] or {}",
    "panic": 'raise ValueError("…")',
    "rand": "ask.random",
    "react": "React, with a capital letter",
    "reply": "Reply, with a capital letter",
    "strconv": "int(text) and str(number)",
    "string": "str",
    "strings": "text.upper(), text.split() and the like",
}
"""What Python writes for a name of Go's."""
_PYTHONS_VALUES = (
    ("can only concatenate str", 'f"…{value}…"'),
    ("unsupported format character", 'f"…{value}…"'),
    ("not all arguments converted", 'f"…{value}…"'),
    ("unexpected keyword argument", "its names in lower case"),
    ("cannot unpack", "value = …: a function returns one, and raises its error"),
    ("randint() missing", "ask.random.randint(1, 6)"),
    ("'answer_contains'", 'Example("what to say", "words of the answer")'),
)
_PYTHONS_CALLS = {
    "contains": "part in text",
    "hasprefix": "text.startswith(…)",
    "hassuffix": "text.endswith(…)",
    "intn": "ask.random.randrange(6), which gives 0 to 5",
    "len": "len(text)",
    "length": "len(text)",
    "size": "len(text)",
    "tolower": "text.lower()",
    "toupper": "text.upper()",
    "trimspace": "text.strip()",
}
"""What Python writes for a call of Go's."""
_PYTHONS_SYNTAX = tuple(
    (re.compile(pattern), python)
    for pattern, python in (
        (r"^\s*//|\s//\s|/\*", "# before a comment"),
        (r"^\s*import\s*$", "import name, without quotes"),
        (r"^\s*type\b", "class Name:"),
        (r"^\s*defer\b", "try: and finally:, or with"),
        (r"^\s*go\b", "no goroutines here: a handler returns what the bot says"),
        (r"^\s*\}\s*$", "no brace at the end of a block: remove it"),
        (r"^\s*func\b", "def name(argument):"),
        (r"^\s*(?:var|const)\b", "name = value"),
        (r"^\s*switch\b", "match value:"),
        (r"\bmap\[", '{"key": value}'),
        (r"\[\d*\]\w+\{", '["…", "…"]'),
        (r"\b[A-Z]\w*\{", "round brackets, and = after a name: Reply(text=…)"),
        (r"^\s*def\b.*\b(?!def\b)\w+ \*?[A-Z]\w*\s*[,)]", "a colon before a type: (ask: Ask)"),
        (r"[:>]\s*\*[A-Z]", "no * before a type"),
        (r"\?.*:", "yes if condition else no"),
        (r"^\s*import \($", "each import on a line of its own"),
        (r"\bfor\b.*(?:;|\brange\b)", "for item in items:"),
        (r"\belse if\b", "elif"),
        (r"&&", "and"),
        (r"\|\|", "or"),
        (r"!(?!=)", "not"),
        (r"\+\+|--", "count += 1"),
        (r":=", "name = value"),
        (r"`", 'text between " and ", or between """ and """'),
        (r"\{\s*$", "a : at the line's end, and indents what belongs to it"),
    )
)
"""What Python writes for syntax of Go's."""


def in_words(error: BaseException, file: Path) -> tuple[str, int]:
    """Return the error with its remedy, and its line in `file`; 0 if it was raised elsewhere."""
    line, code = _place(error, file)
    what = error.msg if isinstance(error, SyntaxError) else str(error)
    if not isinstance(error, SyntaxError | NameError | ImportError | TypeError):
        what = f"{type(error).__name__}: {what}"
    place = f"line {line}: `{code.strip()}`: " if line and code.strip() else ""
    return f"{place}{with_remedy(what, error)}", line


def with_remedy(what: str, error: BaseException) -> str:
    """Return what's wrong and, after a semicolon, what to do about it if that's known."""
    words = _python_for(error) or next(
        (say for kind, say in _REMEDIES if isinstance(error, kind)), ""
    )
    # Python 3.13 has a hint of its own.
    return f"{what.partition('. Did you mean')[0]}; {words}" if words else what


def _python_for(error: BaseException) -> str:
    """Return what Python writes, if the error comes from writing Go; else ""."""
    python = ""
    if isinstance(error, NameError):
        python = _PYTHONS_NAMES.get(error.name or "", "")
    elif isinstance(error, AttributeError):
        name = (error.name or "").lower()
        python = _PYTHONS_CALLS.get(name, "")
        if not python and hasattr(error.obj, name):
            python = f"its names in lower case: {name}"
    elif isinstance(error, TypeError | ValueError):
        python = next((say for words, say in _PYTHONS_VALUES if words in str(error)), "")
    elif isinstance(error, SyntaxError) and "' outside " in error.msg:
        python = "four spaces more before what belongs to a function or loop"
    elif isinstance(error, SyntaxError) and error.msg.startswith("f-string"):
        python = '\' around a text inside f"…"'
    elif isinstance(error, SyntaxError):
        line = re.sub(r"\"[^\"]*\"|'[^']*'", "", error.text or "")
        python = next((say for pattern, say in _PYTHONS_SYNTAX if pattern.search(line)), "")
    return f"Python writes {python}" if python else ""


def _place(error: BaseException, file: Path) -> tuple[int, str]:
    if isinstance(error, SyntaxError) and _is(error.filename, file):
        return error.lineno or 0, error.text or ""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is(f.filename, file)]
    return (frames[-1].lineno or 0, frames[-1].line or "") if frames else (0, "")


def _is(name: str | None, file: Path) -> bool:
    return bool(name) and Path(str(name)).resolve() == file.resolve()
