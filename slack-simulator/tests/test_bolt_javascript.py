"""Apps in JavaScript with @slack/bolt, unchanged but for the Web API's address."""

import pytest
from bolt_apps import running

from slack_simulator.workspace.setup import AppSetup, WorkspaceSetup

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("node_modules")]


def test_a_greeter_over_socket_mode_that_knows_no_address_but_slacks() -> None:
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


def test_metadata_and_objects_over_socket_mode() -> None:
    setup = WorkspaceSetup(app=AppSetup(unfurl_domains=("example.com",)))
    with running("metadata", "socket", setup, node=True) as slack:
        slack.command("/order rye", channel="random")
        order = slack.expect("An order", channel="random")
        assert slack.expect("In the oven: rye", channel="random").thread_ts == order.ts
        said = slack.say("see <https://example.com/1>")
        slack.wait_for_calls("chat.unfurl")
        (preview,) = slack.workspace.message(said.channel, said.ts).attachments
        assert preview["title"] == "Loaf 1"
        slack.open_details("https://example.com/1")
        (call,) = slack.wait_for_calls("entity.presentDetails")
        assert call.error == ""


def test_an_assistant_knows_which_channel_its_member_looks_at() -> None:
    with running("assistant", "socket", node=True) as slack:
        thread = slack.open_assistant("regular", "random")
        slack.expect("How can I help?")
        slack.wait_for_calls("assistant.threads.setSuggestedPrompts")
        slack.open_assistant("regular", "general")
        slack.wait_for_calls("chat.update", 2)
        slack.dm("Sum up this channel", thread_ts=thread)
        (done,) = slack.wait_for_calls("chat.stopStream")
        assert done.error == ""
        general = slack.workspace.conversation("general").id
        assert slack.posts()[-1].thread_ts == thread
        (said,) = [
            message.text
            for message in slack.workspace.open_dm(
                slack.workspace.user("regular")
            ).messages.values()
            if message.text.startswith("About")
        ]
        assert said == f"About <#{general}>: nothing new."
