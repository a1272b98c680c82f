"""Apps in JavaScript with @slack/bolt, unchanged but for the Web API's address."""

import pytest
from bolt_apps import running

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("node_modules")]


def test_a_greeter_over_socket_mode() -> None:
    with running("greeter", "socket", node=True) as slack:
        slack.say("hello", user="newcomer")
        slack.expect("Hey there <@U0NEWCOMER>!")
        slack.click("Click Me", user="reviewer")
        slack.expect("<@U0REVIEWER> clicked the button")
        slack.open_home("regular")
        slack.expect_view("Welcome, <@U0REGULAR>")


def test_tasks_over_http() -> None:
    with running("tasks", "http", node=True) as slack:
        slack.command("/task", channel="random", user="regular")
        slack.expect_view("A task")
        assert slack.submit({"What": "x"}) == {"what": "Say a little more."}
        assert slack.submit({"What": "buy milk"}) == {}
        task = slack.expect("Task: buy milk", channel="random")
        slack.wait_for_calls("pins.add")
        assert list(slack.workspace.conversation("random").pins) == [task.ts]
        slack.workspace.react("random", task.ts, "white_check_mark", "regular")
        record = slack.expect("The record", channel="random")
        (file,) = slack.workspace.message(record.channel, record.ts).files
        assert file.content == b"done\n"
        assert slack.workspace.message("random", task.ts).text == "Done"
        slack.shortcut("whoami", user="moderator")
        assert slack.expect("You are Moderator", channel="moderator").channel_name == ""
