"""`gopherbot dead`: what could not be read or done, looked at and dealt with by a person."""

from __future__ import annotations

import re
import time
from typing import Any

import msgspec
import pytest
import redis
from commands import run
from conftest import RunningBot
from support import Inside, wait_until

from gopherbot import table
from gopherbot.commands.dead import DeadLetters
from gopherbot.dev.bot import APP, environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.queues import messages
from slack_simulator import Simulator

pytestmark = pytest.mark.slow

CAUSE = "its worker died twice while it worked on it"
JOIN, PUBLIC = table.TEAM_JOIN, table.MESSAGE_PUBLIC


class Letters:
    """Dead letters in an empty Redis, and the tool beside them."""

    def __init__(self, client: redis.Redis, variables: dict[str, str]) -> None:
        self.client = client
        self.inside = Inside(client)
        self.variables = variables

    def bury(self, queue: str, data: bytes, id: str) -> None:
        with self.client.pipeline() as pipe:
            pipe.zadd(f"{APP}:{queue}.XQ", {id: time.time() * 1000})
            pipe.hset(f"{APP}:{queue}.XQ.msgs", id, data)
            pipe.execute()

    def bury_event(self, queue: str, seconds_old: float = 0, **fields: Any) -> str:
        """Bury an event that an actor can read; give its id."""
        when = time.time() - seconds_old
        body = msgspec.json.encode({"event_id": "Ev1", "event_time": int(when)} | fields)
        packed = messages.pack(queue, queue, body, None, sent_at=when)
        message = msgspec.json.decode(packed.data)
        message["options"] |= {"retries": 4, "died_of": CAUSE, "takeovers": 1, "eta": when * 1000}
        self.bury(queue, msgspec.json.encode(message), packed.id)
        return packed.id

    def dead(self, *arguments: str, status: int = 0, fresh: bool = False) -> str:
        found = run("dead", *arguments, more=self.variables, fresh=fresh)
        assert found.returncode == status, found.stdout + found.stderr
        assert "Traceback" not in found.stderr
        return found.stdout + found.stderr


@pytest.fixture
def letters(redis_client: redis.Redis, redis_server: RedisServer, slack: Simulator) -> Letters:
    return Letters(redis_client, environment(redis_server.url, slack, 8000))


def member(**more: object) -> dict[str, Any]:
    return {"type": "team_join", "user": {"id": "U0NEWCOMER", "is_bot": False} | more}


def test_none_is_said_to_be_none(letters: Letters) -> None:
    assert letters.dead("list", fresh=True) == "There are no dead letters.\n"
    assert letters.dead("retry", "--all") == "0 requeued.\n"
    assert letters.dead("drop", "--all") == "0 dropped.\n"


def test_they_are_listed_with_what_they_are(letters: Letters) -> None:
    letters.bury(PUBLIC, b"{broken", "garbage")
    id = letters.bury_event(JOIN, event=member())
    listed = letters.dead("list")
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [
        ["garbage", PUBLIC],
        [id, JOIN],
    ]
    assert "unreadable" in listed
    assert [re.split(" {2,}", line)[-1] for line in listed.splitlines()] == [
        "cause",
        "unreadable",
        CAUSE,
    ]
    only = letters.dead("list", "--queue", JOIN)
    assert "garbage" not in only
    assert id in only


def test_in_a_pipe_each_stays_on_its_line(letters: Letters) -> None:
    id = "an-id-of-" + "x" * 80
    letters.bury(PUBLIC, b"{broken", id)
    [_, line] = letters.dead("list").splitlines()
    assert line.split("   ")[:3] == [id, PUBLIC, "unreadable"]


def test_one_is_shown_whole_but_for_tokens_and_addresses(letters: Letters) -> None:
    event = member(
        name="gopherling",
        profile={
            "email": "gopher@example.org",
            "note": "x@y.example",
            "phone": "030 1234567",
            "title": "call +1 (555) 010-9999 or <tel:+15550108888|5550108888>",
        },
        app="xoxb-of-another-app xapp-1-of-it",
        ts="1700000000.123456",
    )
    id = letters.bury_event(JOIN, token="hush-hush", event=event)
    shown = letters.dead("show", id[:-1])
    assert '"type": "team_join"' in shown
    assert '"name": "gopherling"' in shown
    assert '"ts": "1700000000.123456"' in shown
    assert "hush-hush" not in shown
    # Around it stand ids and times, which may hold any digits.
    event_shown = msgspec.json.encode(msgspec.json.decode(shown)["args"][0]["event"]).decode()
    for hidden in ("example", "1234567", "9999", "+1555", "of-another-app", "of-it"):
        assert hidden not in event_shown


