"""Buttons and menus of attachments, as they were before blocks: shown as blocks.

https://docs.slack.dev/legacy/legacy-messaging/legacy-making-messages-interactive
"""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

_PLACE = "attachment-"
_MENUS = {
    "external": "external_select",
    "users": "users_select",
    "channels": "channels_select",
    "conversations": "conversations_select",
}


def controls(attachment: Json, number: int) -> list[Json]:
    """Return the block that stands for the buttons and menus of an attachment, if it has any."""
    given = attachment.get("actions")
    actions = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    elements = [_element(action, str(place)) for place, action in enumerate(actions)]
    block = {"type": "actions", "block_id": f"{_PLACE}{number}", "elements": elements}
    return [block] if elements else []


def is_control(action: Json) -> bool:
    """Return whether an action is of a button or a menu of an attachment."""
    return str(action.get("block_id", "")).startswith(_PLACE)


def used(attachments: list[Json], action: Json) -> tuple[Json, Json]:
    """Return what an app gets about an action: of its attachment, and what was used in it."""
    number = int(action["block_id"].removeprefix(_PLACE))
    attachment = attachments[number - 1]
    of = attachment["actions"][int(action["action_id"])]
    about = {"callback_id": attachment.get("callback_id", ""), "attachment_id": str(number)}
    if of.get("type") != "select":
        return about, {"name": of.get("name"), "type": "button", "value": of.get("value", "")}
    chosen = next((value for key, value in action.items() if key.startswith("selected_")), None)
    value = chosen.get("value") if isinstance(chosen, dict) else chosen
    options = {"selected_options": [{"value": value}]}
    return about, {"name": of.get("name"), "type": "select", **options}


def options(given: Json) -> list[Json]:
    """Return the options of a menu, also those in groups, as Block Kit has them."""
    groups: Iterable[Json] = given.get("option_groups") or []
    listed = [*(given.get("options") or []), *(o for group in groups for o in group["options"])]
    return [{"text": _plain(each["text"]), "value": each["value"]} for each in listed]


def _element(action: Json, action_id: str) -> Json:
    text = _plain(str(action.get("text", "")))
    if action.get("type") != "select":
        style = {"style": action["style"]} if action.get("style") in {"primary", "danger"} else {}
        value = str(action.get("value", ""))
        return {"type": "button", "text": text, "action_id": action_id, "value": value, **style}
    kind = _MENUS.get(action.get("data_source", ""), "static_select")
    menu = {"type": kind, "placeholder": text, "action_id": action_id}
    if kind == "external_select":
        menu["min_query_length"] = action.get("min_query_length", 1)
    return menu | ({"options": options(action)} if kind == "static_select" else {})


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}
