"""Apps of more kinds, as Bolt's documentation shows them: each does its whole work here."""

from pathlib import Path

import pytest
from bolt_apps import running
from msgspec import structs

from slack_simulator.workspace.setup import AppSetup, WorkspaceSetup

pytestmark = pytest.mark.slow


def test_files_are_uploaded_and_told_about() -> None:
    with running("files", "socket") as slack:
        slack.command("/report all well", user="reviewer")
        post = slack.expect("Here is your report")
        (file,) = slack.workspace.message(post.channel, post.ts).files
        assert (file.title, file.content) == ("Report", b"reviewer,all well\n")
        slack.upload("package main", name="main.go")
        assert slack.expect("main.go").text == "main.go has 12 bytes"


def test_an_incident_gets_its_channel_people_topic_pin_and_bookmark() -> None:
    with running("incident", "http") as slack:
        slack.command("/incident fire moderator@workspace.example", user="regular")
        handover = slack.expect("<@U0MODERATOR>, please take over", channel="incident-fire")
        assert slack.expect("Declared: https://workspace.slack.com/archives/").text.endswith(
            f"/{handover.channel}/p{handover.ts.replace('.', '')}"
        )
        room = slack.workspace.conversation("incident-fire")
        assert set(room.members) == {"U0BOT", "U0REGULAR", "U0MODERATOR"}
        assert room.topic == "Incident fire: investigating"
        assert list(room.pins) == [handover.ts]
        assert [each["title"] for each in room.bookmarks.values()] == ["Runbook"]
        assert slack.user_groups.all()[0].users == ["U0REGULAR", "U0MODERATOR"]
        slack.wait_for_calls("chat.postEphemeral", 2)
        welcomed = {post.user for post in slack.posts() if "Runbook above" in post.text}
        assert welcomed == {"U0REGULAR", "U0MODERATOR"}
        slack.say("resolved", channel="incident-fire", user="moderator")
        slack.wait_for_calls("conversations.archive")
        assert room.is_archived
        slack.command("/incident fire moderator@workspace.example")
        slack.expect("No channel: name_taken", user="regular")


def test_reminders_come_when_time_has_gone_on() -> None:
    setup = WorkspaceSetup(app=AppSetup(unfurl_domains=("example.com",)))
    with running("reminders", "socket", setup) as slack:
        slack.command("/later 60 drink water", channel="random")
        slack.wait_for_calls("chat.scheduleMessage")
        slack.command("/pending", channel="random")
        slack.expect("drink water", user="regular")
        slack.clock.advance(3600)
        assert slack.expect("drink water", channel="random").user is None
        said = slack.say("see <https://example.com/1>")
        slack.wait_for_calls("chat.unfurl")
        (preview,) = slack.workspace.message(said.channel, said.ts).attachments
        assert preview["text"] == "A reminder"


def test_an_app_is_installed_by_oauth_and_posts_by_its_webhook(tmp_path: Path) -> None:
    with running("installed", "http", folder=tmp_path) as slack:
        install = slack.gateway[0].replace("/slack/events", "/slack/install")
        assert "Thank you" in slack.install(install, channel="random")
        assert set(slack.web_api.scopes) == {"chat:write", "commands", "incoming-webhook"}
        slack.say("hello", user="newcomer")
        slack.expect("Hello <@U0NEWCOMER>!")
        slack.command("/announce cake", channel="general")
        slack.expect("Announcing: cake", channel="random")


def test_an_assistant_answers_in_its_thread() -> None:
    with running("assistant", "socket") as slack:
        thread = slack.open_assistant("regular")
        assert slack.expect("How can I help you?").thread_ts == thread
        (call,) = slack.wait_for_calls("assistant.threads.setSuggestedPrompts")
        assert not call.error
        slack.dm("What time is it?", thread_ts=thread)
        answer = slack.expect("You asked: What time is it?")
        assert (answer.channel_name, answer.thread_ts) == ("", thread)
        assert [call.error for call in slack.calls("assistant.threads.setStatus")] == [""]


