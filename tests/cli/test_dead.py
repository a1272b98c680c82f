"""`gopherbot dead`: what could not be read or done, looked at and dealt with by a person."""

import re
import time
from typing import Any

import msgspec
import pytest
import redis
from commands import run
from conftest import RunningBot
from support import Inside

from gopherbot import table
from gopherbot.commands.dead import DeadLetters
from gopherbot.dev.bot import APP, environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.queues import messages
from slack_simulator import Simulator

pytestmark = pytest.mark.slow

CAUSE = "its worker died twice while it worked on it"
JOIN, PUBLIC, BACKGROUND = table.TEAM_JOIN, table.MESSAGE_PUBLIC, table.BACKGROUND


class Letters:
    """Dead letters in an empty Redis, and the tool beside them."""

    def __init__(self, client: redis.Redis, variables: dict[str, str]) -> None:
        self.client = client
        self.inside = Inside(client)
        self.found = DeadLetters(client, APP)
        self.variables = variables

    def bury(self, queue: str, data: bytes, id: Any, ago: float = 0) -> None:
        """Bury anything at all that died so many seconds ago."""
        with self.client.pipeline() as pipe:
            pipe.zadd(f"{APP}:{queue}.XQ", {id: (time.time() - ago) * 1000})
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
    long = "an-id-of-" + "x" * 80  # In a pipe each stays on its line.
    letters.bury(PUBLIC, b"{broken", long, ago=300)
    letters.bury(PUBLIC, b"\xff", b"binary\xff", ago=7200)
    letters.bury(PUBLIC, messages.pack(PUBLIC, PUBLIC, b'{"event":5}', sent_at=1).data, "odd", 9e5)
    letters.bury(BACKGROUND, messages.pack(BACKGROUND, "gerrit", sent_at=0).data, "job", ago=200)
    id = letters.bury_event(JOIN, event=member(), seconds_old=100)
    heading, *rows = [re.split(" {2,}", line) for line in letters.dead("list").splitlines()]
    assert heading == ["id", "queue", "what", "died", "sent", "cause"]
    assert [[cell.rpartition(" ")[2] if n in (3, 4) else cell for n, cell in enumerate(row)]
            for row in rows] == [
        [long, PUBLIC, "unreadable", "ago", "–", "unreadable"],
        [r"binary\xff", PUBLIC, "unreadable", "ago", "–", "unreadable"],
        ["odd", PUBLIC, "unreadable event", "ago", "ago", "–"],
        ["job", BACKGROUND, "gerrit", "ago", "–", "–"],
        [id, JOIN, "team_join", "now", "ago", CAUSE],
    ]  # fmt: skip
    died = [row[3] for row in rows]
    assert died[:3] == ["5 min ago", "2 h ago", "10 days ago"]
    assert len(letters.dead("list", "--queue", JOIN).splitlines()) == 2


def test_one_is_shown_whole_but_for_tokens_and_addresses(letters: Letters) -> None:
    event = member(
        name="gopherling",
        profile={
            "email": "gopher@example.org",
            "note": "x@Y.EXAMPLE",
            "phone": "030 1234567",
            "title": "call +1 (555) 010-9999 or <tel:15550108888|5550108888>",
        },
        others=[{"email": "gophers@example.org"}, {"phone": None}],
        app="xoxb-of-another-app xapp-1-of-it",
        ts="1700000000.123456",
    )
    id = letters.bury_event(JOIN, token="hush-hush", event=event)
    shown = letters.dead("show", id[:-1])
    assert '"type": "team_join"' in shown
    assert '"name": "gopherling"' in shown
    assert '"ts": "1700000000.123456"' in shown
    assert '"phone": null' in shown, "what may be wrong with it is seen"
    assert "hush-hush" not in shown
    # Around it stand ids and times, which may hold any digits.
    event_shown = msgspec.json.encode(msgspec.json.decode(shown)["args"][0]["event"]).decode()
    for hidden in ("example", "EXAMPLE", "1234567", "9999", "1555", "of-another-app", "of-it"):
        assert hidden not in event_shown
    letters.bury(PUBLIC, b'{"token":"hush-hush","who":"gopher@example.org","\xff', "garbage")
    assert letters.dead("show", "garbage").startswith('{"token":"****","who":"****"')


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


