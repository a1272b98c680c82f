"""docs/operating.md shows what the commands print: a bot is run, broken on purpose, and compared.

`UPDATE_PAGES=1 pytest tests/cli/test_operating.py` writes what they print today into the page.
Figures, times and addresses may differ; no other word may.
"""

import os
import re
import signal
import time
from collections.abc import Iterator

import msgspec
import pytest
import urllib3
from support import Bot, Inside, wait_until

from gopherbot import table
from gopherbot.commands.why.verdict import Conclusion
from gopherbot.dev.procfile import ROOT
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.metrics.counters import Reason
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.storage.client import text
from slack_simulator import Fault, Simulator
from slack_simulator.workspace.changes import Posted

from .conftest import Installation, verdict

pytestmark = pytest.mark.slow

APP = "my-gopherbot"
PAGE = ROOT / "docs" / "operating.md"
BLOCK = re.compile(r"(<!-- shown: ([\w ]+) -->\n```\w*\n)(.*?)(```\n)", re.DOTALL)
NAMES = [match[2] for match in BLOCK.finditer(PAGE.read_text())]
OF_THE_CONTENT = re.compile(r"\bfeeds\.|`source`|workspace.toml|channels that it speaks in")
"""What may change with every watcher that is added."""
UPDATE = "the page shows something else: UPDATE_PAGES=1 pytest tests/cli/test_operating.py"
LATER = 180
"""How long ago the worker was frozen, in seconds."""


def alike(printed: str) -> list[str]:
    """Return a text's lines without figures, times, and what depends on their widths."""
    shown = re.sub(r"\b[0-9a-f]{8,}[-\w]*\b", "#", printed)
    shown = re.sub(r"\b(valkey|redis) \d[\d.]*", "SERVER", shown)
    shown = re.sub(r"\d+(\.\d+)*", "#", shown)
    shown = re.sub(r"# (ms|s|min|h|days)\b", "#", shown.replace("just now", "# ago"))
    shown = re.sub(r"\b(item|event|warning)s?\b", r"\1", shown)
    lines = (" ".join(line.split()) for line in shown.strip().splitlines())
    return [line for line in lines if line and not OF_THE_CONTENT.search(line)]


_TO_SET = r"! content +(?:`source` is empty|no one has confirmed).*\n.*workspace.toml\n"
"""What the shipped content leaves to whoever runs it."""


