"""A rule of a channel that is broken: its author alone is told, and at most once a day."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
import redis
from support import SAMPLE

from actors.conftest import Hear, NewWorker, edit, handle_one
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.dev.bot import APP
from gopherbot.errors import RetryLater
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.web_api.faults import FaultKind
from slack_simulator.web_api.user_groups import UserGroup

TEXT = "Posts here say what the job pays."
FILE = f"""
[channels.jobs]
text = "{TEXT}"
must = ["pay"]
example = "the pay is good"

[channels.newbies]
text = "Only the guides begin something here."
group = "GROUP"

[notes.guys]
words = ["guys"]
text = "Not all here are guys."
"""
BAD = "who wants a job?"


@pytest.fixture
def guides(slack: Simulator) -> UserGroup:
    by = slack.workspace.user("moderator")
    group = slack.user_groups.create(by, "Guides")
    return slack.user_groups.change(group.id, by, users=[by.id])


@pytest.fixture
def context(
    slack: Simulator, new_worker: NewWorker, guides: UserGroup, tmp_path: Path
) -> WorkerContext:
    slack.web_api.scopes = [*slack.web_api.scopes, "usergroups:read"]
    (tmp_path / "workspace.toml").write_text((SAMPLE / "workspace.toml").read_text())
    (tmp_path / "moderation.toml").write_text(FILE.replace("GROUP", guides.id))
    context = new_worker(GOPHER_CONTENT=str(tmp_path))
    channel_cache.run(context)
    return context


def told(slack: Simulator) -> list[tuple[str, str]]:
    """Return whom the bot told what; it tells nothing to all."""
    assert all(post.ephemeral for post in slack.posts())
    calls = (call for call in slack.calls("chat.postEphemeral") if not call.error)
    return [(str(call.arguments["user"]), str(call.arguments["text"])) for call in calls]


def test_a_broken_rule_is_told_once_a_day_to_each_author(
    slack: Simulator, hear: Hear, redis_client: redis.Redis
) -> None:
    for user in ("newcomer", "newcomer", "regular"):
        slack.say(BAD, "jobs", user)
    slack.say("the pay is good", "jobs", "moderator")
    hear()
    newcomer, regular = (slack.workspace.user(name).id for name in ("newcomer", "regular"))
    assert told(slack) == [(newcomer, TEXT), (regular, TEXT)]
    [key] = redis_client.keys(f"{APP}:told:{newcomer}:*")
    assert 0 < redis_client.ttl(key) <= 24 * 60 * 60
    redis_client.delete(key)  # a day later
    slack.say(BAD, "jobs", "newcomer")
    hear()
    assert told(slack)[2:] == [(newcomer, TEXT)]


def test_what_breaks_no_rule_is_left_alone(slack: Simulator, hear: Hear) -> None:
    post = slack.say("the pay is good", "jobs")
    slack.say(BAD, "jobs", thread_ts=post.ts)
    slack.say(BAD, "general")
    slack.say("something new", "newbies", "moderator")
    hear()
    assert slack.posts() == []


def test_only_members_of_the_user_group_begin_something(slack: Simulator, hear: Hear) -> None:
    said = slack.say("something new", "newbies", "newcomer")
    slack.say("something more", "newbies", "moderator")
    hear()
    [(user, text)] = told(slack)
    assert (user, text[:15]) == (said.author.id, "Only the guides")
    assert len(slack.calls("usergroups.users.list")) == 1, "asked once in five minutes"


@pytest.mark.parametrize("fault", ["missing_scope", "ratelimited"])
def test_nobody_is_told_while_the_group_is_unknown(
    fault: str, slack: Simulator, heard: list[EventEnvelope], context: WorkerContext
) -> None:
    kind: FaultKind = "ratelimited" if fault == "ratelimited" else "error"
    slack.faults.add(Fault(kind=kind, method="usergroups.users.list", error=fault))
    slack.say("something new", "newbies", "newcomer")
    with pytest.raises(RetryLater) if fault == "ratelimited" else nullcontext():
        handle_one(context, heard[-1])
    assert slack.posts() == []


def test_a_retry_after_a_worker_died_tells_what_is_due(
    slack: Simulator, heard: list[EventEnvelope], new_worker: NewWorker, context: WorkerContext
) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postEphemeral"))
    said = slack.say(BAD, "jobs")
    with pytest.raises(RetryLater):
        handle_one(context, heard[-1])
    other = new_worker(GOPHER_CONTENT=str(context.settings.content))
    handle_one(other, heard[-1])
    assert told(slack) == [(said.author.id, TEXT)]


def test_only_an_edit_that_breaks_the_rule_is_told(slack: Simulator, hear: Hear) -> None:
    said = slack.say("the pay is good", "jobs")
    edit(slack, said, BAD)
    hear()
    assert told(slack) == [(said.author.id, TEXT)]
    edit(slack, said, "the pay is very good")
    edit(slack, said, f"{BAD} anybody?")
    hear()
    assert told(slack) == [(said.author.id, TEXT)]


def test_shadow_mode_tells_nobody(
    slack: Simulator, hear: Hear, new_worker: NewWorker, context: WorkerContext
) -> None:
    slack.say(BAD, "jobs")
    slack.say("hi guys")
    hear(new_worker(GOPHER_CONTENT=str(context.settings.content), ENV="staging"))
    assert slack.posts() == []
