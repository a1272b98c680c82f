"""Every key in Redis is one that `storage/keys.py` names, those that scripts make up too."""

from __future__ import annotations

import re

from conftest import RunningBot
from support import Inside, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.storage import keys
from gopherbot.storage.client import text
from gopherbot.storage.members import WELCOMED_SECONDS, Members
from slack_simulator import Simulator

ANY = "ANY"
"""Stands for whatever a part of a key may be."""


def patterns() -> list[str]:
    """Return what keys may look like, for all names of the module and all queues."""
    queues = [name for queue in table.QUEUES for name in (queue, keys.delayed(queue))]
    templates = {
        name: value.__self__
        for name, value in vars(keys).items()
        if isinstance(getattr(value, "__self__", None), str)
    }
    found = [key(APP, queue) for key in (keys.dead_ids, keys.dead_messages) for queue in queues]
    for name, template in templates.items():
        names = [ANY] * (template.count("{}") - 1)
        last = queues if name in ("waiting", "messages", "in_flight") else names[-1:]
        found += [template.format(APP, *names[:-1], each) for each in last or [""]]
    return [re.escape(each).replace(ANY, ".+") for each in found]


def test_a_key_starts_with_the_apps_name() -> None:
    assert all(pattern.startswith(re.escape(f"{APP}:")) for pattern in patterns())


def test_no_two_kinds_of_keys_are_the_same() -> None:
    found = [pattern for pattern in patterns() if r"\.XQ" not in pattern]
    assert len(found) == len(set(found))


def test_a_bot_that_did_everything_leaves_no_other_key(
    running_bot: RunningBot, slack: Simulator, inside: Inside
) -> None:
    bot = running_bot()
    slack.join_team("U0NEWCOMER")
    said = slack.say("<@U0GOPHERBOT> flip a coin")
    bot.handled(said.event_id)
    inside.put(table.TEAM_JOIN, b"what no worker can read")
    bot.printed.wait("unreadable message dead-lettered")
    bot.dynos["worker"].kill()
    bot.start("worker")
    expected = {keys.gone_processes(APP), keys.jobs(APP), keys.probe(APP), keys.leader(APP)}
    expected |= {keys.counters(APP, "total"), keys.channels_by_id(APP)}

    def there() -> set[str]:
        return {text(key) for key in inside.client.scan_iter()}

    wait_until(lambda: expected <= there(), "every kind of key is there")
    allowed = re.compile("|".join(f"(?:{pattern})" for pattern in patterns()))
    assert {key for key in there() if not allowed.fullmatch(key)} == set()


def test_a_delayed_message_dies_in_its_own_queue() -> None:
    delayed = keys.delayed("notes")
    assert keys.dead_ids(APP, delayed) == keys.dead_ids(APP, "notes")
    assert keys.dead_messages(APP, delayed) == keys.dead_messages(APP, "notes")


def test_who_is_a_member_is_forgotten_after_90_days_or_when_told(inside: Inside) -> None:
    members, found = Members(inside.client, APP), (keys.members, keys.next_members, keys.welcomed)
    members.propose(["U1"], 1.0)
    members.confirm()
    members.propose(["U1", "U2"], 2.0)
    members.welcome("U0NEW")
    for key in found:
        assert 0 < inside.client.ttl(key(APP)) <= WELCOMED_SECONDS
    members.forget()
    assert not inside.client.exists(*(key(APP) for key in found))