def test_what_is_no_json_is_shown_as_it_is_but_for_tokens_and_addresses(letters: Letters) -> None:
    letters.bury(PUBLIC, b'{"token":"hush-hush","who":"gopher@example.org","\xff', "garbage")
    shown = letters.dead("show", "garbage")
    assert shown.startswith('{"token":"****","who":"****"')


def test_an_id_that_is_not_there_is_told(letters: Letters) -> None:
    letters.bury(PUBLIC, b"1", "twin-1")
    letters.bury(PUBLIC, b"2", "twin-2")
    assert "No dead letter begins with nobody" in letters.dead("show", "nobody", status=2)
    assert "Several dead letters begin with twin" in letters.dead("show", "twin", status=2)


def test_one_that_is_put_back_is_done_by_a_worker(
    letters: Letters, running_bot: RunningBot, slack: Simulator, inside: Inside
) -> None:
    running_bot("worker")
    id = letters.bury_event(JOIN, event=member())
    assert letters.dead("retry", id) == "1 requeued.\n"
    slack.wait_for_posts(1)
    inside.wait_drained()
    assert inside.all_dead() == {}
    assert not letters.client.exists(f"{APP}:{JOIN}.XQ")


def test_one_that_is_put_back_begins_again(letters: Letters) -> None:
    old = letters.bury_event(JOIN, event=member())
    sent_at = msgspec.json.decode(letters.inside.dead(JOIN)[old])["options"]["sent_at"]
    letters.dead("retry", old)
    (id,) = letters.inside.ids(JOIN)
    options = msgspec.json.decode(letters.inside.messages(JOIN)[id])["options"]
    # It is as old as it was, but was never tried.
    assert options == {"redis_message_id": id, "sent_at": sent_at}
    assert id != old


def test_it_is_told_which_are_too_old_to_be_worked_on(letters: Letters) -> None:
    letters.bury_event(PUBLIC, seconds_old=120, event={"type": "message"})
    letters.bury_event(JOIN, seconds_old=120, event=member())
    found = letters.dead("retry", "--all")
    assert found.startswith("2 requeued.\n1 of them too old")


def test_how_old_one_may_be_is_judged_as_a_worker_judges_it(letters: Letters) -> None:
    five_minutes_ago = time.time() - 300
    for number, job in enumerate(("channel_cache", "probe")):
        packed = messages.pack("background", job, sent_at=five_minutes_ago)
        letters.bury("background", packed.data, f"job-{number}")
    # A redelivery: the envelope is young, the message is not.
    old = messages.pack(
        PUBLIC, PUBLIC, b'{"event_time":%d}' % time.time(), None, sent_at=five_minutes_ago
    )
    letters.bury(PUBLIC, old.data, "message")
    stale = {letter.id for letter in DeadLetters(letters.client, APP).all() if letter.is_stale()}
    assert stale == {"job-1", "message"}


def test_what_nobody_can_read_stays(letters: Letters) -> None:
    letters.bury(PUBLIC, b"{broken", "garbage")
    found = letters.dead("retry", "--queue", PUBLIC)
    assert found == "garbage stays: no worker can read it: it would die again\n0 requeued.\n"
    assert list(letters.inside.all_dead()) == ["garbage"]


def test_several_are_dropped_only_after_a_yes(letters: Letters) -> None:
    for number in range(3):
        letters.bury(PUBLIC, b"{}", f"letter-{number}")
    for which in (["--all"], ["--queue", PUBLIC]):
        assert "Drop 3 dead letters for good?" in letters.dead("drop", *which, status=1)
    assert len(letters.inside.all_dead()) == 3
    assert letters.dead("drop", "letter-1") == "1 dropped.\n"
    assert letters.dead("drop", "--queue", PUBLIC, "--yes") == "2 dropped.\n"
    assert letters.inside.all_dead() == {}


def test_a_whole_id_is_meant_though_another_one_begins_with_it(letters: Letters) -> None:
    for id in ("letter-1", "letter-10"):
        letters.bury(PUBLIC, b"{}", id)
    assert "Several dead letters begin with letter" in letters.dead("drop", "letter", status=2)
    letters.dead("drop", "letter-1")
    assert list(letters.inside.all_dead()) == ["letter-10"]


def test_it_has_to_be_said_which(letters: Letters) -> None:
    for command in ("retry", "drop"):
        assert "Specify exactly one of ID, --queue or --all." in letters.dead(command, status=2)
        assert "Specify exactly one" in letters.dead(command, "some-id", "--all", status=2)


def test_two_operators_at_once_put_one_back_once(letters: Letters) -> None:
    letters.bury_event(JOIN, event=member())
    dead = DeadLetters(letters.client, APP)
    (letter,) = dead.all()
    assert [dead.retry(letter), dead.retry(letter), dead.drop(letter)] == [
        True,
        False,
        False,
    ]
    wait_until(lambda: len(letters.inside.ids(JOIN)) == 1, "it is there once")
