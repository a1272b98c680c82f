"""The rules that Slack checks blocks by: types, required fields and limits.

They follow https://docs.slack.dev/reference/block-kit/blocks. What isn't listed here isn't checked.
"""

from collections.abc import Callable, Iterator
from typing import Any

from slack_simulator.blocks import INSIDE

Json = dict[str, Any]
Problem = tuple[str, str]
"""What is wrong, and the JSON pointer to it."""

MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
LONGEST_ID = 255
LONGEST_VALUE = 2000

_UNCHECKED = {
    *("divider", "rich_text", "file", "video", "table", "context_actions", "plan", "task_card"),
    *("alert", "data_table", "data_visualization", "call"),
}
_SELECTS = {"static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow"}
_MOST_OPTIONS = {"radio_buttons": 10, "checkboxes": 10, "overflow": 5}


def problems(blocks: list[Json], most: int = MOST_IN_MESSAGE) -> list[str]:
    """Return what is wrong with blocks, as Slack's messages with the place as a JSON pointer."""
    found = [(f"no more than {most} items allowed", "/blocks")] if len(blocks) > most else []
    seen: set[str] = set()

    def check(block: Json, place: str) -> Iterator[Problem]:
        yield from _block(block, place)
        if (id := block.get("block_id")) is not None and str(id) in seen:
            yield "block_id must be unique", f"{place}/block_id"
        seen.add(str(id))

    found += _each(blocks, "/blocks", check)
    return [f"{what} [json-pointer:{where}]" for what, where in found]


def known() -> frozenset[str]:
    """Return the types of blocks that Slack has."""
    return frozenset({*_RULES, *_UNCHECKED})


def _block(block: Json, place: str) -> Iterator[Problem]:
    kind = str(block.get("type"))
    if kind in _RULES:
        yield from _RULES[kind](block, place)
    elif kind not in _UNCHECKED:
        yield f"unsupported type: {kind}", f"{place}/type"
    yield from _length(block, "block_id", LONGEST_ID, place)


def _section(block: Json, place: str) -> Iterator[Problem]:
    if not block.get("text") and not block.get("fields"):
        yield "missing required field: text", place
    if "text" in block:
        yield from _text(block, "text", 3000, place)
    if "fields" in block:
        yield from _number(block["fields"], 1, 10, f"{place}/fields")
        yield from _each(block["fields"], f"{place}/fields", _field)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{place}/accessory")


def _field(field: Json, place: str) -> Iterator[Problem]:
    yield from _text({"field": field}, "field", 2000, place)


def _header(block: Json, place: str) -> Iterator[Problem]:
    yield from _text(block, "text", 150, place, plain=True)


def _actions(block: Json, place: str) -> Iterator[Problem]:
    elements = block.get("elements", [])
    yield from _number(elements, 1, 25, f"{place}/elements")
    seen: set[str] = set()

    def check(element: Json, where: str) -> Iterator[Problem]:
        yield from _element(element, where)
        if (id := element.get("action_id")) is not None and str(id) in seen:
            yield "action_id must be unique in its block", f"{where}/action_id"
        seen.add(str(id))

    yield from _each(elements, f"{place}/elements", check)


def _card(block: Json, place: str) -> Iterator[Problem]:
    yield from _each(block.get("actions"), f"{place}/actions", _element)


def _nesting(block: Json, place: str) -> Iterator[Problem]:
    """Check the blocks inside a block; a carousel has cards only."""
    field = INSIDE[block["type"]]
    inside = block.get(field, [])
    yield from _number(inside, 1, MOST_IN_MESSAGE, f"{place}/{field}")
    yield from _each(inside, f"{place}/{field}", _card_only if field == "elements" else _block)


def _card_only(block: Json, place: str) -> Iterator[Problem]:
    if block.get("type") == "card":
        yield from _block(block, place)
    else:
        yield "must be one of [card]", f"{place}/type"


def _context(block: Json, place: str) -> Iterator[Problem]:
    yield from _number(block.get("elements", []), 1, 10, f"{place}/elements")


def _input(block: Json, place: str) -> Iterator[Problem]:
    yield from _text(block, "label", 2000, place, plain=True)
    if "element" not in block:
        yield "missing required field: element", place
    else:
        yield from _element(block["element"], f"{place}/element")


def _image(block: Json, place: str) -> Iterator[Problem]:
    if not block.get("image_url") and not block.get("slack_file"):
        yield "missing required field: image_url", place
    if "alt_text" not in block:
        yield "missing required field: alt_text", place
    yield from _length(block, "alt_text", 2000, place)


def _markdown(block: Json, place: str) -> Iterator[Problem]:
    if not block.get("text"):
        yield "missing required field: text", place
    yield from _length(block, "text", 12_000, place)


_RULES: dict[Any, Callable[[Json, str], Iterator[Problem]]] = {
    "card": _card,
    "carousel": _nesting,
    "container": _nesting,
    "section": _section,
    "header": _header,
    "actions": _actions,
    "context": _context,
    "input": _input,
    "image": _image,
    "markdown": _markdown,
}


def _element(element: Any, place: str) -> Iterator[Problem]:
    if not isinstance(element, dict):
        yield "must be an object", place
        return
    kind = str(element.get("type") or "")
    yield from _length(element, "action_id", LONGEST_ID, place)
    if kind == "button":
        yield from _text(element, "text", 75, place, plain=True)
        yield from _length(element, "value", LONGEST_VALUE, place)
        if element.get("style", "primary") not in {"primary", "danger"}:
            yield "must be one of [primary, danger]", f"{place}/style"
    elif kind in _SELECTS and "option_groups" not in element:
        options = element.get("options", [])
        yield from _number(options, 1, _MOST_OPTIONS.get(kind, 100), f"{place}/options")
        yield from _each(options, f"{place}/options", _option)
    elif not kind:
        yield "missing required field: type", place


def _option(option: Json, place: str) -> Iterator[Problem]:
    yield from _text(option, "text", 75, place)
    yield from _length(option, "value", 150, place)


def _text(
    holder: Json, name: str, longest: int, place: str, *, plain: bool = False
) -> Iterator[Problem]:
    """Check a text object."""
    text = holder.get(name)
    where = place if name == "field" else f"{place}/{name}"
    if not isinstance(text, dict):
        yield (f"missing required field: {name}", place) if text is None else (
            "must be an object", where
        )  # fmt: skip
        return
    allowed = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if str(text.get("type")) not in allowed:
        yield f"must be one of [{', '.join(sorted(allowed))}]", f"{where}/type"
    if not text.get("text"):
        yield "must be more than 0 characters", f"{where}/text"
    elif not isinstance(text["text"], str):
        yield "must be a string", f"{where}/text"
    yield from _length(text, "text", longest, where)


def _length(holder: Json, name: str, longest: int, place: str) -> Iterator[Problem]:
    if len(str(holder.get(name, ""))) > longest:
        yield f"must be less than {longest + 1} characters", f"{place}/{name}"


def _number(items: Any, fewest: int, most: int, place: str) -> Iterator[Problem]:
    if not isinstance(items, list):
        yield "must be an array", place
    elif len(items) < fewest:
        yield f"no less than {fewest} items allowed", place
    elif len(items) > most:
        yield f"no more than {most} items allowed", place


def _each(
    items: Any, place: str, check: Callable[[Json, str], Iterator[Problem]]
) -> Iterator[Problem]:
    """Check each of a list, which has to be an object."""
    for number, item in enumerate(items if isinstance(items, list) else ()):
        where = f"{place}/{number}"
        if isinstance(item, dict):
            yield from check(item, where)
        else:
            yield "must be an object", where
