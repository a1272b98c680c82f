"""`gopherbot usage`: what helps and what finds nothing, counted by a running bot."""

import json
from functools import partial
from typing import Any

import pytest
import redis
from commands import run
from conftest import RunningBot
from support import Bot, wait_until

from gopherbot.dev.bot import APP
from gopherbot.status import prometheus
from gopherbot.storage import keys
from slack_simulator import Simulator

from .conftest import snapshot

pytestmark = pytest.mark.slow

MEMBERS = ("regular", "newcomer", "moderator")
WORD = "zanzibarlib"


def usage(bot: Bot) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("usage", "--json", more=bot.environment).stdout)
    return found


def ask(slack: Simulator, text: str, user: str = "regular") -> Any:
    """Ask the bot something, and wait for what it says."""
    before = len(slack.posts())
    said = slack.say(f"<@{slack.identity.bot_user_id}> {text}", user=user)
    slack.wait_for_posts(before + 1)
    return said, slack.posts()[-1]


def test_it_counts_what_was_shown_and_taken_back(running_bot: RunningBot, slack: Simulator) -> None:
    bot = running_bot("web", "worker")
    _, term = ask(slack, "define rune")
    slack.workspace.react(term.channel, term.ts, "x", "regular")
    question, shown = ask(slack, "how do I copy a slice?")
    assert shown.ephemeral
    wait_until(lambda: "copy a slice" in usage(bot)["answers"], "it's counted, so it's settled")
    slack.workspace.react(question.channel, question.ts, "mega", "regular")
    for _ in range(3):
        ask(slack, "go tour")
    expected = {
        "define rune": {"shown": 1, "taken back": 1},
        "copy a slice": {"shown": 1, "shared": 1},
        "go tour": {"shown": 3},
    }

    def answers() -> dict[str, dict[str, int]]:
        return {name: usage(bot)["answers"].get(name) for name in expected}

    wait_until(lambda: answers() == expected, "everything is counted")
    printed = run("usage", more=bot.environment).stdout.splitlines()
    assert printed[0].split() == ["answer", "shown", "shared", "suggested", "taken", "back"]
    assert printed[2].split() == ["copy", "a", "slice", "1", "1", "0", "0"]
    assert [line.split()[0] for line in printed[1:4]] == ["go", "copy", "define"]
    page = prometheus.render(snapshot(bot))
    assert 'gopherbot_uses_total{what="taken back",answer="define rune"} 1\n' in page


def test_a_word_that_found_nothing_is_told_once_three_members_used_it(
    running_bot: RunningBot, slack: Simulator, redis_client: redis.Redis
) -> None:
    bot = running_bot("web", "worker")
    digests = keys.missed_words(APP, "digests")
    for number, member in enumerate(MEMBERS):
        assert WORD not in everything(redis_client)
        ask(slack, f"search {WORD}", member)
        ask(slack, f"define {WORD}", member)
        noted = partial(redis_client.zcard, digests)
        wait_until(lambda: noted() > number, "it's noted")  # noqa: B023 - waited for here
    wait_until(lambda: usage(bot)["words"] == [WORD], "it's told")
    kept = [
        *redis_client.zrange(digests, 0, -1),
        *redis_client.zrange(digests[:-7] + "words", 0, -1),
    ]
    assert not [each for each in kept if b"U0" in each]
    assert f'"{WORD}"' in run("usage", more=bot.environment).stdout


def test_off_is_off(running_bot: RunningBot, slack: Simulator, redis_client: redis.Redis) -> None:
    bot = running_bot("web", "worker", GOPHER_NO_USAGE="1")
    ask(slack, "define rune")
    for member in MEMBERS:
        ask(slack, f"search {WORD}", member)
    total = keys.counters(APP, "total")
    wait_until(lambda: int(redis_client.hget(total, "effects") or 0) == 4, "all else is counted")
    assert usage(bot) == {"answers": {}, "words": []}
    assert not redis_client.exists(keys.missed_words(APP, "digests"))
    assert "No answer has been counted yet." in run("usage", more=bot.environment).stdout


def everything(client: redis.Redis) -> str:
    """Return all that stands in the keys about words."""
    return repr([client.zrange(key, 0, -1) for key in client.scan_iter(f"{APP}:missed:*")])
