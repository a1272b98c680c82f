"""Records the sample of a release: `PYTHONPATH=tests python -m samples.recording v0.2.0`.

Runs a whole bot, has everything happen to it that leaves something in Redis, kills its worker in
the middle of its work, lets messages of every kind pile up, and writes down what is there then.
"""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from support import Bot, Inside, every_watcher_in, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.storage import keys
from slack_simulator import Fault, Simulator

from .sample import Sample

POST = "chat.postMessage"
PROGRAM = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("a sample") }\n'
TOLD_SECONDS = 3
"""After which a heartbeat has told what a process did so far."""
ASKED = ("flip a coin", "recommended channels", "define goroutine", "bbq ghost dragon")
"""One text, channels, what is shown to the asker alone, and several emoji."""


def publish(slack: Simulator) -> None:
    """Have each of the other services publish something, the same each time."""
    slack.services.feeds.post(
        "go.dev/blog/feed.atom",
        "Go is older now",
        published=datetime(2026, 1, 1, tzinfo=UTC),
        id="tag:1",
        link="https://go.dev/1",
    )
    slack.services.mastodon.post()
    slack.services.gerrit.merge(0, "all: the first change")


def ask(slack: Simulator) -> None:
    """Have members do everything that is answered, once."""
    for text in ASKED:
        slack.say(f"<@{slack.identity.bot_user_id}> {text}")
    slack.dm("flip a coin")
    slack.upload(PROGRAM)
    slack.join_team()
    slack.join_channel("newbies", "regular")
    slack.leave_channel("newbies", "regular")


def rethink(slack: Simulator) -> None:
    """Edit a question, delete one, and take an answer back."""
    edited, deleted, crossed = (slack.say(f"d/sample{number}") for number in range(3))
    wait_until(lambda: len(_links(slack)) >= 3, "the questions are answered")
    answers = _links(slack)
    slack.workspace.edit(edited.channel, edited.ts, "d/another", edited.author.id)
    slack.workspace.delete(deleted.channel, deleted.ts, deleted.author.id)
    answer = answers["sample2"]
    slack.workspace.react(crossed.channel, answer, "x", crossed.author.id)


def _links(slack: Simulator) -> dict[str, str]:
    """Return the `ts` of each link that the bot posted, by its last word."""
    return {
        post.text.rpartition("/")[2]: post.ts for post in slack.posts() if "sample" in post.text
    }


def happen(slack: Simulator, bot: Bot, inside: Inside) -> None:
    """Leave something under every key."""
    client = inside.client
    jobs = keys.jobs(APP)
    wait_until(lambda: client.hexists(jobs, "channel_cache"), "the first jobs have run", every=0.1)
    second = bot.new_dyno(bot.commands["worker"], bot.environment)
    bot.printed.wait("worker started", 2)
    second.kill()
    wait_until(lambda: client.exists(keys.gone_processes(APP)), "the other one notices its death")
    slack.workspace.add_channel("gophers-in-boats")
    slack.workspace.add_emoji("boat")
    ask(slack)
    rethink(slack)
    slack.deliver_raw(b"{}", {"X-Slack-Signature": "v0=0"})
    inside.send(table.MESSAGE_PUBLIC, table.MESSAGE_PUBLIC, b"[]", None)
    inside.wait_drained()
    # Two announcements that Slack refuses: one for good, one for now.
    refuse = Fault(kind="error", method=POST, channel="golang-cls", error="channel_not_found")
    slack.faults.add(refuse)
    slack.faults.add(Fault(kind="ratelimited", method=POST, channel="general", retry_after=600))
    slack.services.gerrit.merge(1, "runtime: a change")
    for job in ("gerrit", "channel_created", "missed_joins", "round_trip"):
        inside.send(table.BACKGROUND, job)
    wait_until(lambda: client.exists(keys.gathered_batch(APP, "channel_created")), "it is put off")
    slack.workspace.add_channel("gophers-on-bikes")
    # One whose retry is delayed, and one in the hands of a worker that dies.
    slack.faults.add(Fault(kind="ratelimited", method="conversations.open", retry_after=600))
    slack.join_team()
    delayed = keys.messages(APP, keys.delayed(table.TEAM_JOIN))
    wait_until(lambda: client.exists(delayed), "a welcome is put off")
    slow = slack.faults.add(Fault(kind="slow_after", method=POST, channel="random", seconds=60))
    slack.say(f"<@{slack.identity.bot_user_id}> flip a coin", "random")
    wait_until(lambda: slow.hits, "a worker is in the middle of it")
    time.sleep(TOLD_SECONDS)
    bot.dynos["worker"].kill()
    # What waits for the next worker, of each queue and each actor.
    bot.dynos["scheduler"].kill()
    bot.start("scheduler")
    waiting = keys.waiting(APP, table.BACKGROUND)
    wait_until(lambda: client.llen(waiting) >= len(table.JOBS), "the jobs wait")
    ask(slack)
    said = slack.say("d/sample3")
    slack.workspace.edit(said.channel, said.ts, "d/sample4", said.author.id)
    slack.workspace.react(said.channel, said.ts, "x", said.author.id)
    slack.workspace.add_channel("gophers-in-trains")
    slack.workspace.add_emoji("train")
    slack.deliveries.wait_idle(60)
    time.sleep(TOLD_SECONDS)


def record(release: str) -> Path:
    """Record a release's sample and return its path."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RedisServer() as server,
        Simulator(setup=GOPHERS) as slack,
    ):
        publish(slack)
        content = every_watcher_in(Path(tempfile.mkdtemp(dir=folder)))
        more = {
            "DYNO": "sample.1",
            "HEROKU_BUILD_COMMIT": release,
            "GOPHER_CONTENT": str(content),
            "GOPHER_WELCOME_MISSED": "20",
            "GOPHER_SLACK_PROBE_CHANNEL": slack.workspace.conversation("admin-help").id,
        }
        with server.client() as client, Bot(server.url, slack, Path(folder), more=more) as bot:
            happen(slack, bot, Inside(client))
            return Sample.of(release, client).save()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m samples.recording RELEASE")
    # With the tests on it, the bot would find tests/glossary for its glossary.
    os.environ.pop("PYTHONPATH", None)
    sys.stdout.write(f"Recorded {record(sys.argv[1])}\n")
