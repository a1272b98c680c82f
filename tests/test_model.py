"""What a message is identified by, and whom it mentions."""

from typing import Any

import pytest

from gopherbot.model import Audience, Mention, MentionKind, Message, Persona, Reply

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


@pytest.mark.parametrize("more", [{"unfurl": True}, {"persona": Persona("Ada")}])
def test_a_reply_to_the_asker_only_refuses_what_slack_would_drop(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(more))):
        Reply("hi", to=Audience.ASKER_ONLY, **more)
    assert Reply("hi", to=Audience.DM, **more)