def test_one_that_is_put_back_begins_again_behind_the_others(letters: Letters) -> None:
    old = letters.bury_event(JOIN, event=member())
    sent_at = msgspec.json.decode(letters.inside.dead(JOIN)[old])["options"]["sent_at"]
    letters.inside.put(JOIN, b"{}", "another")
    letters.dead("retry", old)
    [_, id] = letters.inside.ids(JOIN)
    message = msgspec.json.decode(letters.inside.messages(JOIN)[id])
    # It is as old as it was, but was never tried.
    assert message["options"] == {"redis_message_id": id, "sent_at": sent_at}
    assert id != old
    assert not letters.client.exists(f"{APP}:{JOIN}.XQ", f"{APP}:{JOIN}.XQ.msgs")


def test_a_retry_that_died_goes_to_the_queue_that_it_is_shown_in(letters: Letters) -> None:
    letters.bury(JOIN, messages.pack(f"{JOIN}.DQ", JOIN, b"{}").data, "delayed")
    letters.dead("retry", "--queue", JOIN)
    [data] = letters.inside.messages(JOIN).values()
    assert msgspec.json.decode(data)["queue_name"] == JOIN


def test_it_is_told_which_are_too_old_to_be_worked_on(letters: Letters) -> None:
    letters.bury_event(PUBLIC, seconds_old=120, event={"type": "message"})
    letters.bury_event(JOIN, seconds_old=120, event=member())
    letters.bury(BACKGROUND, messages.pack(BACKGROUND, "gerrit").data, "job")
    letters.bury(PUBLIC, b"{broken", "garbage")
    assert letters.dead("retry", "--all") == (
        "garbage stays: no worker can read it: it would die again\n3 requeued.\n"
        "1 of them too old: a worker will drop these as stale, without an answer.\n"
    )
    assert list(letters.inside.all_dead()) == ["garbage"]


def test_how_old_one_may_be_is_judged_as_a_worker_judges_it(letters: Letters) -> None:
    five_minutes_ago = time.time() - 300
    for number, job in enumerate(("channel_cache", "probe")):
        packed = messages.pack(BACKGROUND, job, sent_at=five_minutes_ago)
        letters.bury(BACKGROUND, packed.data, f"job-{number}")
    # A redelivery: the envelope is young, the message is not.
    young = b'{"event_time":%d}' % time.time()
    old = messages.pack(PUBLIC, PUBLIC, young, None, sent_at=five_minutes_ago)
    letters.bury(PUBLIC, old.data, "message")
    stale = {letter.id for letter in letters.found.all() if letter.is_stale()}
    assert stale == {"job-1", "message"}


def test_several_are_dropped_only_after_a_yes(letters: Letters) -> None:
    for number in range(3):
        letters.bury(PUBLIC, b"{}", f"letter-{number}")
    for which in (["--all"], ["--queue", PUBLIC]):
        assert "Drop 3 dead letters for good?" in letters.dead("drop", *which, status=1)
    assert len(letters.inside.all_dead()) == 3
    assert letters.dead("drop", "letter-1") == "1 dropped.\n"
    assert letters.dead("drop", "--queue", PUBLIC, "--yes") == "2 dropped.\n"
    assert letters.inside.all_dead() == {}


def test_a_letter_is_named_by_an_id_or_its_unique_beginning(letters: Letters) -> None:
    for id in ("letter-1", "letter-10", "a-letter-1"):
        letters.bury(PUBLIC, b"{}", id)
    for command in ("show", "drop", "retry"):
        assert "No dead letter begins with nobody" in letters.dead(command, "nobody", status=2)
        told = "Several dead letters begin with letter: see `gopherbot dead list`."
        assert told in letters.dead(command, "letter", status=2)
    # A whole id is meant though another one begins with it.
    letters.dead("drop", "letter-1")
    assert sorted(letters.inside.all_dead()) == ["a-letter-1", "letter-10"]
    assert letters.dead("show", "letter-1") == "{}\n"
    for command in ("retry", "drop"):
        assert "Specify exactly one of ID, --queue or --all." in letters.dead(command, status=2)
        assert "Specify exactly one" in letters.dead(command, "some-id", "--all", status=2)


def test_two_operators_at_once_put_one_back_once(letters: Letters) -> None:
    letters.bury_event(JOIN, event=member())
    found = letters.found
    (letter,) = found.all()
    done = [found.retry(letter), found.retry(letter), found.drop(letter)]
    assert done == [True, False, False]
    assert len(letters.inside.ids(JOIN)) == 1
