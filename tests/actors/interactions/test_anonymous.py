"""A hundred members report in private: what the bot's processes and Redis know of them then."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import urllib3
from conftest import RunningBot
from support import Inside, wait_until

from actors.events.test_waiting import everything
from gopherbot.dev.bot import APP
from gopherbot.storage import keys
from slack_simulator import Simulator

pytestmark = pytest.mark.slow

ANONYMOUS: dict[str, Any] = {"What's wrong?": "Spam or a scam", "Your name": ["anonymous"]}
TOKEN = "the token of the tests"


def sealed_in(client: Any) -> set[bytes]:
    """Return what the cases in Redis hold of their reporters beside digests."""
    cases = [client.hgetall(key) for key in client.scan_iter(f"{APP}:case:*")]
    return {value for case in cases for name, value in case.items() if name.startswith(b"by:")}


def report(slack: Simulator, user: str, words: str) -> None:
    said = slack.say(words, "general", "newcomer")
    slack.interactivity.message_shortcut("report_message", said.channel, said.ts, user)
    slack.expect_view("moderators")
    assert slack.submit(ANONYMOUS, user) == {}


def test_after_a_hundred_anonymous_reports_nothing_but_slack_knows_who_made_them(
    running_bot: RunningBot, slack: Simulator, inside: Inside, moderated: Path
) -> None:
    slack.web_api.scopes = [*slack.web_api.scopes, "groups:read"]
    more = {"GOPHER_CONTENT": str(moderated), "GOPHER_METRICS_TOKEN": TOKEN}
    bot = running_bot("web", "worker", GOPHER_LOG_LEVEL="debug", **more)
    names = [f"reporter{number}" for number in range(100)]
    for name in names:
        slack.join_team(name)
        report(slack, name, f"an insult for {name}")
    slack.wait_for_posts(200, timeout=60)  # a card and a receipt each
    assert sealed_in(inside.client) == {b""}, "of no reporter there is more than a digest"
    for number in range(50):
        slack.click("Done", "moderator")
        wait_until(lambda n=number: len(slack.posts()) >= 201 + n, "its reporter is told")  # type: ignore[misc]
    wait_until(lambda: inside.client.llen(keys.journal(APP)), "the journal is written")
    # One more waits in its queue.
    slack.shortcut("tell_moderators", "reporter7")
    slack.expect_view("moderators")
    bot.dynos["worker"].kill()
    slack.submit(
        ANONYMOUS | {"What should the moderators know?": "an insult that waits"}, "reporter7"
    )
    pool = {"Authorization": f"Bearer {TOKEN}"}
    metrics = urllib3.request("GET", f"{bot.url}/metrics", headers=pool).data.decode()
    redis_holds = b"\n".join(everything(inside.client)).decode()
    logged = bot.printed.text()
    assert inside.messages("slack_interaction"), "a report waits"
    assert len(re.findall(f"{APP}:case:", redis_holds)) >= 100
    assert "report_submitted" in logged
    assert 'queue="slack_interaction"' in metrics
    users = [slack.workspace.user(name) for name in names]
    ids = [id for user in users for id in (user.id, slack.workspace.open_dm(user).id)]
    for word in (*ids, *names, "insult"):
        for where, found in (("redis", redis_holds), ("the logs", logged), ("/metrics", metrics)):
            assert word not in found, f"{word} is in {where}"
