"""What Slack delivers, and what becomes of it: a message to match, or nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.errors import Unreadable
from gopherbot.model import Message
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
        files=[{"id": "F1", "name": "a.go", "filetype": "go", "size": 12, "mode": "snippet"}],
    )

    assert found is not None
    assert (found.event_id, found.channel, found.user) == ("Ev1", "C1", "U1")
    assert (found.ts, found.thread_ts) == ("1700000000.000100", "1699999999.000100")
    assert found.text == "a < b"
    assert found.raw == "<@UBOT> a &lt; b <@U2>"
    assert found.mentions_bot
    assert found.addressed
    assert found.mentioned_users == ("U2",)
    [file] = found.files
    assert (file.id, file.name, file.filetype, file.size) == ("F1", "a.go", "go", 12)
    assert file.mimetype == file.url_private_download == ""


@pytest.mark.parametrize("subtype", [None, "", "thread_broadcast", "file_share"])
def test_what_a_member_writes_is_read(subtype: str | None) -> None:
    assert read(subtype=subtype)


@pytest.mark.parametrize(
    "subtype",
    [
        "message_changed",
        "message_deleted",
        "message_replied",
        "channel_join",
        "channel_topic",
        "bot_message",
        "me_message",
        "tombstone",
        "something_new",
    ],
)
def test_any_other_subtype_is_ignored(subtype: str) -> None:
    assert read(subtype=subtype) is None


@pytest.mark.parametrize(
    "author",
    [
        {"user": "UBOT"},
        {"user": "USLACKBOT"},
        {"bot_id": "B1"},
        {"user": None},
        {"user": ""},
    ],
)
def test_bots_and_ourselves_are_ignored(author: dict[str, str | None]) -> None:
    assert read(**author) is None


def test_a_message_without_channel_is_ignored() -> None:
    assert read(channel=None) is None


@pytest.mark.parametrize("kind", ["im", "mpim", "app_home"])
def test_whatever_is_written_directly_addresses_the_bot(kind: str) -> None:
    found = read(channel_type=kind)

    assert found
    assert found.direct
    assert found.addressed


@pytest.mark.parametrize("kind", ["channel", "group", None, "something_new"])
def test_a_channel_is_not_direct_be_it_private(kind: str | None) -> None:
    found = read(channel_type=kind)

    assert found
    assert not found.direct
    assert not found.addressed


@pytest.mark.parametrize("text", [None, "", "   ", "<@U2>"])
def test_a_message_without_words_is_read_as_empty(text: str | None) -> None:
    found = read(text=text)

    assert found
    assert found.text == ""


def test_the_bot_may_have_several_ids_and_is_not_among_the_mentioned() -> None:
    decoded = events.decode(envelope(text="<@UBOT> <@WBOT> <@U2> <@U2>"), events.MessageEvent)
    found = events.to_message(decoded, frozenset({"UBOT", "WBOT"}))

    assert found
    assert found.mentioned_users == ("U2",)


@pytest.mark.parametrize(
    ("ts", "seconds"),
    [
        ("1700000000.000100", 1700000000.0001),
        ("1700000000", 1700000000.0),
        ("0.000001", 0.000001),
        ("", None),
        ("now", None),
        ("1700000000.", None),
        ("-1.0", None),
        ("1e9", None),
        ("1700000000.000100\n", None),
        ("١٧٠٠٠٠٠٠٠٠", None),
        ("9" * 40, None),
        ("NaN", None),
        ("inf", None),
        (1700000000.0, None),
        (None, None),
        ([], None),
    ],
)
def test_a_ts_is_a_time_or_nothing(ts: object, seconds: float | None) -> None:
    assert events.seconds(ts) == seconds


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


def test_fields_that_nobody_knows_do_no_harm() -> None:
    assert read(blocks=[{"type": "rich_text"}], team="T1", edited={"user": "U1"}, new=1)


def test_joins_are_read() -> None:
    team = events.decode(
        b'{"event_id":"Ev1","event":{"user":{"id":"U1","profile":{"email":"a@b.c"}}}}',
        events.TeamJoinEvent,
    )
    channel = events.decode(
        b'{"event_id":"Ev1","event":{"user":"U1","channel":"C1"}}', events.ChannelJoinEvent
    )

    assert team.event.user.id == "U1"
    assert "a@b.c" not in repr(team)
    assert (channel.event.user, channel.event.channel) == ("U1", "C1")


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