class Operator:
    """Runs a bot as on Heroku, breaks it, and writes down what the commands print."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.bot, self.slack = installation.bot, installation.slack
        self.client = installation.client
        self.inside = Inside(self.client, APP)
        self.printed: dict[str, str] = {}

    def show(self, name: str, *arguments: str, typed: bool = False, **more: str) -> None:
        """Run a command as on Heroku and keep what it prints; `typed` keeps the command, too."""
        more = {"DYNO": "run.1", "GOPHER_SLACK_PROBE_CHANNEL": "C029RQSEE"} | more
        found = self.installation.tool(*arguments, **more)
        command = f"$ gopherbot {' '.join(arguments)}\n" if typed else ""
        printed = re.sub(_TO_SET, "", found.stdout)
        # The test looks into Redis, too.
        printed = re.sub(r", \d+ of them by others", "", printed)
        if "\n!" not in printed:
            printed = re.sub("No check failed, .*", "All checks passed.", printed)
        self.printed[name] = self.printed.get(name, "") + command + printed

    def everything(self) -> dict[str, str]:
        """Return what is printed, by the name of the block."""
        self.healthy()
        self.one_message()
        self.dead_letters()
        self.frozen()
        return self.printed

    def healthy(self) -> None:
        said = [self.slack.say(f"<@U0GOPHERBOT> {text}") for text in ("flip a coin", "help")]
        self.slack.say("so much bbq")
        for each in said:
            self.bot.handled(each.event_id)
        wanted = len(scheduled_jobs(CONTENT_FOLDER))
        wait_until(lambda: self.client.hlen(f"{APP}:jobs") >= wanted, "every job succeeded")
        wait_until(lambda: self.client.exists(f"{APP}:probe"), "a probe came through")
        counts = f"{APP}:counts:total"
        wait_until(lambda: int(self.client.hget(counts, "answered") or 0) >= 3, "it is counted")
        # The tests before this one used the same bot: its counts alone don't tell.
        told = ("most of them message", "ago by members")
        wait_until(lambda: all(one in self.status() for one in told), "the gateway told", every=0.3)

    def status(self) -> str:
        return " ".join(self.installation.tool("status").stdout.split())

    def one_message(self) -> None:
        """Show what became of one that Slack rejected."""
        rejected = Fault(kind="error", method="chat.postMessage", error="not_in_channel")
        self.slack.faults.add(rejected)
        said = self.slack.say("<@U0GOPHERBOT> flip a coin")
        self.bot.handled(said.event_id)
        link = permalink(said)
        wait_until(
            lambda: verdict(self.bot, link) == Conclusion.REJECTED, "the journal has it", every=0.1
        )
        self.show("why", "why", link, typed=True)

    def dead_letters(self) -> None:
        unreadable = {
            "type": "team_join",
            "user": {"name": "newcomer", "profile": {"email": "a@b"}},
        }
        body = b'{"token":"t","event_id":"Ev08CJ4QK2","event_time":%d,"event":%s}'
        body %= (int(time.time()), msgspec.json.encode(unreadable))
        self.inside.send(table.TEAM_JOIN, table.TEAM_JOIN, body, None)
        self.inside.put(table.MESSAGE_PUBLIC, b"{broken", "5f0c2c0e")
        wait_until(lambda: len(self.inside.all_dead()) == 2, "both died")
        self.show("dead list", "dead", "list", typed=True)

    def frozen(self) -> None:
        self.bot.dynos["worker"].signal_all(signal.SIGSTOP)
        # What it had asked Redis for is in its hands; the rest waits.
        for count in (1, 4):
            for _ in range(count):
                self.inside.send(table.BACKGROUND, "channel_cache")
                self.slack.say("<@U0GOPHERBOT> flip a coin")
            self.slack.deliveries.wait_idle(60)
        self.pass_time()
        self.show("status frozen", "status")
        shown = self.printed["status frozen"].splitlines(keepends=True)
        self.printed["status frozen"] = "".join(line for line in shown if line[0] in "✗!")
        self.printed["ready"] = urllib3.request("GET", f"{self.bot.url}/_ready").data.decode()
        dealt_with = ("dead", "retry", "--queue", "slack_team_join")
        self.show("dead dealt with", *dealt_with, typed=True)
        self.show("dead dealt with", "dead", "drop", "--all", typed=True)

    def pass_time(self) -> None:
        """Make what the frozen worker left so much older."""
        later = LATER * 1000
        registry = f"{APP}:processes"
        for id, entry in self.client.hgetall(registry).items():
            seen, since, rest = text(entry).split(" ", 2)
            if '"worker"' in rest:
                changed = f"{int(seen) - later} {int(since) - later} {rest}"
                self.client.hset(registry, text(id), changed)
        for key, fields in ((f"{APP}:probe", [b"at"]), (f"{APP}:jobs", None)):
            for field in fields or self.client.hkeys(key):
                self.client.hincrby(key, field, -later)
        for queue in table.QUEUES:
            for id, data in self.inside.messages(queue).items():
                stamp = re.search(rb'"message_timestamp":(\d+)}$', data)
                assert stamp
                older = data[: stamp.start(1)] + b"%d}" % (int(stamp[1]) - later)
                self.client.hset(f"{APP}:{queue}.msgs", id, older)


def permalink(said: Posted) -> str:
    return f"https://gophers.slack.com/archives/{said.channel}/p{said.ts.replace('.', '')}"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the commands print today, by the name of the page's block."""
    folder = tmp_path_factory.mktemp("operating")
    more = {"HEROKU_APP_NAME": APP, "HEROKU_SLUG_COMMIT": "16d3bd1c0ffee123"}
    with (
        RedisServer() as server,
        Simulator(setup=GOPHERS) as slack,
        server.client() as client,
        Bot(server.url, slack, folder, names=(), more=more) as bot,
    ):
        installation = Installation(bot, slack, client)
        slack.web_api.scopes = installation.granted
        for name in ("web", "worker", "scheduler"):
            bot.start(name, DYNO=f"{name}.1")
        bot.wait_until_ready()
        bot.printed.wait("worker started")
        yield Operator(installation).everything()


def test_the_page_shows_what_the_commands_print(printed: dict[str, str]) -> None:
    page = PAGE.read_text()
    if os.environ.get("UPDATE_PAGES"):
        page = BLOCK.sub(lambda block: block[1] + plain(printed[block[2]]) + block[4], page)
        PAGE.write_text(page)
    assert set(NAMES) == set(printed)
    for block in BLOCK.finditer(page):
        assert alike(block[3]) == alike(printed[block[2]]), f"{block[2]}: {UPDATE}"


def quoted(command: str) -> list[str]:
    """Return what the table of "What you see" says that a command says."""
    table_of = PAGE.read_text().partition("## What you see")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in table_of.splitlines() if line.startswith("| ")]
    found = re.findall(rf"`{command}`: ([^;|]+)", "; ".join(cells))
    return [each.strip() for words in found for each in words.split(",")]


def test_the_table_quotes_what_why_says() -> None:
    verdicts = list(map(str, Conclusion))
    assert len(quoted("why")) >= 7
    for words in quoted("why"):
        assert [v for v in verdicts if words in v], words


def test_the_table_quotes_what_status_says() -> None:
    room = ROOT / "gopherbot"
    files = [*(room / "status").glob("*.py"), room / "commands" / "status.py"]
    source = "".join(file.read_text() for file in files)
    said = " ".join(re.sub(r'"\s+f?"', "", source).split())
    for words in quoted("status"):
        for piece in re.split(r" … | or ", words.replace("`", "")):
            assert piece in said or piece in {each for each in Reason if each.cause}, piece


def test_each_cause_of_refusals_is_in_the_table() -> None:
    page = PAGE.read_text()
    for reason in (Reason.SIGNATURE, Reason.APP, Reason.TEAM, Reason.TIMESTAMP):
        assert f"`{reason}`" in page


def plain(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.strip().splitlines())
