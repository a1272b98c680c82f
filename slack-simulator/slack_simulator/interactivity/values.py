"""The values of Block Kit elements as Slack sends them, from what a member would choose or type."""

from collections.abc import Callable, Iterable
from typing import Any

from slack_simulator.workspace.directory import Directory
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

#: Element type → the field of its value, if that is a plain text.
_TEXTS = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
#: Element type → the field of its value, which is an option or a list of options.
_OPTIONS = {
    "static_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "external_select": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
}
_USERS = {"users_select": "selected_user", "multi_users_select": "selected_users"}
_CHANNELS = {
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
}

#: Elements without a value: they are pressed.
STATELESS = frozenset({"button", "feedback_buttons", "icon_button", "workflow_button"})

Choice = str | int | list[str] | Json | None


def initial(element: Json) -> Json:
    """Return the state of an element that nobody has touched."""
    kind = element["type"]
    field = _field(kind)
    if field is None:
        return {"type": kind}
    start = element.get(field.replace("selected_", "initial_"), element.get("initial_value"))
    many = field in {"selected_options", "selected_users", "files"} or kind.startswith("multi_")
    return {"type": kind, field: ([] if many else None) if start is None else start}


def chosen(element: Json, choice: Choice, directory: Directory) -> Json:
    """Return the state of an element after a member's choice.

    Options are chosen by their text or value, members and channels by name or ID. A JSON object is
    a state itself. Raise `LookupError`, which names the possible choices.
    """
    kind = element["type"]
    field = _field(kind)
    if isinstance(choice, dict):
        return choice
    if choice is None:
        return initial(element)
    if field is None:
        raise LookupError(f"{kind} takes no value")
    if kind in _TEXTS:
        return {"type": kind, field: choice if kind == "datetimepicker" else str(choice)}
    pick = _picker(element, directory)
    wanted = choice if isinstance(choice, list) else [str(choice)]
    picked = [pick(each) for each in wanted]
    return {"type": kind, field: picked if field.endswith("s") else picked[0]}


def choice(state: Json) -> Choice:
    """Return a choice that gives this state."""
    value = state.get(_field(state["type"]) or "")
    options: list[Any] = value if isinstance(value, list) else [value]
    # An option may come without its text.
    if value is None or any(isinstance(each, dict) and "text" not in each for each in options):
        return state
    texts = [each["text"]["text"] if isinstance(each, dict) else each for each in options]
    return texts if isinstance(value, list) else texts[0]


def name(element: Json) -> str:
    """Return what an element is known by: its text, as on a button, or else its action ID."""
    text = element.get("text")
    return str(text["text"]) if isinstance(text, dict) else str(element["action_id"])


def label(element: Json) -> str:
    """Return the text on an element, as on a button; empty if it has none."""
    text = element.get("text") or element.get("placeholder") or {}
    return str(text.get("text", "")) if isinstance(text, dict) else ""


def _field(kind: str) -> str | None:
    return "files" if kind == "file_input" else (_TEXTS | _OPTIONS | _USERS | _CHANNELS).get(kind)


def _picker(element: Json, directory: Directory) -> Callable[[str], object]:
    kind = element["type"]
    if kind in _OPTIONS:
        options = [*element.get("options", ()), *_grouped(element)]
        return lambda name: _option(options, name)

    def find(name: str) -> str:
        lookup = directory.user if kind in _USERS else directory.conversation
        try:
            return lookup(name).id
        except SlackError as refusal:
            raise LookupError(f"{refusal.error}: {name}") from None

    return find


def _grouped(element: Json) -> Iterable[Json]:
    return [option for group in element.get("option_groups", ()) for option in group["options"]]


def _option(options: Iterable[Json], name: str) -> Json:
    for option in options:
        if name in {option.get("value"), option["text"]["text"]}:
            return option
    known = ", ".join(option["text"]["text"] for option in options)
    raise LookupError(f"there is no option {name!r}: {known or 'there are none'}")
