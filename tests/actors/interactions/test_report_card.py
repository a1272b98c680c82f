"""What the form of a report carries along, and what the moderators' card makes of it."""

from __future__ import annotations

import msgspec

from gopherbot.actors.interactions import report_card, report_form
from gopherbot.slack.interactions import Interaction

SITE = "https://gophers.slack.com/"


def reported(channel: str) -> report_form.Reported:
    message = {"ts": "1.000200", "thread_ts": "1.000100", "user": "U0NEWCOMER", "text": "a &lt; b"}
    used = {"type": "message_action", "user": {"id": "U0REGULAR"}, "channel": {"id": channel}}
    return report_form.reported(msgspec.convert(used | {"message": message}, Interaction))


def test_a_form_carries_the_message_along_with_its_thread_and_as_it_reads() -> None:
    assert reported("C1") == report_form.Reported(
        "C1", "1.000200", thread_ts="1.000100", author="U0NEWCOMER", text="a < b"
    )


def test_only_about_a_message_there_may_be_nothing_to_add() -> None:
    def optional(about: report_form.Reported) -> list[bool]:
        blocks = report_form.view(about, ["Spam"])["blocks"]
        return [block["optional"] for block in blocks if block["type"] == "input"]

    assert optional(reported("C1")) == [False, True, True]
    assert optional(report_form.Reported()) == [False, False, True]


def test_a_card_names_no_private_place_and_escapes_what_others_wrote() -> None:
    report = report_form.Report(reported("C1"), "U1", "a|b<c", reason="R&D", details="")
    card = str(report_card.fixed(report, "I1", SITE, "link", "author"))
    assert " in <#C1>" in card
    assert f"<{SITE}team/U1|@a¦b&lt;c>" in card
    private = msgspec.structs.replace(report, about=reported("G1"))
    assert " in a private place" in str(report_card.fixed(private, "I1", SITE, "link", "author"))
    assert "*Reported again: R&amp;D*" in str(report_card.further(report, SITE))
