"""Blocks: https://docs.slack.dev/reference/block-kit. What Slack adds, and their elements."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Json = dict[str, Any]

#: Type of block → the field with a row of elements that members can use.
_ROWS = {"actions": "elements", "context_actions": "elements", "card": "actions"}
#: Type of block → the field with the blocks inside it.
INSIDE = {"carousel": "elements", "container": "child_blocks"}
#: Type of block or text → the fields that Slack adds where they are missing.
_DEFAULTS: dict[str, Json] = {
    "plain_text": {"emoji": True},
    "mrkdwn": {"verbatim": False},
    "input": {"optional": False, "dispatch_action": False},
}


def completed(blocks: Iterable[object], new_id: Callable[[], str]) -> list[Json]:
    """Return the blocks with what Slack adds: IDs of blocks and actions, and defaults."""
    return _with_ids(with_defaults(list(blocks)), new_id)


def with_defaults(part: Any) -> Any:
    """Return blocks, a block or a part of one with the defaults of its texts and inputs."""
    if isinstance(part, list):
        return [with_defaults(each) for each in part]
    if not isinstance(part, dict):
        return part
    given = {name: with_defaults(value) for name, value in part.items()}
    return _DEFAULTS.get(str(part.get("type")), {}) | given


def _with_ids(blocks: Iterable[object], new_id: Callable[[], str]) -> list[Json]:
    named = [{"block_id": new_id(), **block} for block in blocks if isinstance(block, dict)]
    for block in named:
        for key in ("element", "accessory"):
            if _is_interactive(block.get(key)):
                block[key] = {"action_id": new_id(), **block[key]}
        if row := _ROWS.get(block.get("type", "")):
            block[row] = [
                {"action_id": new_id(), **element} if _is_interactive(element) else element
                for element in block.get(row) or []
            ]
        if inside := INSIDE.get(block.get("type", "")):
            block[inside] = _with_ids(block.get(inside) or [], new_id)
    return named


def completed_attachments(attachments: Iterable[Json], new_id: Callable[[], str]) -> list[Json]:
    """Return attachments whose blocks are completed."""
    return [
        each | {"blocks": completed(each["blocks"], new_id)} if each.get("blocks") else each
        for each in attachments
    ]


def _is_interactive(element: object) -> bool:
    return isinstance(element, dict) and element.get("type") != "image"


def elements(blocks: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """Yield each element that a member can use, with the ID of its block."""
    for block in blocks:
        single = [block[key] for key in ("element", "accessory") if key in block]
        kind = block.get("type", "")
        several = block.get(_ROWS.get(kind, "")) or ()
        yield from elements(block.get(INSIDE.get(kind, "")) or ())
        for element in [*single, *several]:
            if isinstance(element, dict) and "action_id" in element:
                for each in _buttons(element):
                    yield block.get("block_id", ""), each


def _buttons(element: Json) -> Iterator[Json]:
    """Yield the two buttons of an element for feedback, or the element itself."""
    if element.get("type") != "feedback_buttons":
        yield element
        return
    for name in ("positive_button", "negative_button"):
        given = element.get(name) or {}
        button = {each: given[each] for each in ("text", "value") if each in given}
        yield {"type": "feedback_buttons", "action_id": element["action_id"], **button}
