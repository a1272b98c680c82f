"""Blocks of every kind, as an app sends them: in messages, modals and the Home tab."""

from slack_simulator.workspace.objects import Json


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


_OPTIONS = [{"text": plain(name), "value": name} for name in ("one", "two")]
_CONTROLS = [
    {"type": "static_select", "action_id": "s", "options": _OPTIONS, "placeholder": plain("S")},
    {"type": "multi_static_select", "action_id": "m", "options": _OPTIONS},
    {"type": "external_select", "action_id": "e", "placeholder": plain("E")},
    {"type": "multi_external_select", "action_id": "x", "initial_options": _OPTIONS},
    {"type": "multi_users_select", "action_id": "v"},
    {"type": "datetimepicker", "action_id": "t", "initial_date_time": 1_750_000_000},
    {"type": "rich_text_input", "action_id": "p"},
    {"type": "radio_buttons", "action_id": "r", "options": _OPTIONS},
    {"type": "checkboxes", "action_id": "c", "options": _OPTIONS},
    {"type": "overflow", "action_id": "o", "options": _OPTIONS},
    {"type": "datepicker", "action_id": "d", "initial_date": "2026-11-25"},
    {"type": "users_select", "action_id": "u"},
    {"type": "channels_select", "action_id": "h"},
    {"type": "button", "action_id": "b", "text": plain("B"), "url": "javascript:alert(1)"},
    {"type": "who_knows", "action_id": "w"},
]
_RICH = [{"type": "rich_text_section", "elements": [{"type": "text", "text": "rich"}]}]
_FEEDBACK = {
    "type": "feedback_buttons",
    "action_id": "f",
    "positive_button": {"text": plain("Good"), "value": "good"},
    "negative_button": {"text": plain("Bad"), "value": "bad"},
}
_ICON = {"type": "icon_button", "action_id": "i", "icon": "trash", "text": plain("Delete")}
_TASK = {"type": "task_card", "task_id": "1", "title": "Searching", "status": "complete"}
_CELL = {"type": "raw_text", "text": "a cell"}
_HEAD = {"type": "raw_text", "text": "Name"}
_PICTURE = {"type": "image", "image_url": "https://example.com/x.png", "alt_text": "a loaf"}
_CARD = {
    "type": "card",
    "block_id": "card",
    "icon": _PICTURE,
    "title": {"type": "mrkdwn", "text": "Rye"},
    "subtitle": {"type": "mrkdwn", "text": "dark"},
    "body": {"type": "mrkdwn", "text": "Please enjoy it"},
    "actions": [{"type": "button", "action_id": "eat", "text": plain("Eat")}],
}
_PIE = [{"label": "Rye", "value": 45}, {"label": "Spelt", "value": 28}]
_LINES = [
    {"name": name, "data": [{"label": "Mon", "value": 12}, {"label": "Tue", "value": 9000}]}
    for name in ("Oven", "Pan")
]
_LEAVES = [
    {"type": "usergroup", "usergroup_id": "S0BAKERS"},
    {"type": "date", "timestamp": 1_750_000_000, "format": "{date}", "fallback": "in June"},
    {"type": "color", "value": "#ff8800"},
    {"type": "team", "team_id": "T0WORKSPACE"},
]
BLOCKS: list[Json] = [
    {"type": "header", "text": plain("Header :tada:")},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*bold*"}, "fields": [plain("f")]},
    {"type": "divider"},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "_small_"}]},
    {"type": "image", "image_url": "https://example.com/x.png", "alt_text": "a gopher"},
    {"type": "rich_text", "elements": _RICH},
    {"type": "actions", "block_id": "a", "elements": _CONTROLS},
    {"type": "context_actions", "elements": [_FEEDBACK, _ICON]},
    {"type": "table", "rows": [[_CELL, _CELL]]},
    {"type": "plan", "title": "A plan", "tasks": [_TASK | {"output": {"elements": _RICH}}]},
    {"type": "carousel", "block_id": "cs", "elements": [_CARD]},
    {
        "type": "container",
        "title": plain("Two records"),
        "subtitle": plain("Check them"),
        "is_collapsible": True,
        "child_blocks": [{"type": "section", "text": plain("inside")}],
    },
    {"type": "alert", "level": "warning", "text": {"type": "mrkdwn", "text": "_Hot_ oven"}},
    {"type": "data_table", "caption": "Breads", "rows": [[_HEAD], [_CELL]]},
    {"type": "data_visualization", "title": "Sold", "chart": {"type": "pie", "segments": _PIE}},
    {"type": "data_visualization", "title": "Baked", "chart": {"type": "line", "series": _LINES}},
    {"type": "file", "external_id": "ABCD1", "source": "remote"},
    {"type": "call", "call_id": "R0CALL"},
    {
        "type": "video",
        "title": plain("How to bake"),
        "title_url": "https://example.com/watch",
        "video_url": "https://example.com/embed",
        "thumbnail_url": "https://example.com/x.png",
        "alt_text": "a baker",
        "description": plain("In ten minutes"),
    },
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": _LEAVES}]},
]
FORM: list[Json] = [
    {
        "type": "input",
        "block_id": "note",
        "label": plain("Note"),
        "hint": plain("In a few words"),
        "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
    },
    {
        "type": "input",
        "block_id": "colour",
        "label": plain("Colour"),
        "optional": True,
        "element": {"type": "static_select", "action_id": "name", "options": _OPTIONS},
    },
    {
        "type": "input",
        "block_id": "when",
        "label": plain("When"),
        "element": {"type": "datepicker", "action_id": "day"},
    },
    {
        "type": "input",
        "block_id": "which",
        "label": plain("Which"),
        "element": {"type": "radio_buttons", "action_id": "one", "options": _OPTIONS},
    },
    {
        "type": "input",
        "block_id": "files",
        "label": plain("Files"),
        "element": {"type": "file_input", "action_id": "chosen", "filetypes": ["pdf", "png"]},
    },
]
"""What a modal asks for."""
