"""`expect` and its kin: what they find, and what they show when they don't."""

import re

import pytest
from slack_sdk import WebClient

from slack_simulator import Simulator

GENERAL = "C029RQSEE"


def test_each_post_is_expected_once_in_any_order(web: WebClient, slack: Simulator) -> None:
    for text in ("one", "two", "two again"):
        web.chat_postMessage(channel=GENERAL, text=text)
    assert slack.expect("two").text == "two"
    assert slack.expect("one").text == "one"
    assert slack.expect(re.compile(r"^two")).text == "two again"
    with pytest.raises(AssertionError, match="no post with 'two' within"):
        slack.expect("two", timeout=0.01)


def test_a_post_is_expected_in_a_channel_a_dm_or_by_its_only_reader(
    web: WebClient, slack: Simulator
) -> None:
    web.chat_postMessage(channel="U0REGULAR", text="in private")
    web.chat_postEphemeral(channel=GENERAL, user="U0REGULAR", text="psst")
    web.chat_postMessage(channel=GENERAL, text="in public")
    assert slack.expect(channel="regular").text == "in private"
    with pytest.raises(AssertionError):
        slack.expect(user="newcomer", timeout=0.01)
    assert slack.expect(user="regular").text == "psst"
    assert slack.expect(channel="general").text == "in public"


def test_texts_of_blocks_and_attachments_are_found(web: WebClient, slack: Simulator) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "in a block"}}
    web.chat_postMessage(channel=GENERAL, text="x", blocks=[section])
    web.chat_postMessage(channel=GENERAL, text="y", attachments=[{"text": "attached"}])
    assert slack.expect("in a block").text == "x"
    assert slack.expect("attached").text == "y"


def test_a_failure_shows_the_conversation_and_what_went_wrong(
    web: WebClient, slack: Simulator
) -> None:
    slack.gateway = None
    said = slack.say("hello <@U0GOPHERBOT>", user="newcomer")
    button = {"type": "button", "text": {"type": "plain_text", "text": "Wave"}, "action_id": "w"}
    blocks = [{"type": "actions", "elements": [button]}]
    web.chat_postMessage(channel=GENERAL, text="hi", blocks=blocks, thread_ts=said.ts)
    web.chat_postEphemeral(channel=GENERAL, user="U0NEWCOMER", text="psst")
    with pytest.raises(AssertionError) as failure:
        slack.expect("good morning", channel="general", timeout=0.01)
    shown = re.sub(r"\d\d:\d\d:\d\d", "00:00:00", str(failure.value))
    assert shown == (
        "no post with 'good morning' in general within 0.01 s\n"
        "\n"
        "#general\n"
        "  00:00:00 newcomer: hello @gopher\n"
        "  00:00:00 ↳ gopher: hi [Wave]\n"
        "  00:00:00 gopher: psst (only newcomer sees this)\n"
        "What went wrong:\n"
        "  no app: no Request URL is set, and nothing is connected over Socket Mode"
    )


def test_an_app_that_has_left_is_not_what_went_wrong(slack: Simulator) -> None:
    slack.say("hello")
    slack.feed.wait(lambda entry: entry.kind == "acknowledged")
    slack.gateway = None
    with pytest.raises(AssertionError) as failure:
        slack.expect("good morning", timeout=0.01)
    assert "What went wrong" not in str(failure.value)


def test_refused_calls_are_shown_with_what_to_do(web: WebClient, slack: Simulator) -> None:
    with pytest.raises(Exception, match="unknown_method"):
        web.team_billing_info()
    with pytest.raises(AssertionError, match=r"team\.billing\.info was answered with"):
        slack.expect(timeout=0.01)


def test_a_call_that_does_not_come_is_told_with_those_that_came(
    web: WebClient, slack: Simulator
) -> None:
    web.users_list()
    for text in ("one", "two"):
        web.chat_postMessage(channel=GENERAL, text=text)
    with pytest.raises(TimeoutError) as failure:
        slack.wait_for_calls("chat.postMessage", 3, timeout=0.01)
    first, *_, last = str(failure.value).splitlines()
    assert first == (
        "2 of 3 calls of chat.postMessage came within 0.01 s; "
        "the app called users.list (1), chat.postMessage (2)"
    )
    assert last.endswith("gopher: two")


def test_a_reaction_is_expected(web: WebClient, slack: Simulator) -> None:
    said = slack.say("hello")
    web.reactions_add(channel=GENERAL, timestamp=said.ts, name="wave")
    assert slack.expect_reaction("wave").ts == said.ts
    with pytest.raises(AssertionError, match="no reaction tada"):
        slack.expect_reaction("tada", timeout=0.01)


def test_silence_is_broken_by_a_post(web: WebClient, slack: Simulator) -> None:
    slack.expect_silence(0)
    web.chat_postMessage(channel=GENERAL, text="I can't be quiet")
    with pytest.raises(AssertionError, match='the app posted "I can\'t be quiet"'):
        slack.expect_silence(0)
    slack.expect("quiet")
    slack.expect_silence(0)
