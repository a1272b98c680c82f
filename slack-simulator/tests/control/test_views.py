"""A member's modals, through the control API."""

from __future__ import annotations

from conftest import Control

from slack_simulator import Simulator


def test_a_modal_that_asks_for_no_notice_is_closed_without_one(
    control: Control, slack: Simulator
) -> None:
    user = slack.workspace.user("regular").id
    title = {"type": "plain_text", "text": "A note"}
    view = slack.interactivity.views.open(user, {"type": "modal", "title": title, "blocks": []})
    which = {"view_id": view.id, "user": user}
    assert control.post("/sim/views/close", which) == (200, {"ok": True})
    status, answer = control.post("/sim/views/close", which)
    assert status == 400
    assert answer["error"]
