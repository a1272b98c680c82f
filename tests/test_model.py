"""What a message is identified by, and whom it mentions."""

from __future__ import annotations

import pytest

from gopherbot.model import Mention, MentionKind, Message, Reply

USER, GROUP = MentionKind.USER, MentionKind.GROUP


def message(**more: object) -> Message:
    fields = {"event_id": "Ev1", "channel": "C1", "user": "U1", "ts": "1.5", "text": ""} | more
    return Message(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "id", "version"),
    [
        ({}, "C1:1.5", "1.5"),
        ({"edited_ts": "2.5"}, "C1:1.5", "2.5"),
        ({"ts": ""}, "Ev1", ""),
        ({"ts": "", "channel": ""}, "join:U1", ""),
        ({"ts": "", "channel": "", "user": ""}, "Ev1", ""),
    ],
)
def test_a_message_keeps_its_id_and_an_edit_makes_a_version(
    changed: dict[str, object], id: str, version: str
) -> None:
    assert (message(**changed).id, message(**changed).version) == (id, version)


@pytest.mark.parametrize(
    ("mentions", "direct", "addressed", "others"),
    [
        ([], False, False, ()),
        ([], True, True, ()),
        ([(USER, "UBOT")], False, True, ()),
        ([(GROUP, "UBOT"), (GROUP, "S1")], False, False, ()),
        ([(USER, "U3"), (USER, "UBOT"), (USER, "U2"), (USER, "U3")], False, True, ("U3", "U2")),
    ],
)
def test_the_bot_is_addressed_directly_or_by_its_own_mention(
    mentions: list[tuple[MentionKind, str]], direct: bool, addressed: bool, others: tuple[str, ...]
) -> None:
    found = message(
        mentions=tuple(Mention(*each) for each in mentions),
        direct=direct,
        bot_users=frozenset({"UBOT"}),
    )

    assert (found.addressed, found.mentioned_users) == (addressed, others)


@pytest.mark.parametrize(
    "more", [{"dm": True}, {"unfurl": True}, {"username": "Gopher"}, {"icon": ":gopher:"}]
)
def test_an_ephemeral_reply_refuses_what_slack_would_drop(more: dict[str, bool]) -> None:
    with pytest.raises(ValueError, match=next(iter(more))):
        Reply("hi", ephemeral=True, **more)  # type: ignore[arg-type]
    assert Reply("hi", **more)  # type: ignore[arg-type]
