"""The time from a click on a shortcut until its form opens: at rest, and after the worker died.

Slack takes a form for three seconds after the click. Clicks come one by one. In the second row, the
only worker is killed right before each click, and started again at once, as a platform would.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench import figures
from bench.results import Outcome, Row
from bench.sizes import Sizes
from gopherbot.dev.bot import LocalBot
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator

_CLICKS = 300
_KILLS = 20
_FORM_SECONDS = 3.0


def run(sizes: Sizes) -> Outcome:
    """Click, and wait for the form."""
    with tempfile.TemporaryDirectory() as folder, RedisServer() as redis:
        content = Path(folder)
        (content / "workspace.toml").write_text('name = "Gophers"\n')
        (content / "moderation.toml").write_text('[reports]\nchannel = "moderators"\n')
        more = {"GOPHER_CONTENT": folder, "GOPHER_LOG_LEVEL": "error"}
        with Simulator(setup=GOPHERS) as slack, LocalBot(redis.url, slack, more=more) as bot:
            # Only the time counts here, however late it is.
            slack.interactivity.triggers.seconds = 60.0
            wait = [_click(slack) for _ in range(10 + _CLICKS)][10:]
            after_kills = []
            for _ in range(_KILLS):
                bot.dynos["worker"].kill()
                bot.start("worker")
                after_kills.append(_click(slack))
    return Outcome(
        [
            _row("modal", f"from a click to its form, {len(wait)} clicks", wait),
            _row(
                "modal-killed",
                f"with the worker just killed, {len(after_kills)} times",
                after_kills,
            ),
        ]
    )


def _click(slack: Simulator) -> float:
    """Return the seconds from a click to the call that opens its form."""
    position, start = slack.feed.seq, time.monotonic()
    slack.shortcut("tell_moderators")
    slack.wait_for_view(after=position, timeout=60)
    return time.monotonic() - start


def _row(name: str, measured: str, times: list[float]) -> Row:
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    late = sum(each > _FORM_SECONDS for each in ordered)
    return Row(
        name=name,
        measured=f"{measured}: median, p99 {figures.seconds(p99)}, {late} later than 3 s",
        ours=figures.seconds(figures.median(ordered)),
        target="p99 < 3 s",
        reached=p99 < _FORM_SECONDS,
    )
