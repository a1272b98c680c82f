"""Compares JSON with types of Slack's SDKs for JavaScript, by the compiler of TypeScript."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from bolt_apps import JAVASCRIPT

LOOSE = """
type Loose<T> = T extends string ? string
  : T extends (infer E)[] ? Loose<E>[]
  : T extends object ? { [K in keyof T]: Loose<T[K]> } : T;
"""
"""The SDK's types come from samples of answers: a text in them is one of those in the samples."""


def check(imports: str, values: Iterable[tuple[str, object]], folder: Path) -> None:
    """Fail with the compiler's words unless each value is of the type that it comes with."""
    lines = [imports, LOOSE]
    for number, (kind, value) in enumerate(values):
        literal = msgspec.json.encode(without_null(value)).decode()
        lines.append(f"const value{number} = {literal};")
        lines.append(f"export const typed{number}: Loose<{kind}> = value{number};")
    # Beside the packages, so that the compiler finds them.
    file = JAVASCRIPT / f"values_{folder.name}.ts"
    file.write_text("\n".join(lines))
    try:
        checked = subprocess.run(
            ["node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--target",
             "es2022", "--module", "node16", "--moduleResolution", "node16", file.name],
            cwd=JAVASCRIPT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        file.unlink()
    assert checked.returncode == 0, checked.stdout


def without_null(value: Any) -> Any:
    """Return a value without what is null in it, which the samples behind the types lack."""
    if isinstance(value, dict):
        return {name: without_null(each) for name, each in value.items() if each is not None}
    return [without_null(each) for each in value] if isinstance(value, list) else value
