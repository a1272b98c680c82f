"""A wave of spam: who is told of it, what they see and press, and what is left in Redis."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from cases import cases
from support import SAMPLE

from actors.conftest import Hear, NewWorker, edit, handle_one, run_at_once, run_background
from actors.events.test_waiting import everything
from bench import spammers
from gopherbot import actors
from gopherbot.actors.context import WorkerContext
from gopherbot.dev.bot import APP
from gopherbot.errors import RetryLater
from gopherbot.model import Message
from gopherbot.slack import interactions
from gopherbot.storage import keys
from gopherbot.table import interaction_actor
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope

PLACES = ("general", "random", "newbies", "jobs", "modules", "reviews")
TEXT = "I want to rent your account, you do nothing and earn 200 dollars every month, message me"
LINK = "look at this everyone <https://{}.example/a>"
WAVES = '[waves]\nchannel = "moderators"\n'
Workers = Callable[..., WorkerContext]


@pytest.fixture
def worker(slack: Simulator, new_worker: NewWorker, tmp_path: Path) -> Workers:
    """Makes a worker with this `moderation.toml`."""
    slack.web_api.scopes = [*slack.web_api.scopes, "groups:read"]
    workspace = (SAMPLE / "workspace.toml").read_text()
    source = workspace.replace('source = ""', 'source = "https://bread.example.net/bot"')
    (tmp_path / "workspace.toml").write_text(source)

    def make(table: str = f"{WAVES}shadow = false\n", **more: str) -> WorkerContext:
        (tmp_path / "moderation.toml").write_text(table)
        return new_worker(GOPHER_CONTENT=str(tmp_path), **more)

    return make


@pytest.fixture
def context(worker: Workers) -> WorkerContext:
    return worker()


def cards(slack: Simulator) -> list[str]:
    """Return the cards as they are now. Nothing is posted but in the moderators' channel."""
    assert {post.channel_name for post in slack.posts()} <= {"moderators"}
    found = slack.workspace.conversation("moderators").messages.values()
    return [msgspec.json.encode(message.blocks).decode() for message in found]


def flood(slack: Simulator, count: int, text: str = TEXT, user: str = "newcomer") -> None:
    chance = random.Random(count)
    for place in PLACES[:count]:
        slack.say(spammers.edited(text, ["changed case"], chance), place, user)


def press(context: WorkerContext, card: str, label: str, user: str = "U0MODERATOR") -> None:
    """Press a button of a card, as Slack tells of it."""
    buttons = [each for each in msgspec.json.decode(card)[-1]["elements"] if "action_id" in each]
    (button,) = (each for each in buttons if each["text"]["text"] == label)
    row = interaction_actor(button["action_id"])
    assert row
    action = {"action_id": row.id, "value": button["value"]}
    payload = {"type": "block_actions", "user": {"id": user}, "actions": [action]}
    actors.clicked(row)(context, interactions.decode(msgspec.json.encode(payload), "I1"))


