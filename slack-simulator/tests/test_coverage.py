"""COVERAGE.md, the lists behind it, and what the code has."""

import inspect
import re
from pathlib import Path

import pytest
import slack_sdk.web.client
from gateway import Gateway
from msgspec import structs
from sample import SAMPLE
from slack_sdk import WebClient

from slack_simulator import Simulator, coverage
from slack_simulator.coverage import limits
from slack_simulator.events.payloads import EVERY_EVENT
from slack_simulator.web_api.caller import EVERY_USER_SCOPE
from slack_simulator.web_api.limits import TIER
from slack_simulator.web_api.methods import METHODS

ROOT = Path(__file__).parent.parent
RETIRED = re.compile(r"(channels|groups|im|mpim)\..*|rtm\.start")
"""Methods that the Python SDK still has, but Slack no longer."""


def test_the_document_is_what_the_code_says() -> None:
    assert (ROOT / "COVERAGE.md").read_text() == coverage.document()


def test_every_method_of_the_python_sdk_is_listed() -> None:
    source = inspect.getsource(slack_sdk.web.client)
    called = set(re.findall(r'api_call\(\s*f?"([\w.]+)"', source))
    assert len(called) > 300
    missing = {name for name in called - coverage.slack_methods() if not RETIRED.fullmatch(name)}
    assert missing == set()


def test_everything_simulated_is_slacks() -> None:
    assert METHODS.keys() - coverage.slack_methods() == set()
    assert EVERY_EVENT - coverage.slack_events() == set()
    assert TIER.keys() - METHODS.keys() == set()


def test_what_is_partly_simulated_is_simulated() -> None:
    assert limits.METHOD_LIMITS.keys() - METHODS.keys() == set()
    assert limits.EVENT_LIMITS.keys() - EVERY_EVENT == set()


def test_every_scope_that_a_method_asks_for_is_granted_by_default() -> None:
    folder = ROOT / "slack_simulator" / "web_api" / "methods"
    source = "".join(path.read_text() for path in folder.glob("*.py"))
    asked = set(re.findall(r'require\("([\w.:]+)"', source))
    assert len(asked) > 20
    assert asked - set(EVERY_USER_SCOPE) == set()


def live(slack: Simulator, web: WebClient) -> None:
    """Do everything in the workspace that leads to an event."""
    workspace = slack.workspace
    said = slack.say("<@U0GOPHERBOT> see <https://go.dev/doc/|docs>")
    workspace.react("general", said.ts, "tada", "regular")
    workspace.unreact("general", said.ts, "tada", "regular")
    slack.join_team()
    slack.join_channel("newbies", "newcomer")
    slack.leave_channel("newbies", "newcomer")
    workspace.add_channel("ovens")
    workspace.rename_channel("ovens", "stoves")
    workspace.archive_channel("stoves")
    workspace.archive_channel("stoves", archived=False)
    workspace.delete_channel("stoves")
    workspace.add_emoji("loaf")
    file = slack.upload("x").message.files[0]
    workspace.delete_file(file, workspace.user("regular"))
    web.pins_add(channel=said.channel, timestamp=said.ts)
    web.pins_remove(channel=said.channel, timestamp=said.ts)
    group = web.usergroups_create(name="Helpers")["usergroup"]["id"]
    web.usergroups_users_update(usergroup=group, users="U0REGULAR")
    web.users_profile_set(user="U0REGULAR", name="status_text", value="away")
    secret = workspace.add_channel("secret", private=True).id
    workspace.rename_channel(secret, "private")
    workspace.archive_channel(secret)
    workspace.archive_channel(secret, archived=False)
    workspace.delete_channel(secret)
    slack.leave_channel("newbies", "gopher")
    slack.leave_channel("moderators", "gopher")
    slack.open_home("regular")
    slack.open_assistant("regular")
    slack.open_assistant("regular", "general")
    slack.run_function("step", {})
    slack.open_details("https://go.dev/1")
    slack.request_app("breadbot")
    connect_channels(slack, web)
    use_members_tokens(slack, web)
    slack.uninstall()


def connect_channels(slack: Simulator, web: WebClient) -> None:
    """Share a channel with another workspace, and take it back."""
    room = slack.workspace.conversation("random").id
    invite = web.conversations_inviteShared(channel=room, emails="pat@partner.example")
    slack.answer_invite(invite["invite_id"], "accepted")
    slack.answer_invite(invite["invite_id"], "approved")
    member = WebClient(token=slack.user_token("regular"), base_url=slack.api_url)
    member.admin_conversations_disconnectShared(channel_id=room)
    web.conversations_declineSharedInvite(invite_id=slack.receive_invite())


def use_members_tokens(slack: Simulator, web: WebClient) -> None:
    """Do what an app does with members' tokens, files and metadata."""
    member = WebClient(token=slack.user_token("regular"), base_url=slack.api_url)
    member.dnd_setSnooze(num_minutes="5")
    said = slack.say("worth keeping")
    member.stars_add(channel=said.channel, timestamp=said.ts)
    member.stars_remove(channel=said.channel, timestamp=said.ts)
    member.files_sharedPublicURL(file=slack.upload("y").message.files[0].id)
    canvas = web.canvases_create(title="Recipes")["canvas_id"]
    title = {"type": "markdown", "markdown": "Bread"}
    rename: dict[str, object] = {"operation": "rename", "title_content": title}
    web.canvases_edit(canvas_id=canvas, changes=[rename])
    about: dict[str, object] = {"event_type": "baked", "event_payload": {"loaves": 1}}
    post = web.chat_postMessage(channel=said.channel, text="baked", metadata=about)
    about = {"event_type": "baked", "event_payload": {"loaves": 2}}
    web.chat_update(channel=said.channel, ts=post["ts"], text="baked", metadata=about)
    web.chat_delete(channel=said.channel, ts=post["ts"])


def test_every_event_that_is_listed_is_sent(gateway: Gateway) -> None:
    app = structs.replace(SAMPLE.app, unfurl_domains=("go.dev",))
    with Simulator(gateway=gateway.url, setup=structs.replace(SAMPLE, app=app)) as slack:
        slack.deliveries.timeout = 60.0
        live(slack, WebClient(token="xoxb-test", base_url=slack.api_url))
        slack.deliveries.wait_idle()
    sent = {received.event["type"] for received in gateway.received}
    assert EVERY_EVENT - sent == set()


@pytest.mark.parametrize("name", ["methods.txt", "events.txt"])
def test_the_lists_are_sorted_and_name_nothing_twice(name: str) -> None:
    lines = (ROOT / "slack_simulator" / "coverage" / name).read_text().splitlines()
    assert lines == sorted(set(lines))
