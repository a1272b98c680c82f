"""Turns an entry of a content file into a value of its shape, or reports its problems.

msgspec makes the same checks, but names neither entry nor remedy and stops at the first mistake.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from glossary import Problem
from gopherbot import decoding

Shape = TypeVar("Shape", bound=msgspec.Struct)

_AS_WRITTEN: dict[Any, tuple[str, str]] = {
    str: ("a text", '{} = "…"'),
    int: ("a number", "{} = 150"),
    bool: ("true or false", "{} = true"),
    date: ("a date", "{} = 2026-12-01"),
    tuple: ("a list of texts", '{} = ["…", "…"]'),
    dict: ("a group of entries", "a heading [{}.NAME] above each"),
}
_MENTION = re.compile(r"@\S+\s+(?P<name>.+)")
_TABLES = ("a list of entries", "a heading [[{}]] above each")


def at(file: str, entry: str, messages: Iterable[str]) -> list[Problem]:
    """Return a problem of one entry for each message."""
    return [Problem(file, entry, message) for message in messages]


def each(
    file: str, tables: dict[str, object], shape: type[Shape]
) -> tuple[dict[str, Shape], list[Problem]]:
    """Return the valid entries of a file with one entry per heading, and all problems."""
    found: dict[str, Shape] = {}
    problems: list[Problem] = []
    for name, value in tables.items():
        entry, more = one(file, name, value, shape)
        problems += more
        if entry is not None:
            found[name] = entry
    return found, problems


def one(
    file: str, name: str, value: object, shape: type[Shape]
) -> tuple[Shape | None, list[Problem]]:
    """Return the value of one entry, or of a whole file if `name` is "", and all problems."""
    problems = list(_table(file, name, value, shape))
    if problems:
        return None, problems
    try:
        return decoding.convert(value, shape), []
    except msgspec.ValidationError as error:  # a limit that a shape sets with msgspec.Meta
        what, _, path = str(error).partition(" - at `$.")
        return None, [Problem(file, name, f"`{path.rstrip('`')}` is out of bounds: {what}")]


def _table(file: str, name: str, value: object, shape: type[msgspec.Struct]) -> Iterator[Problem]:
    if not isinstance(value, dict):
        place = f'put it under a heading, such as ["{name}"]'
        if isinstance(value, list) and all(isinstance(each, dict) for each in value):
            place = f'write its heading with one pair of brackets, ["{name}"]'
        yield Problem(file, name, f"this belongs to no entry: {place}")
        return
    if file == "answers.toml" and (mention := _MENTION.match(name)):
        yield Problem(file, name, f'members mention the bot first: write ["{mention["name"]}"]')
        return
    fields = _fields(shape)
    unknown = [key for key in value if key not in fields]
    if name and (nested := [key for key in unknown if isinstance(value[key], dict)]):
        # TOML reads the dot in [go.mod] as a table within a table.
        wrong = f"{name}.{nested[0]}"
        yield Problem(
            file, name, f'a name with a dot needs quotes: write ["{wrong}"] instead of [{wrong}]'
        )
        return
    if "definition" in unknown:
        yield Problem(file, name, "this is a term: move it to a file in glossary/")
        return
    meant = {key: get_close_matches(key.casefold(), fields, n=1, cutoff=0.6) for key in unknown}
    for key, near in meant.items():
        remedy = f"write `{near[0]}`" if near else f"remove it; known keys are {', '.join(fields)}"
        yield Problem(file, name, f"`{key}` is not known here: {remedy}")
    for key, field in fields.items():
        if key in value:
            yield from _value(file, name, key, value[key], field.type)
        elif field.required and [key] not in meant.values():
            line = _words(field.type)[1].format(key)
            yield Problem(file, name, f"`{key}` is missing: add {line}")


@cache
def _fields(shape: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """Return the fields of a shape, by name. msgspec evaluates their annotations each time."""
    return {field.name: field for field in msgspec.structs.fields(shape)}


def _value(file: str, name: str, key: str, value: object, wanted: Any) -> Iterator[Problem]:
    place = f"{name}.{key}" if name else key
    wanted = _bare(wanted)
    origin, arguments = get_origin(wanted), get_args(wanted)
    if _is_struct(wanted):
        yield from _table(file, place, value, wanted)
    elif origin is dict and isinstance(value, dict):
        for inner in value:
            yield from _value(file, place, inner, value[inner], arguments[1])
    elif origin is tuple and isinstance(value, list) and _is_struct(arguments[0]):
        for number, item in enumerate(value, 1):
            yield from _table(file, f"{place} {_called(item, number)}", item, arguments[0])
    elif not _fits(value, wanted):
        kind, written = _words(wanted)
        yield Problem(file, name, f"`{key}` is not {kind}: write {written.format(key)}")


def _bare(wanted: Any) -> Any:
    """Return a type without its limits, and without the None of an optional key."""
    while (origin := get_origin(wanted)) in (Annotated, Union, types.UnionType):
        kinds = get_args(wanted)
        wanted = kinds[0] if origin is Annotated else next(k for k in kinds if k is not type(None))
    return wanted


def _fits(value: object, wanted: Any) -> bool:
    if get_origin(wanted) is tuple:
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return texts and not _is_struct(get_args(wanted)[0])
    return type(value) is wanted  # a bool is an int, too


def _is_struct(wanted: object) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)


def _called(item: object, number: int) -> str:
    """Return how to name an item of a list to its author: by title, address or number."""
    if isinstance(item, dict):
        for key in ("title", "url"):
            if isinstance(item.get(key), str):
                return str(item[key])
    return f"number {number}"


def _words(wanted: Any) -> tuple[str, str]:
    """Return the name of a value of this type, and how to write one."""
    wanted = _bare(wanted)
    origin = get_origin(wanted)
    if origin is tuple and _is_struct(get_args(wanted)[0]):
        return _TABLES
    return _AS_WRITTEN[origin or wanted]
