from typing import Any

import pytest
from gateway import Gateway
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import RateLimit, Simulator
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

HEADING = {"type": "plain_text", "text": "A heading"}
METADATA = {"event_type": "reply", "event_payload": {"event": "Ev1", "number": 1}}


def refusal(web: WebClient, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as failure:
        web.api_call("chat.postMessage", json={"channel": "general", "text": "hi"} | arguments)
    return str(failure.value.response["error"])


def test_a_post_is_answered_with_the_message(web: WebClient, slack: Simulator) -> None:
    answer = web.chat_postMessage(channel="general", text="hello", unfurl_links=False)
    assert answer["channel"] == "C029RQSEE"
    message = answer["message"]
    assert message["ts"] == answer["ts"]
    assert message["text"] == "hello"
    assert (message["user"], message["bot_id"]) == ("U0GOPHERBOT", "B0GOPHERBOT")
    assert message["bot_profile"]["app_id"] == "A0GOPHERBOT"
    assert "subtype" not in message
    [post] = slack.posts("general")
    assert (post.text, post.ts, post.channel_name) == ("hello", answer["ts"], "general")
    assert post.unfurl_links is False
    assert post.unfurl_media is None
    assert not post.ephemeral


@pytest.mark.parametrize("channel", ["general", "#general", "C029RQSEE"])
def test_a_channel_may_be_named(web: WebClient, channel: str) -> None:
    assert web.chat_postMessage(channel=channel, text="hello")["channel"] == "C029RQSEE"


def test_a_users_id_leads_to_their_dm(web: WebClient, slack: Simulator) -> None:
    answer = web.chat_postMessage(channel="U0NEWCOMER", text="welcome")
    assert answer["channel"].startswith("D")
    assert answer["channel"] == slack.dm("thanks", user="newcomer").channel
    [opened] = slack.feed.after(0, "dm_opened")
    assert opened["members"] == ["U0GOPHERBOT", "U0NEWCOMER"]


def test_the_bots_own_posts_are_told_to_it(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    web.chat_postMessage(channel="general", text="hello")
    [event] = gateway.events(1)
    assert event["bot_id"] == "B0GOPHERBOT"
    assert "subtype" not in event


def test_a_reply_goes_into_its_thread(web: WebClient, slack: Simulator) -> None:
    parent = slack.say("question")
    web.chat_postMessage(channel="general", text="answer", thread_ts=parent.ts)
    assert slack.posts()[0].thread_ts == parent.ts


def test_metadata_is_kept_and_given_back(web: WebClient, slack: Simulator) -> None:
    answer = web.chat_postMessage(channel="general", text="hello", metadata=METADATA)
    assert answer["message"]["metadata"] == METADATA
    assert slack.posts()[0].metadata == METADATA


ID = "6f1d7d2e-3f0a-5c43-9a55-1c8a1f7f6f52"


@pytest.mark.parametrize(("honored", "posted"), [(False, ["first", "second"]), (True, ["first"])])
def test_a_client_msg_id_posts_again_only_where_it_is_ignored(
    web: WebClient, slack: Simulator, honored: bool, posted: list[str]
) -> None:
    slack.workspace.honors_client_msg_id = honored
    first, second = (
        web.chat_postMessage(channel="general", text=text, client_msg_id=ID)
        for text in ("first", "second")
    )
    assert [post.text for post in slack.posts()] == posted
    assert (first["ts"] == second["ts"]) is honored
    web.chat_postMessage(channel="general", text="third", client_msg_id=ID.replace("6", "7"))
    assert slack.posts()[-1].text == "third"


def test_a_client_msg_id_of_another_channel_or_a_deleted_post_is_refused(
    web: WebClient, slack: Simulator
) -> None:
    slack.workspace.honors_client_msg_id = True
    posted = web.chat_postMessage(channel="general", text="hello", client_msg_id=ID)
    assert refusal(web, channel="newbies", client_msg_id=ID) == "duplicate_channel_not_found"
    web.chat_delete(channel=posted["channel"], ts=posted["ts"])
    assert refusal(web, client_msg_id=ID) == "duplicate_message_not_found"


def test_another_name_makes_it_a_bot_message_without_user(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    web.chat_postMessage(channel="gotimefm", text="live", username="Changelog")
    [event] = gateway.events(1)
    assert event["subtype"] == "bot_message"
    assert event["username"] == "Changelog"
    assert event["bot_id"] == "B0GOPHERBOT"
    assert "user" not in event
    assert slack.posts()[0].username == "Changelog"


def test_what_slack_refuses(web: WebClient, slack: Simulator) -> None:
    slack.workspace.leave_channel("random", "gopher")
    slack.workspace.leave_channel("moderators", "gopher")
    assert refusal(web, channel="C0NOWHERE") == "channel_not_found"
    assert refusal(web, channel="") == "channel_not_found"
    assert refusal(web, channel="random") == "not_in_channel"
    assert refusal(web, channel="moderators") == "channel_not_found"
    assert refusal(web, channel="vendoring") == "is_archived"
    assert refusal(web, text="") == "no_text"
    assert refusal(web, text="x" * 40_001) == "msg_too_long"
    assert refusal(web, thread_ts="1500000000.000100") == "thread_not_found"
    assert refusal(web, attachments=[{}] * 101) == "too_many_attachments"
    assert refusal(web, attachments="[") == "invalid_attachments"
    assert refusal(web, text="x", markdown_text="x") == "markdown_text_conflict"
    assert refusal(web, blocks={"a": 1}) == "invalid_blocks_format"
    assert slack.posts() == []


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("{", "invalid_metadata_format"),
        ([1], "invalid_metadata_format"),
        ({"event_type": "x"}, "invalid_metadata_schema"),
        ({"event_type": "", "event_payload": {}}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"a": "b" * 17_000}}, "metadata_too_large"),
    ],
)
def test_metadata_must_have_slacks_form(web: WebClient, metadata: object, error: str) -> None:
    assert refusal(web, metadata=metadata) == error