def test_the_same_in_four_channels_is_one_card_with_its_links(
    slack: Simulator, hear: Hear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gopherbot.actors.interactions.waves._MOST_LINKS", 8)
    flood(slack, 3)
    hear()
    assert cards(slack) == []
    flood(slack, 6)
    hear()
    [card] = cards(slack)
    author = slack.workspace.user("newcomer").id
    assert f"<@{author}> said nearly the same in 6 channels" in card
    assert (card.count("/archives/"), "… and 1 more" in card) == (8, True)
    assert "rent your account" in card.casefold()


def pasted(slack: Simulator) -> None:
    flood(slack, 4, f"look:\n```{TEXT}```", slack.join_team("spammer").user.id)


def linked(slack: Simulator) -> None:
    for place in PLACES[:4]:
        spammer = slack.join_team(f"spammer {place}").user.id
        slack.say(f"> {TEXT} https://pay.example.net/{place}", place, spammer)


def edited(slack: Simulator) -> None:
    for place in PLACES[:4]:
        edit(slack, slack.say(f"hi {place}", place, "newcomer"), TEXT)


def by_new_members(slack: Simulator) -> None:
    for number, place in enumerate(PLACES[:3]):
        slack.say(TEXT, place, slack.join_team(f"new{number}").user.id)


@pytest.mark.parametrize("said", [pasted, linked, edited, by_new_members])
def test_spam_however_said_is_one_wave(
    slack: Simulator, hear: Hear, said: Callable[[Simulator], None]
) -> None:
    said(slack)
    hear()
    [card] = cards(slack)
    assert ("3 new members said nearly the same" in card) is (said is by_new_members)
    assert card.count("/archives/") == 3 + (said is not by_new_members)


def test_each_wave_has_one_growing_card(slack: Simulator, hear: Hear) -> None:
    for number, place in enumerate(PLACES, 1):
        slack.say(TEXT, place, "newcomer")
        hear()
        assert [card.count("/archives/") for card in cards(slack)] == (
            [number] if number > 3 else []
        )
    flood(slack, 4, spammers.texts()[2], "newcomer")
    flood(slack, 5, spammers.texts()[8], "regular")
    hear()
    assert [card.count("/archives/") for card in cards(slack)] == [10, 5], "one for each author"
    assert len(slack.posts()) == 2


def test_what_a_member_writes_pings_nobody(slack: Simulator, hear: Hear) -> None:
    for place in PLACES[:4]:
        slack.say(f"<!channel> &amp; <@U0REGULAR> *bold* {TEXT}", place, "newcomer")
    hear()
    [message] = slack.workspace.conversation("moderators").messages.values()
    assert "channel>" not in message.text
    [quote] = [block for block in message.blocks if block["type"] == "rich_text"]
    [said] = quote["elements"][0]["elements"]
    assert said["type"] == "text"
    assert "<!channel> & <@U0REGULAR> *bold*" in said["text"]


@cases("count", "texts", "places", "users")
def test_no_wave(
    count: int, texts: list[str], places: str, users: str, slack: Simulator, hear: Hear
) -> None:
    each = users.split()
    authors = [slack.join_team(user).user.id if user[:-1] == "new" else user for user in each]
    said = zip(cycle(texts), cycle(places.split()), cycle(authors), range(count))
    for text, place, author, _ in said:
        slack.say(TEXT if text == "SPAM" else text, place, author)
    hear()
    assert slack.posts() == []


def test_only_a_fresh_host_is_a_wave(
    slack: Simulator, hear: Hear, redis_client: Any, context: WorkerContext
) -> None:
    for place, text in zip(PLACES, spammers.texts()[:4], strict=False):
        slack.say(f"{text} {LINK.format('fresh')}", place, "newcomer")
    slack.say(LINK.format("older"), "general", "regular")
    hear()
    assert len(cards(slack)) == 1
    assert "linked to the same new site in 4 channels" in cards(slack)[0]
    press(context, cards(slack)[0], "These are fine")
    for place in PLACES:
        slack.say(LINK.format("fresh"), place, "reviewer")
    hear()
    assert len(cards(slack)) == 1
    hosts = keys.wave_memory(APP, "hosts")
    for host in redis_client.zrange(hosts, 0, -1):
        redis_client.zincrby(hosts, -2 * 86400, host)
    for place in PLACES:
        slack.say(LINK.format("older"), place, "newcomer")
    hear()
    assert len(cards(slack)) == 1


def test_what_is_called_fine_is_left_alone(
    slack: Simulator, hear: Hear, context: WorkerContext
) -> None:
    flood(slack, 4)
    hear()
    press(context, cards(slack)[0], "On it")
    assert "<@U0MODERATOR> (<!date^" in cards(slack)[0]
    assert "is on it" in cards(slack)[0]
    press(context, cards(slack)[0], "These are fine", "U0REVIEWER")
    [card] = cards(slack)
    assert "said these are fine" in card
    assert '"button"' not in card
    flood(slack, 6, user="regular")
    hear()
    assert cards(slack) == [card]


def test_of_two_texts_in_one_card_the_one_that_it_quotes_is_called_fine(
    slack: Simulator, hear: Hear, context: WorkerContext
) -> None:
    spam = spammers.texts()[2]
    flood(slack, 4)
    hear()
    flood(slack, 4, spam)
    hear()
    [card] = cards(slack)
    press(context, card, "These are fine")
    for user in ("regular", "reviewer"):
        flood(slack, 5, TEXT if user == "regular" else spam, user=user)
        hear()
    quoted, another = cards(slack)
    assert "said these are fine" in quoted
    assert "<@U0REVIEWER> said nearly the same" in another


@pytest.mark.parametrize(
    ("table", "env"), [(WAVES, "production"), (f"{WAVES}shadow = false\n", "staging")]
)
def test_shadow_is_the_default_and_tells_nobody(
    slack: Simulator, hear: Hear, worker: Workers, table: str, env: str
) -> None:
    trial = worker(table, ENV=env)
    flood(slack, 5)
    hear(trial)
    assert slack.posts() == []
    assert trial.waves
    [wave] = trial.waves.log.recent()
    assert (wave.channels, wave.members, wave.card) == (5, 1, None)


def test_without_a_table_nothing_is_kept(
    slack: Simulator, hear: Hear, worker: Workers, redis_client: redis.Redis
) -> None:
    flood(slack, 6)
    hear(worker(""))
    assert slack.posts() == []
    assert list(redis_client.scan_iter(f"{APP}:wave*")) == []


@pytest.mark.parametrize(
    ("text", "commands"), [("thanks, that worked!", 0), (TEXT, 1), (LINK.format("fresh"), 1)]
)
def test_a_message_that_is_no_wave_costs_one_command_at_most(
    text: str, commands: int, context: WorkerContext, redis_client: redis.Redis
) -> None:
    def sent() -> int:
        calls = redis_client.info("commandstats")
        return sum(calls[name]["calls"] for name in calls if "eval" in name)

    assert context.waves
    context.waves.watch(Message("Ev1", "C1", "U1", "1700000000.000100", TEXT))
    others = redis_client.client_list()
    before = sent()
    context.waves.watch(Message("Ev2", "C2", "U2", "1700000000.000200", text))
    assert sent() - before == commands
    assert len(redis_client.client_list()) == len(others)


def test_redis_holds_no_text_and_no_author_and_all_of_it_expires(
    slack: Simulator, hear: Hear, redis_client: redis.Redis
) -> None:
    slack.join_team("spammer")
    flood(slack, 5)
    flood(slack, 4, LINK.format("fresh"))
    hear()
    assert len(cards(slack)) == 1
    for key in redis_client.scan_iter(f"{APP}:wave*"):
        assert redis_client.ttl(key) > 0, key
    author = slack.workspace.user("newcomer").id.encode()
    for value in everything(redis_client):
        for word in (b"rent", b"account", b"fresh", author):
            assert word not in value, value


def test_a_card_that_slack_refuses_for_a_while_comes_once(
    slack: Simulator, hear: Hear, context: WorkerContext
) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage"))
    flood(slack, 4)
    with pytest.raises(RetryLater):
        hear()
    run_background(context)
    run_background(context)
    assert len(cards(slack)) == 1


def test_two_workers_at_once_post_one_card_that_shows_every_message(
    slack: Simulator, heard: list[EventEnvelope], worker: Workers
) -> None:
    flood(slack, 6)
    workers = [worker(), worker()]
    start = threading.Barrier(2)

    def work(context: WorkerContext) -> None:
        start.wait(5)
        for envelope in heard[workers.index(context) :: 2]:
            handle_one(context, envelope)
        start.wait(5)
        run_background(context)

    run_at_once(work, *workers)
    assert [card.count("/archives/") for card in cards(slack)] == [6]
    assert len(slack.posts()) == 1


@pytest.mark.parametrize("channel", ["general", "moderators"])
def test_only_a_private_channel_with_the_bot_in_it_gets_a_card(
    channel: str, slack: Simulator, heard: list[EventEnvelope], worker: Workers
) -> None:
    by = worker(WAVES.replace("moderators", channel) + "shadow = false\n")
    if channel == "moderators":
        by.moderators_channel(channel).id()
        slack.workspace.conversation(channel).members.pop("U0GOPHERBOT")
    flood(slack, 4)
    for envelope in heard:
        handle_one(by, envelope)
    with pytest.raises(RetryLater, match="channel_not_found"):
        run_background(by)
    assert slack.posts() == []
    assert by.watcher_log.rejections()["waves"].error == "channel_not_found"
    if channel == "moderators":
        slack.workspace.conversation(channel).members["U0GOPHERBOT"] = None
        run_background(by)
        assert len(cards(slack)) == 1
        assert by.watcher_log.rejections() == {}


def test_a_button_of_a_wave_that_is_forgotten_says_so(
    slack: Simulator, hear: Hear, context: WorkerContext, redis_client: redis.Redis
) -> None:
    flood(slack, 4)
    hear()
    redis_client.flushall()
    press(context, cards(slack)[0], "These are fine")
    [post] = [post for post in slack.posts() if post.channel_name != "moderators"]
    assert "too long ago" in post.text
    assert list(redis_client.scan_iter(f"{APP}:wave*")) == []
