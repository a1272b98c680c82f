"""The page's trace and `gopherbot why` tell the same story of an event, from the same record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from commands import run
from playwright.sync_api import Browser, Page, expect
from support import wait_until

from gopherbot.commands.why.verdict import Conclusion
from gopherbot.dev.bot import LocalBot
from slack_simulator import Fault, Simulator

from .conftest import a_bot, a_page, open_trace, say

FAILING = '''"""A die with a hole in it."""

from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()


@router.command("dice", help="roll a die")
def dice(ask: Ask) -> Reply:
    return Reply(str(1 // 0))


@router.command("flip", help="flip a coin")
def flip(ask: Ask) -> Reply:
    return Reply("heads")
'''

SAME = {
    "answered": (Conclusion.ANSWERED, r"^Done\s*1 reply in \S+ m?s$"),
    "no rule": (Conclusion.NO_RULE, r"^Done\s*seen, nothing to do$"),
    "a rule failed": (Conclusion.RULE_FAILED, r"^Failed\s*rule failed: command: dice$"),
    "rejected": (Conclusion.REJECTED, r"^Failed\s*rejected by Slack: not_in_channel$"),
    "rate limited": (Conclusion.RATE_LIMITED, r"^Done\s*1 reply in \S+ s$"),
    "delivered twice": (Conclusion.DOUBLED, r"^Done\s*1 reply in \S+ m?s · delivered 2 times$"),
    "bad signature": (Conclusion.BAD_SIGNATURE, r"^Failed\s*app: 401"),
}


@pytest.fixture(scope="module")
def holed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulator, LocalBot]]:
    """A bot of its own, with a rule that fails."""
    folder = tmp_path_factory.mktemp("content")
    (folder / "workspace.toml").write_text('name = "Gophers"\nbot = "gopher"\n')
    (folder / "dice.py").write_text(FAILING)
    with a_bot(folder) as (slack, bot):
        yield slack, bot


@pytest.fixture(scope="module")
def page(browser: Browser, holed: tuple[Simulator, LocalBot]) -> Iterator[Page]:
    with a_page(browser, holed[0], "random") as page:
        yield page


@contextmanager
def trouble(slack: Simulator, what: str) -> Iterator[str]:
    """Make what is to happen to the next message; give its text."""
    secret = slack.deliveries.signing_secret
    if what == "rejected":
        slack.faults.add(Fault(kind="error", method="chat.postMessage", error="not_in_channel"))
    elif what == "rate limited":
        slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", retry_after=1))
    elif what == "delivered twice":
        slack.deliveries.redeliver = 2
    elif what == "bad signature":
        slack.deliveries.signing_secret = "another app's"
        slack.deliveries.delays = ()
    yield {"no rule": "good morning", "a rule failed": "@gopher dice"}.get(what, "@gopher flip")
    slack.deliveries.wait_idle(60)
    slack.deliveries.signing_secret = secret
    slack.deliveries.redeliver = 1
    slack.faults.clear()


def why(bot: LocalBot, channel: str, ts: str) -> str:
    found = run("why", channel, ts, "--json", more=bot.environment)
    assert found.returncode == 0, found.stderr
    verdict: str = json.loads(found.stdout)["story"]["verdict"]
    return verdict


@pytest.mark.parametrize("what", SAME)
def test_the_page_and_why_tell_the_same(
    page: Page, holed: tuple[Simulator, LocalBot], what: str
) -> None:
    slack, bot = holed
    verdict, line = SAME[what]
    with trouble(slack, what) as text:
        said = say(page, slack, text)
        pane = open_trace(page, said)
        expect(pane.locator(".trace-verdict")).to_have_text(re.compile(line))
    ts = said.get_attribute("data-ts") or ""
    channel = slack.workspace.conversation("random").id
    wait_until(lambda: why(bot, channel, ts) == verdict, f"why says: {verdict}", every=0.2)
    expect(pane.locator(".trace-verdict")).to_have_text(re.compile(line))
    said.hover()
    said.get_by_role("button", name="Why?").click()
    expect(pane.locator(".entry-title")).to_have_text(verdict)