def test_attachments_alone_will_do(web: WebClient, slack: Simulator) -> None:
    web.api_call(
        "chat.postMessage", json={"channel": "general", "attachments": [{"text": "only this"}]}
    )
    assert slack.posts()[0].attachments == [{"text": "only this", "id": 1}]


def test_an_ephemeral_message_is_for_one_alone(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    answer = web.chat_postEphemeral(channel="general", user="U0REGULAR", text="psst")
    [post] = slack.posts()
    assert (post.ephemeral, post.user, post.ts) == (True, "U0REGULAR", answer["message_ts"])
    assert web.conversations_history(channel="C029RQSEE")["messages"] == []
    slack.deliveries.wait_idle()
    assert gateway.received == []


@pytest.mark.parametrize("user", ["U0NEWCOMER", "U0NOBODY"])
def test_an_ephemeral_message_needs_its_reader_in_the_channel(web: WebClient, user: str) -> None:
    with pytest.raises(SlackApiError) as failure:
        web.chat_postEphemeral(channel="jobs", user=user, text="psst")
    assert failure.value.response["error"] == "user_not_in_channel"


def test_the_bot_changes_and_takes_back_its_own_only(web: WebClient, slack: Simulator) -> None:
    own = web.chat_postMessage(channel="general", text="helo")
    web.chat_update(channel="C029RQSEE", ts=own["ts"], text="hello")
    [message] = web.conversations_history(channel="C029RQSEE")["messages"]
    assert message["text"] == "hello"
    assert message["edited"]["user"] == "U0GOPHERBOT"
    web.chat_delete(channel="C029RQSEE", ts=own["ts"])
    said = slack.say("mine")
    with pytest.raises(SlackApiError) as failure:
        web.chat_delete(channel="C029RQSEE", ts=said.ts)
    assert failure.value.response["error"] == "cant_delete_message"
    with pytest.raises(SlackError, match="message_not_found"):
        slack.workspace.message("general", own["ts"])


def test_a_change_keeps_the_attachments_and_the_metadata_that_it_does_not_give(
    web: WebClient, slack: Simulator
) -> None:
    attachment = {"text": "more"}
    own = web.chat_postMessage(
        channel="C029RQSEE", text="one", attachments=[attachment], metadata=METADATA
    )
    web.chat_update(channel="C029RQSEE", ts=own["ts"], text="two")
    message = slack.workspace.message("general", own["ts"])
    assert ([each["text"] for each in message.attachments], message.metadata) == (
        ["more"],
        METADATA,
    )
    other = METADATA | {"event_payload": {"number": 2}}
    web.chat_update(channel="C029RQSEE", ts=own["ts"], text="three", attachments=[], metadata=other)
    assert (message.text, message.attachments, message.metadata) == ("three", [], other)


@pytest.mark.parametrize(
    ("given", "text", "kinds"),
    [
        ({"blocks": [{"type": "header", "text": HEADING}]}, "one", ["header"]),
        ({"attachments": [{"text": "more"}]}, "one", ["divider"]),
        ({"metadata": {}}, "one", ["divider"]),
        ({"text": "two"}, "two", []),
        ({"markdown_text": "**two**"}, "**two**", []),
        ({"text": "two", "blocks": [{"type": "divider"}]}, "two", ["divider"]),
    ],
)
def test_a_change_without_a_text_keeps_it_and_a_text_alone_takes_the_blocks_away(
    web: WebClient, given: Json, text: str, kinds: list[str]
) -> None:
    blocks = [{"type": "divider"}]
    own = web.chat_postMessage(channel="C029RQSEE", text="one", blocks=blocks, metadata=METADATA)
    answer = web.api_call("chat.update", json={"channel": own["channel"], "ts": own["ts"], **given})
    assert answer["text"] == answer["message"]["text"] == text
    assert [block["type"] for block in answer["message"].get("blocks", [])] == kinds


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "no_text"),
        ({"text": "x" * 4001}, "msg_too_long"),
        ({"text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ({"channel": "general", "text": "x"}, "channel_not_found"),
        ({"ts": "1500000000.000100", "text": "x"}, "message_not_found"),
    ],
)
def test_a_change_that_slack_refuses(web: WebClient, given: Json, error: str) -> None:
    own = web.chat_postMessage(channel="C029RQSEE", text="one")
    with pytest.raises(SlackApiError) as failure:
        web.api_call("chat.update", json={"channel": own["channel"], "ts": own["ts"]} | given)
    assert failure.value.response["error"] == error


