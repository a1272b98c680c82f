"""The trace as a web page of one file: what is in it, and what never is."""

import re

import pytest
import urllib3
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator, trace_file

GENERAL = "C029RQSEE"


@pytest.fixture
def page(web: WebClient, slack: Simulator) -> str:
    """The page of a small story, in which one call fails."""
    slack.say("<script>alert(1)</script> good morning", user="newcomer")
    slack.deliveries.wait_idle()
    web.chat_postMessage(channel=GENERAL, text="hello")
    with pytest.raises(SlackApiError):
        web.chat_postMessage(channel="C0NOPE", text="hello")
    return trace_file.page(slack, "A story")


def test_it_shows_the_conversation_and_every_step(page: str) -> None:
    assert "<h1>A story</h1>" in page
    assert "gopher: hello" in page
    for step in ("message → http", "message ← 200", "chat.postMessage 200"):
        assert step in page
    assert '<span class="bad">chat.postMessage 200 channel_not_found</span>' in page


def test_it_has_the_raw_requests_without_tokens(page: str) -> None:
    assert "POST /api/chat.postMessage" in page
    assert "x-slack-signature" in page.lower()
    assert not re.search(r"xox[a-z]-\w", page)


def test_a_members_words_stay_text(page: str) -> None:
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_it_is_saved_from_the_page(slack: Simulator, http: urllib3.PoolManager) -> None:
    slack.say("good morning")
    answer = http.request("GET", f"{slack.url}/sim/trace")
    assert 'filename="slack-trace.html"' in answer.headers["Content-Disposition"]
    assert "good morning" in answer.data.decode()
