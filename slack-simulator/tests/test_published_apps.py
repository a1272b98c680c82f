"""Published apps from npm, unmodified: Chat SDK's adapter, an MCP server, Hubot, older SDKs."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from bolt_apps import APPS, JAVASCRIPT, npm_install

from slack_simulator import Simulator
from slack_simulator.workspace.objects import Json

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

HUBOT = "node_modules/.bin/hubot -d -a @hubot-friends/hubot-slack -n bot"
SERVER = "node_modules/@modelcontextprotocol/server-slack/dist/index.js"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the packages, and return their folder."""
    folder = tmp_path_factory.mktemp("published") / "apps"
    shutil.copytree(APPS / "published", folder)
    shutil.copy(JAVASCRIPT / "greeter.js", folder)
    npm_install(folder)
    return folder


@pytest.mark.parametrize("path", ["/slack/events", ""], ids=["http", "socket"])
def test_chat_sdk_follows_a_thread_and_answers_a_command(folder: Path, path: str) -> None:
    with Simulator() as slack, slack.running("chat.mjs", path=path, folder=folder):
        asked = slack.say("<@U0BOT> hi", channel="general", user="newcomer")
        assert slack.expect("Hello newcomer", channel="general").thread_ts == asked.ts
        slack.say("more", channel="general", user="newcomer", thread_ts=asked.ts)
        thinking = slack.expect("Thinking", channel="general")
        slack.wait_for_calls("reactions.add")
        edited = slack.workspace.message("general", thinking.ts)
        assert (edited.text, list(edited.reactions)) == ("You said more", ["+1"])
        slack.command("/announce cake", channel="random")
        slack.expect("Announcing cake", channel="random")
        slack.dm("hi", user="regular")
        slack.expect("Hello regular", channel="regular")


def test_a_model_reads_and_writes_through_an_mcp_server(folder: Path) -> None:
    with Simulator() as slack:
        asked = slack.say("Is anybody here?", channel="general", user="newcomer")
        room = slack.workspace.conversation("general").id
        calls: list[tuple[str, Json]] = [
            ("slack_list_channels", {}),
            ("slack_post_message", {"channel_id": room, "text": "I am"}),
            ("slack_reply_to_thread", {"channel_id": room, "thread_ts": asked.ts, "text": "Yes"}),
            ("slack_add_reaction", {"channel_id": room, "timestamp": asked.ts, "reaction": "wave"}),
            ("slack_get_channel_history", {"channel_id": room}),
            ("slack_get_thread_replies", {"channel_id": room, "thread_ts": asked.ts}),
            ("slack_get_users", {}),
            ("slack_get_user_profile", {"user_id": "U0NEWCOMER"}),
        ]
        answers = mcp_answers(calls, slack, folder)
        assert {name for name, answer in answers.items() if not answer["ok"]} == set()
        history = [each["text"] for each in answers["slack_get_channel_history"]["messages"]]
        assert history == ["I am", "Is anybody here?"]
        replies = [each["text"] for each in answers["slack_get_thread_replies"]["messages"]]
        assert replies == ["Is anybody here?", "Yes"]
        assert list(slack.workspace.message("general", asked.ts).reactions) == ["wave"]


@pytest.mark.parametrize(
    ("command", "path", "said", "answer", "button", "result"),
    [
        ("greeter.js", "", "hello", "Hey there", "Click Me", "clicked the button"),
        ("events.cjs", "/slack/events", "hi", "Hello <@U0NEWCOMER>!", "Yes", "regular agreed"),
        (HUBOT, "", "<@U0BOT> hi", "in newcomer's service", "", ""),
    ],
    ids=["bolt-3", "events-api", "hubot"],
)
def test_a_bot_of_another_sdk_answers(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    path: str,
    said: str,
    answer: str,
    button: str,
    result: str,
) -> None:
    with Simulator() as slack:
        for name in ("APP", "BOT"):
            variable = f"SLACK_{name}_TOKEN"
            monkeypatch.setenv(f"HUBOT_{variable}", slack.environment()[variable])
        run_app = [sys.executable, "-m", "slack_simulator.run_app", *command.split()]
        with slack.running(*run_app, path=path, folder=folder):
            _say_until_answered(slack, said, answer)
            if button:
                slack.click(button)
                slack.feed.wait(lambda entry: result in str(entry.as_dict()))


def _say_until_answered(slack: Simulator, said: str, answer: str) -> None:
    # Hubot loads its scripts after it has connected, and ignores what is said before.
    for patience in (2, 4, 8, 16):
        slack.say(said, channel="general", user="newcomer")
        with suppress(AssertionError):
            slack.expect(answer, channel="general", timeout=patience)
            return
    pytest.fail(f"no {answer!r} in general")


def mcp_answers(calls: list[tuple[str, Json]], slack: Simulator, folder: Path) -> dict[str, Json]:
    """Call the server's tools, one by one. Return Slack's answer to each, by the tool's name."""
    environment = {**os.environ, **slack.environment(), "SLACK_TEAM_ID": "T0WORKSPACE"}
    command = [sys.executable, "-m", "slack_simulator.run_app", SERVER]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin
        assert server.stdout
        questions, replies = server.stdin, server.stdout

        def ask(method: str, parameters: Json) -> Json:
            request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
            questions.write(msgspec.json.encode(request) + b"\n")
            questions.flush()
            answer: Json = msgspec.json.decode(replies.readline())["result"]
            return answer

        client = {"name": "test", "version": "1"}
        ask(
            "initialize",
            {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client},
        )
        answers = {}
        for name, arguments in calls:
            (content,) = ask("tools/call", {"name": name, "arguments": arguments})["content"]
            answers[name] = msgspec.json.decode(content["text"])
        server.terminate()
    return answers