def test_a_deleted_parent_leaves_a_tombstone(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    own = web.chat_postMessage(channel="C029RQSEE", text="hello")
    slack.say("thanks", thread_ts=own["ts"])
    web.chat_delete(channel="C029RQSEE", ts=own["ts"])
    gone, reply = web.conversations_replies(channel="C029RQSEE", ts=own["ts"])["messages"]
    assert (gone["subtype"], gone["user"], "bot_id" in gone) == ("tombstone", "USLACKBOT", False)
    assert reply["text"] == "thanks"
    change = next(e for e in gateway.events(3) if e.get("subtype") == "message_changed")
    assert change["message"]["subtype"] == "tombstone"
    assert change["previous_message"]["text"] == "hello"
    with pytest.raises(SlackApiError) as failure:
        web.chat_delete(channel="C029RQSEE", ts=own["ts"])
    assert failure.value.response["error"] == "message_not_found"


def test_posting_can_be_limited_by_channel(web: WebClient, slack: Simulator) -> None:
    slack.web_api.rate_limit = RateLimit(per_second=0.1, burst=2)
    web.chat_postMessage(channel="general", text="1")
    web.chat_postMessage(channel="#general", text="2")
    with pytest.raises(SlackApiError) as failure:
        web.chat_postMessage(channel="C029RQSEE", text="3")
    answer = failure.value.response
    assert answer.status_code == 429
    assert answer["error"] == "ratelimited"
    assert 8 <= int(answer.headers["retry-after"]) <= 10
    web.chat_postMessage(channel="random", text="elsewhere")
    assert [post.text for post in slack.posts()] == ["1", "2", "elsewhere"]


def test_a_rate_limit_lets_posts_through_again(web: WebClient, slack: Simulator) -> None:
    slack.gateway = None
    slack.web_api.rate_limit = RateLimit(per_second=1000)
    for number in range(20):
        # Nothing happens in the meantime, so this takes its full two milliseconds.
        slack.feed.wait_after(slack.feed.seq, 0.002)
        web.chat_postMessage(channel="general", text=str(number))
    assert len(slack.posts()) == 20


def test_a_rate_limit_must_make_sense() -> None:
    with pytest.raises(ValueError, match="above 0"):
        RateLimit(per_second=0)


def test_a_message_that_cannot_be_changed_now_says_why(web: WebClient, slack: Simulator) -> None:
    parent = slack.say("?")
    place = {"channel": "C029RQSEE", "thread_ts": parent.ts}
    to = {"recipient_team_id": "T0GOPHERS", "recipient_user_id": "U0REGULAR"}
    started = web.api_call("chat.startStream", json=place | to)["ts"]
    with pytest.raises(SlackApiError, match="streaming_state_conflict"):
        web.chat_update(channel="C029RQSEE", ts=started, text="x")
    room = web.conversations_create(name="ovens")["channel"]["id"]
    own = web.chat_postMessage(channel=room, text="hot")["ts"]
    web.conversations_archive(channel=room)
    with pytest.raises(SlackApiError, match="is_inactive"):
        web.chat_update(channel=room, ts=own, text="cold")


def test_links_are_unfurled_where_they_are(web: WebClient, slack: Simulator) -> None:
    link = "https://example.com/?a=1&b=2"
    said = slack.say(f"see <{link.replace('&', '&amp;')}>")
    place = {"channel": said.channel, "ts": said.ts}
    for text in ("One", "Two"):
        web.chat_unfurl(channel=said.channel, ts=said.ts, unfurls={link: {"text": text}})
    (preview,) = web.conversations_history(channel=said.channel)["messages"][0]["attachments"]
    assert preview["text"] == "Two"
    other = {"https://example.com/other": {"text": "x"}}
    for wrong, error in (
        ({"unfurls": other}, "cannot_unfurl_message"),
        ({"channel": "C0NOPE"}, "cannot_find_channel"),
        ({"ts": "1.0"}, "cannot_find_message"),
        ({"channel": ""}, "missing_channel"),
        ({"ts": ""}, "missing_ts"),
    ):
        with pytest.raises(SlackApiError) as failure:
            web.api_call("chat.unfurl", json={**place, "unfurls": {}} | wrong)
        assert failure.value.response["error"] == error