def test_an_agent_streams_its_answer_and_hears_whether_it_helped() -> None:
    with running("agent", "socket") as slack:
        asked = slack.say("<@U0BOT> what day is it?", user="newcomer")
        (done,) = slack.wait_for_calls("chat.stopStream")
        assert done.error == ""
        assert [call.error for call in slack.calls("assistant.threads.setStatus")] == [""]
        (answer,) = slack.posts()
        message = slack.workspace.message(answer.channel, answer.ts)
        kinds = [block["type"] for block in message.blocks]
        assert kinds == ["task_card", "markdown", "context_actions"]
        assert (message.blocks[0]["title"], message.blocks[0]["status"]) == (
            "Searching",
            "complete",
        )
        assert (message.text, message.thread_ts) == ("It is **Tuesday**.", asked.ts)
        slack.click("Good answer", user="newcomer")
        slack.expect("Noted: good", user="newcomer")


def test_a_dialog_is_filled_in_corrected_and_cancelled() -> None:
    with running("dialog", "http") as slack:
        slack.command("/ride", channel="random")
        slack.expect_view("A ride")
        assert slack.submit({"From": "x", "Car": "Large car"}) == {"place": "Where is that?"}
        assert slack.submit({"From": "the oven", "Car": "Large car"}) == {}
        slack.expect("L from the oven, now", channel="random")
        slack.command("/ride", channel="random")
        slack.expect_view("A ride")
        slack.close()
        slack.expect("No ride, then.", channel="random")


def test_a_workflows_step_completes_or_fails() -> None:
    with running("assistant", "http") as slack:
        slack.run_function("double", {"number": "21"})
        (done,) = slack.wait_for_calls("functions.completeSuccess")
        assert (done.error, done.arguments["outputs"]) == ("", '{"doubled": 42}')
        slack.run_function("double", {"number": "many"})
        (failed,) = slack.wait_for_calls("functions.completeError")
        assert failed.arguments["error"] == "many is no number"


def test_a_workflows_step_completes_when_a_member_presses_its_button() -> None:
    with running("assistant", "socket") as slack:
        execution = slack.run_function("approval", {"user_id": "U0REGULAR"})
        slack.click("Approve", on=slack.expect("May I?", channel="regular"))
        (done,) = slack.wait_for_calls("functions.completeSuccess")
        assert done.arguments["function_execution_id"] == execution
        assert done.arguments["outputs"] == '{"by": "U0REGULAR"}'


def test_an_app_without_the_scope_it_needs_learns_which() -> None:
    app = AppSetup(scopes=("commands", "chat:write"))
    with running("incident", "http", structs.replace(WorkspaceSetup(), app=app)) as slack:
        slack.command("/incident fire moderator@workspace.example")
        slack.expect("No channel: missing_scope", user="regular")


def test_an_uninstalled_app_can_do_nothing_more() -> None:
    with running("echo", "http") as slack:
        slack.uninstall()
        slack.say("<@U0BOT> still there?")
        slack.feed.wait(lambda e: e.kind == "api_call" and e["error"] == "token_revoked")
        assert not slack.posts()


def test_a_menus_options_come_from_a_search_for_a_member() -> None:
    with running("finder", "socket") as slack:
        said = slack.say("the oven is hot", channel="random", user="newcomer")
        slack.say("the secret oven", channel="moderators", user="reviewer")
        link = slack.workspace.permalink(slack.workspace.conversation("random"), said.ts)
        slack.command("/find", user="regular")
        menu = slack.expect("What was it about?")
        assert slack.options("message", "oven", on=menu) == ["the secret oven", "the oven is hot"]
        assert slack.options("message", "ice", on=menu) == []
        slack.click("message", on=menu, choose="the oven is hot")
        slack.expect(f"Here it is: {link}", channel="general")
        slack.shortcut("find", user="reviewer")
        slack.expect_view("Find")
        with pytest.raises(LookupError, match="there is no option 'ice'"):
            slack.submit({"Message": "ice"}, user="reviewer")
        assert slack.submit({"Message": "the oven is hot"}, user="reviewer") == {}
        slack.expect(f"Here it is: {link}", channel="reviewer")
