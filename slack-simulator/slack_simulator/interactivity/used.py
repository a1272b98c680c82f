"""What a member did with what an app shows: in words, not by IDs that differ each time."""

from collections import Counter

from slack_simulator.blocks import elements
from slack_simulator.interactivity import values
from slack_simulator.workspace.objects import Json


def element(blocks: list[Json], action: Json) -> Json:
    """Return which `element` of blocks an action is of, and what the member chose in it.

    `number` is its place among those that are called the same, from 0.
    """
    name = values.name(action)
    same = [
        (block_id, each["action_id"])
        for block_id, each in elements(blocks)
        if name in {each["action_id"], values.label(each)}
    ]
    place = action.get("block_id", ""), action["action_id"]
    state = {key: value for key, value in action.items() if key not in _OF_THE_ELEMENT}
    is_click = action.get("type", "button") in values.STATELESS
    return {
        "element": name,
        "number": same.index(place) if place in same else 0,
        "choose": None if is_click else values.choice(state),
    }


def fields(blocks: list[Json], state: Json) -> Json:
    """Return the values that a member changed in a modal, by the labels of their inputs."""
    inputs = [(block, id, each) for block in blocks for id, each in elements([block])]
    labels = Counter(_label(block) for block, _, _ in inputs)
    changed = {}
    for block, block_id, each in inputs:
        label, given = _label(block), state.get(block_id, {}).get(each["action_id"])
        if given not in (None, values.initial(each)):
            changed[label if label and labels[label] == 1 else block_id] = values.choice(given)
    return changed


def _label(block: Json) -> str:
    return str((block.get("label") or {}).get("text", ""))


_OF_THE_ELEMENT = frozenset({"action_id", "block_id", "text", "placeholder", "style", "action_ts"})
