"""`gopherbot dev`: runs the whole bot here with a simulated Slack. No account, no token.

Starts a Redis (unless REDIS_URL names one), the simulator, and the Procfile's three lines. Shows
their logs readably, and passes each log line to the simulator, whose page draws each event's path
from them. The page also shows the health of the processes, and what the bot would say.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial

import click

from gopherbot.commands import manifest
from gopherbot.commands.diff import versions
from gopherbot.dev import running, workspace_setup
from gopherbot.dev.bot import APP, LocalBot
from gopherbot.dev.console import Console
from gopherbot.dev.explainer import Explainer
from gopherbot.dev.extensions import Extensions
from gopherbot.dev.health import Health
from gopherbot.dev.redis_server import RedisServer, find_binary
from gopherbot.dev.reloading import Reloader
from gopherbot.dev.running import PAGE_PORT
from gopherbot.dev.talk import Talk
from gopherbot.errors import GopherbotError
from gopherbot.rulebook import content_files, loader
from gopherbot.rulebook.schema import Data
from gopherbot.settings import CONTENT_FOLDER, Role, Settings, content_and_gateway
from gopherbot.storage.client import REDIS_ERRORS, connect
from slack_simulator import Simulator
from slack_simulator.client import SimulatorClient, SimulatorClientError


@click.command("dev")
@click.option("--port", default=PAGE_PORT, show_default=True, help="The simulator's port.")
@click.option("--shadow", is_flag=True, help="Run the bot in shadow mode.")
@click.option(
    "--all-logs", is_flag=True, help="Show every log line, not only the interesting ones."
)
def command(port: int, shadow: bool, all_logs: bool) -> None:
    """Run the whole bot here until Ctrl-C."""
    received: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: received.append(number))
    _check_free(port)
    console = Console(all_logs=all_logs)
    console.say("Starting gopherbot …")
    environment = _environment(shadow)
    facts = content_files.read(content_and_gateway()[0])
    with ExitStack() as stack:
        redis_url, where = stack.enter_context(_redis(environment))
        slack = Simulator(port=port, setup=workspace_setup.of_content(facts))
        # What members write before the gateway is ready waits for it.
        slack.deliveries.hold()
        stack.enter_context(slack)
        loaded = loader.load(facts.folder)
        slack.services.feeds.sample = True
        # The scopes of an app that was installed from its manifest.
        granted = manifest.needed_scopes(
            loaded.rules.rules, loaded.data.watchers, loaded.data.moderation.tables
        )
        slack.web_api.scopes = sorted({*slack.web_api.scopes, *granted})
        bot = LocalBot(redis_url, slack, more=environment)
        explainer = stack.enter_context(Explainer(facts.folder))
        commit = partial(versions.commit, None, facts.folder)
        stack.enter_context(Extensions(bot, explainer, commit))
        slack.extensions.health = health = Health(bot)
        console.on_line = [lambda line: slack.feed.append("trace", line), health.observe]
        stack.callback(bot.stop)
        for name in ("web", "worker"):
            console.start(bot, name)
        slack.suggestions = explainer.suggestions()
        slack.gateway = bot.events_url
        bot.wait_until_ready(
            also=lambda: health.works(bot.dynos["worker"]), unless=lambda: received
        )
        if not received:
            slack.deliveries.release()
            # Its first jobs need the gateway and the worker.
            console.start(bot, "scheduler")
            found = {**bot.environment, "SLACK_SIMULATOR_URL": slack.url}
            stack.enter_context(running.found_by_tools(port, found))
            stack.enter_context(Reloader(bot, slack, explainer, health, console))
            console.say(_greeting(slack.url, bot.url, where, facts, shadow=shadow))
            stack.enter_context(Talk(slack, console.say))
        # Poll: a signal delivered to another thread doesn't interrupt a wait.
        while not received:
            time.sleep(0.2)
        console.stop()


def _environment(shadow: bool) -> dict[str, str]:
    more = {"WEB_CONCURRENCY": "1", "ENV": "development" if shadow else "production"}
    if os.environ.get("GOPHER_LOG_LEVEL"):
        more["GOPHER_LOG_LEVEL"] = os.environ["GOPHER_LOG_LEVEL"]
    # The bot runs in this project's folder, whatever the current folder is.
    more["GOPHER_CONTENT"] = str(content_and_gateway()[0].resolve())
    # The settings that go with REDIS_URL.
    if os.environ.get("REDIS_URL"):
        more["GOPHER_REDIS_INSECURE"] = os.environ.get(
            "GOPHER_REDIS_INSECURE", "1" if os.environ["REDIS_URL"].startswith("redis:") else ""
        )
        more["GOPHER_REDIS_SKIPVERIFY"] = os.environ.get("GOPHER_REDIS_SKIPVERIFY", "")
    return more


@contextlib.contextmanager
def _redis(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the address of a Redis, and a description of it."""
    given = os.environ.get("REDIS_URL")
    if given:
        _check_answers(given, environment)
        yield given, "as set in REDIS_URL"
        return
    with RedisServer(binary=find_binary()) as server:
        yield server.url, server.url


def _check_answers(redis_url: str, environment: Mapping[str, str]) -> None:
    """Connect to the Redis of REDIS_URL as the bot will, instead of failing after 30 seconds."""
    named = {**environment, "REDIS_URL": redis_url, "HEROKU_APP_NAME": APP}
    settings = Settings.read(Role.TOOL, named)
    try:
        with connect(settings.redis, connections=1) as client:
            client.ping()
    except REDIS_ERRORS as error:
        raise GopherbotError(
            f"The Redis of REDIS_URL, {settings.redis}, does not answer ({type(error).__name__}): "
            "start it, or unset REDIS_URL to use the one that comes with this project."
        ) from None


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return
        except OSError:
            pass
    page = f"http://127.0.0.1:{port}"
    another = f"for another beside it: gopherbot dev --port {port + 1}"
    with contextlib.suppress(SimulatorClientError), SimulatorClient(page, timeout=1.0) as client:
        client.health()
        raise GopherbotError(f"A bot runs here already, at {page}/; {another}")
    raise GopherbotError(f"Port {port} is taken by another program; {another}")


def _how_to_say(page: str) -> str:
    """Return the command that works in a new terminal, where no environment is active."""
    program = "gopherbot" if shutil.which("gopherbot") else os.path.relpath(sys.argv[0])
    return (
        f"{program} say" if page.endswith(f":{PAGE_PORT}") else f"{program} say --simulator {page}"
    )


def _greeting(page: str, gateway: str, redis: str, facts: Data, *, shadow: bool) -> str:
    say = _how_to_say(page)
    own = facts.folder != CONTENT_FOLDER
    bot, newbies = facts.workspace.bot, facts.resources
    tries = [f'    {say} "@{bot} flip a coin"', f'    {say} "@{bot} help"']
    if newbies.sections and newbies.channel:
        tries[1:] = [f'    {say} --channel {newbies.channel} "@{bot} {newbies.command}"']
    if not own:
        tries.append(f'    {say} "xkcd:standards"')
    folders = str(facts.folder) if own else "gopherbot/ or glossary/"
    mode = "in shadow mode: it only does what it is asked to" if shadow else "in production mode"
    to_try = "\n".join(tries)
    return f"""
  gopherbot is up, {mode}.

    page      {page}/
    gateway   {gateway}
    redis     {redis}

  Open the page, or try in another terminal:

{to_try}

  Save a file in {folders} and the bot reloads. Ctrl-C stops everything.
"""
