"""What Slack delivers, and what becomes of it: a message to match, or nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.errors import Unreadable
from gopherbot.model import File, Message
from gopherbot.slack import events

BOT = frozenset({"UBOT"})


def envelope(**event: Any) -> bytes:
    """A message as Slack sends it, with fields replaced; a field that is None is left out."""
    whole = {
        "type": "message",
        "user": "U1",
        "channel": "C1",
        "channel_type": "channel",
        "ts": "1700000000.000100",
        "text": "hello",
    } | event
    there = {name: value for name, value in whole.items() if value is not None}
    return msgspec.json.encode({"type": "event_callback", "event_id": "Ev1", "event": there})


def read(**event: Any) -> Message | None:
    return events.to_message(events.decode(envelope(**event), events.MessageEvent), BOT)


def test_a_members_message_is_read_with_all_that_matters() -> None:
    found = read(
        text="<@UBOT> a &lt; b <@U2>",
        thread_ts="1699999999.000100",
        files=[
            {
                "id": "F1",
                "name": "a.go",
                "mimetype": "text/plain",
                "filetype": "go",
                "size": 12,
                "mode": "snippet",
                "url_private_download": "https://x",
                "created": 1_600_000_000,
            },
            {},
        ],
    )
    assert found is not None
    assert (found.event_id, found.channel, found.user) == ("Ev1", "C1", "U1")
    assert (found.ts, found.thread_ts) == ("1700000000.000100", "1699999999.000100")
    assert found.text == "a < b"
    assert found.raw == "<@UBOT> a &lt; b <@U2>"
    assert found.mentions_bot
    assert found.addressed
    assert found.mentioned_users == ("U2",)
    assert found.files == (
        File("F1", "a.go", "text/plain", "go", 12, "https://x", 1_600_000_000.0),
        File("", "", "", "", 0, "", 1700000000.0001),
    )


@pytest.mark.parametrize("subtype", [None, "", "thread_broadcast", "file_share"])
def test_what_a_member_writes_is_read(subtype: str | None) -> None:
    assert read(subtype=subtype)


@pytest.mark.parametrize(
    "event",
    [
        *(
            {"subtype": subtype}
            for subtype in (
                *("message_changed", "message_deleted", "message_replied", "channel_join"),
                *("channel_topic", "bot_message", "me_message", "tombstone", "something_new"),
            )
        ),
        *({"user": user} for user in ("UBOT", "USLACKBOT", None, "")),
        {"bot_id": "B1"},
        {"channel": None},
    ],
)
def test_anything_else_is_ignored(event: dict[str, str | None]) -> None:
    assert read(**event) is None


@pytest.mark.parametrize(
    ("kind", "direct"),
    [
        *((kind, True) for kind in ("im", "mpim", "app_home")),
        *((kind, False) for kind in ("channel", "group", None, "something_new")),
    ],
)
def test_whatever_is_written_directly_addresses_the_bot(kind: str | None, direct: bool) -> None:
    found = read(channel_type=kind)
    assert found
    assert (found.direct, found.addressed) == (direct, direct)
    assert found.alone is (direct and kind != "mpim")


@pytest.mark.parametrize("text", [None, "", "   ", "<@U2>"])
def test_a_message_without_words_is_read_as_empty(text: str | None) -> None:
    found = read(text=text, thread_ts="")
    assert found
    assert (found.text, found.raw, found.thread_ts) == ("", text or "", None)


def test_the_bot_may_have_several_ids_and_is_not_among_the_mentioned() -> None:
    decoded = events.decode(envelope(text="<@UBOT> <@WBOT> <@U2> <@U2>"), events.MessageEvent)
    found = events.to_message(decoded, frozenset({"UBOT", "WBOT"}))
    assert found
    assert found.mentioned_users == ("U2",)


NOW, LATER = "1700000000.000100", "1700000009.000100"
CHANGED: dict[str, Any] = {
    "subtype": "message_changed",
    "ts": LATER,
    "message": {"user": "U1", "ts": NOW, "text": "after", "edited": {"user": "U1"}},
    "previous_message": {"user": "U1", "ts": NOW, "text": "before"},
}


def changed(event: dict[str, Any], **message: Any) -> events.Envelope[events.ChangeEvent]:
    whole = CHANGED | event
    if message:
        whole["message"] = {k: v for k, v in (CHANGED["message"] | message).items() if v}
    return events.decode(envelope(**whole), events.ChangeEvent)


def test_an_edit_is_read_with_its_time() -> None:
    found = events.to_edited(changed({"channel_type": "im"}, thread_ts="1.0"), BOT)
    assert found
    assert not changed({}).event.is_deletion
    assert (found.text, found.ts, found.edited_ts) == ("after", NOW, LATER)
    assert (found.channel, found.direct, found.thread_ts) == ("C1", True, "1.0")
    # The parent of a thread is not a reply in it.
    parent = events.to_edited(changed({}, thread_ts=NOW), BOT)
    assert parent
    assert parent.thread_ts is None
    assert events.to_edited(changed({"previous_message": None}), BOT)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        *(({"message": None}, {}), ({"ts": "now"}, {}), ({}, {"ts": "now"})),
        *(({}, {"edited": None}), ({}, {"edited": {"user": "U2"}}), ({}, {"text": "before"})),
        ({}, {"bot_id": "B1"}),
    ],
)
def test_only_an_authors_edit_counts(event: dict[str, Any], message: dict[str, Any]) -> None:
    assert events.to_edited(changed(event, **message), BOT) is None


BEFORE = {"user": "U1", "thread_ts": "1.0"}
TOMBSTONE = {"message": {"subtype": "tombstone", "ts": NOW}}


@pytest.mark.parametrize(
    ("event", "author", "thread"),
    [
        ({"deleted_ts": NOW, "previous_message": BEFORE}, "U1", "1.0"),
        ({"deleted_ts": NOW, "previous_message": {"thread_ts": NOW}}, "", None),
        ({"deleted_ts": NOW, "previous_message": None}, "", None),
        (TOMBSTONE | {"previous_message": BEFORE | {"thread_ts": NOW}}, "U1", None),
        ({"channel": None, "deleted_ts": NOW}, None, None),
        ({"ts": "now", "deleted_ts": NOW}, None, None),
        ({"deleted_ts": "now"}, None, None),
        ({}, None, None),
    ],
)
def test_a_deletion_says_which_message_is_gone(
    event: dict[str, Any], author: str | None, thread: str | None
) -> None:
    decoded = changed({"subtype": "message_deleted", "message": None} | event)
    found = events.to_deleted(decoded)
    assert decoded.event.is_deletion
    if author is None:
        assert found is None
        return
    assert found
    assert (found.ts, found.edited_ts, found.user) == (NOW, LATER, author)
    assert (found.channel, found.text, found.thread_ts) == ("C1", "", thread)


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({}, ("C1", NOW)),
        ({"ts": LATER, "message": {"ts": NOW}}, ("C1", NOW)),
        ({"ts": LATER, "deleted_ts": NOW}, ("C1", NOW)),
        ({"item": {"channel": "C2", "ts": NOW}, "ts": LATER}, ("C2", NOW)),
        ({"item": {}}, ("", "")),
        ({"channel": ["C1"], "ts": 5}, ("", "")),
    ],
)
def test_event_is_about_its_message(event: dict[str, Any], found: tuple[str, str]) -> None:
    raw = msgspec.json.decode(envelope(**event))
    assert events.about(msgspec.convert(raw, events.AnyEnvelope).event) == found


NO_TIMES: list[object] = [
    *("", "now", "1700000000.", "-1.0", "1e9", "1700000000.000100\n", "١٧٠٠٠٠٠٠٠٠"),
    *("9" * 40, "NaN", "inf", 1700000000.0, None, []),
]


@pytest.mark.parametrize(
    ("ts", "seconds"),
    [
        ("1700000000.000100", 1700000000.0001),
        ("1700000000", 1700000000.0),
        ("0.000001", 0.000001),
        *((ts, None) for ts in NO_TIMES),
    ],
)
def test_a_ts_is_a_time_or_nothing(ts: object, seconds: float | None) -> None:
    assert events.seconds(ts) == seconds
    if ts is None or isinstance(ts, str):
        assert events.moment(ts, 5) == (5.0 if seconds is None else seconds)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"event_id": 1, "event": {}}',
        b'{"event_id": "Ev1"}',
        b'{"event_id": "Ev1", "event": []}',
        b'{"event_id": "Ev1", "event": {"text": ["secret"]}}',
        b'{"event_id": "Ev1", "event": {"text": "\xff"}}',
        b'{"event_id":' * 5000,
    ],
)
def test_what_cannot_be_read_is_said_without_its_content(raw: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        events.decode(raw, events.MessageEvent)
    assert "MessageEvent" in str(caught.value)
    assert "secret" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=9,
)
FIELDS = st.sampled_from(list(events.MessageEvent.__struct_fields__))


@given(st.dictionaries(FIELDS, JSON))
def test_whatever_slack_sends_is_a_message_or_nothing_or_unreadable(event: dict[str, Any]) -> None:
    try:
        found = read(**event)
    except Unreadable:
        return
    assert found is None or found.user


def rich_text(*elements: object) -> list[object]:
    return [{"type": "rich_text", "block_id": "b1", "elements": list(elements)}]


SECTION = {"type": "rich_text_section", "elements": [{"type": "text", "text": "look:"}]}


def code(language: str | None) -> dict[str, object]:
    block: dict[str, object] = {
        "type": "rich_text_preformatted",
        "elements": [{"type": "text", "text": "x := 1"}],
        "border": 0,
    }
    return block | ({} if language is None else {"language": language})


def test_what_code_blocks_are_marked_as_is_read_in_order() -> None:
    found = read(blocks=rich_text(code("Go"), SECTION, code(None), code("python")))
    assert found is not None
    assert found.code_languages == ("go", "", "python")


@pytest.mark.parametrize(
    "blocks",
    [
        None,
        [],
        {},
        "rich_text_preformatted",
        7,
        [7],
        rich_text(SECTION),
        rich_text("rich_text_preformatted"),
        rich_text(code(None) | {"language": 7}),
        [{"type": "actions", "elements": [{"type": "button"}]}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "rich_text_preformatted"}}],
    ],
)
def test_blocks_of_any_shape_leave_the_message_readable(blocks: object) -> None:
    found = read(blocks=blocks)
    assert found is not None
    assert found.text == "hello"
    assert found.code_languages == ()


def test_a_question_with_half_a_surrogate_pair_in_its_blocks_is_read_again() -> None:
    said = {"type": "rich_text_section", "elements": [{"type": "text", "text": "\ud83d?"}]}
    found = {
        "type": "message",
        "user": "U1",
        "text": "what is it?",
        "ts": "1.000000",
        "blocks": [{"type": "rich_text", "elements": [said]}],
    }
    for edited, edited_ts in (({}, ""), ({"edited": {"user": "U1"}}, "2.000000")):
        message = events.to_current(found | edited, "C1", "E1", frozenset(), 2.0)
        assert message
        assert (message.text, message.edited_ts) == ("what is it?", edited_ts)
