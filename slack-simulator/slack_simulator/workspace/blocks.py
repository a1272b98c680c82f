"""Blocks: https://docs.slack.dev/reference/block-kit. IDs for them, and their elements."""

from collections.abc import Iterable, Iterator

from slack_simulator.workspace.ids import Ids
from slack_simulator.workspace.objects import Json


def with_ids(blocks: Iterable[object], ids: Ids) -> list[Json]:
    """Return the blocks with block and action IDs, which Slack adds where they are missing."""
    named = [{"block_id": ids.token(4), **block} for block in blocks if isinstance(block, dict)]
    for block in named:
        for key in ("element", "accessory"):
            if _is_interactive(block.get(key)):
                block[key] = {"action_id": ids.token(4), **block[key]}
        if block.get("type") == "actions":
            block["elements"] = [
                {"action_id": ids.token(4), **element} if _is_interactive(element) else element
                for element in block.get("elements") or []
            ]
    return named


def _is_interactive(element: object) -> bool:
    return isinstance(element, dict) and element.get("type") != "image"


def elements(blocks: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """Yield each element that a member can use, with the ID of its block."""
    for block in blocks:
        single = [block[key] for key in ("element", "accessory") if key in block]
        several = block.get("elements", ()) if block.get("type") == "actions" else ()
        for element in [*single, *several]:
            if isinstance(element, dict) and "action_id" in element:
                yield block.get("block_id", ""), element
