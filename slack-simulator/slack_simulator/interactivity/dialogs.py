"""Dialogs, the predecessors of modals: shown as modals, but sent to the app as dialogs."""

from collections.abc import Iterable, Iterator
from typing import Any

from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

MOST_ELEMENTS = 10
_INPUTS = {"email": "email_text_input", "url": "url_text_input", "number": "number_input"}
_MENUS = {
    "external": "external_select",
    "users": "users_select",
    "channels": "channels_select",
    "conversations": "conversations_select",
}


def as_view(dialog: Any) -> Json:
    """Return a dialog as a modal. Raise `validation_errors` with what is wrong."""
    found = list(_problems(dialog))
    if found:
        metadata = {"messages": [f"[ERROR] {problem}" for problem in found]}
        raise SlackError("validation_errors", response_metadata=metadata)
    return {
        "type": "modal",
        "callback_id": dialog["callback_id"],
        "title": _plain(dialog["title"]),
        "submit": _plain(dialog.get("submit_label") or "Submit"),
        "close": _plain("Cancel"),
        "blocks": [_input(element) for element in dialog["elements"]],
    }


def _problems(dialog: Any) -> Iterator[str]:
    if not isinstance(dialog, dict):
        yield "dialog must be an object"
        return
    for name in ("callback_id", "title"):
        if not dialog.get(name):
            yield f"missing required field: {name}"
    elements = dialog.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= MOST_ELEMENTS:
        yield f"elements must be a list of 1 to {MOST_ELEMENTS}"
        return
    for number, element in enumerate(elements):
        if not isinstance(element, dict):
            yield f"must be an object [json-pointer:/elements/{number}]"
            continue
        for name in ("label", "name", "type"):
            if not element.get(name):
                yield f"missing required field: {name} [json-pointer:/elements/{number}]"


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def _input(element: Json) -> Json:
    name = element["name"]
    field = _menu(element) if element["type"] == "select" else _text(element)
    if element.get("placeholder"):
        field["placeholder"] = _plain(element["placeholder"])
    block = {"type": "input", "block_id": name, "label": _plain(element["label"])}
    if element.get("hint"):
        block["hint"] = _plain(element["hint"])
    return block | {
        "optional": bool(element.get("optional")),
        "element": field | {"action_id": name},
    }


def _text(element: Json) -> Json:
    kind = _INPUTS.get(element.get("subtype", ""), "plain_text_input")
    field: Json = {"type": kind}
    if kind == "plain_text_input":
        field["multiline"] = element["type"] == "textarea"
    if element.get("value"):
        field["initial_value"] = element["value"]
    return field


def _menu(element: Json) -> Json:
    kind = _MENUS.get(element.get("data_source", ""), "static_select")
    field: Json = {"type": kind}
    if kind == "external_select":
        field["min_query_length"] = element.get("min_query_length", 1)
    elif kind == "static_select":
        field["options"] = options(element)
        chosen = [each for each in field["options"] if each["value"] == element.get("value")]
        if chosen:
            field["initial_option"] = chosen[0]
    return field


def options(given: Json) -> list[Json]:
    """Return the options of a dialog's menu, also those in groups, as Block Kit has them."""
    groups: Iterable[Json] = given.get("option_groups") or []
    listed = [*(given.get("options") or []), *(o for group in groups for o in group["options"])]
    return [{"text": _plain(each["label"]), "value": each["value"]} for each in listed]


def submission(values: Json) -> Json:
    """Return what was filled in, by the elements' names, from a modal's values."""
    return {
        name: _value(state) for by_action in values.values() for name, state in by_action.items()
    }


def _value(state: Json) -> Any:
    chosen = next((value for field, value in state.items() if field != "type"), None)
    return chosen.get("value") if isinstance(chosen, dict) else chosen
