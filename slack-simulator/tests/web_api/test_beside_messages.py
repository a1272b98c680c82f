"""Pins, bookmarks, user groups, profiles, links and permalinks."""

import pytest
from gateway import Gateway
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

GENERAL = "C029RQSEE"


def test_a_pinned_message_is_listed_until_the_pin_is_removed(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    said = slack.say("read this")
    web.pins_add(channel=GENERAL, timestamp=said.ts)
    (item,) = web.pins_list(channel=GENERAL)["items"]
    assert (item["message"]["text"], item["created_by"]) == ("read this", "U0GOPHERBOT")
    with pytest.raises(SlackApiError, match="already_pinned"):
        web.pins_add(channel=GENERAL, timestamp=said.ts)
    web.pins_remove(channel=GENERAL, timestamp=said.ts)
    assert web.pins_list(channel=GENERAL)["items"] == []
    with pytest.raises(SlackApiError, match="no_pin"):
        web.pins_remove(channel=GENERAL, timestamp=said.ts)
    events = {event["type"]: event for event in gateway.events(3)}
    assert events["pin_added"]["item"]["message"]["ts"] == said.ts
    assert events["pin_removed"]["has_pins"] is False


def test_a_bookmark_is_added_changed_and_removed(web: WebClient) -> None:
    added = web.bookmarks_add(
        channel_id=GENERAL, title="Docs", type="link", link="https://go.dev/doc/"
    )["bookmark"]
    changed = web.bookmarks_edit(channel_id=GENERAL, bookmark_id=added["id"], title="The docs")
    assert changed["bookmark"]["title"] == "The docs"
    assert web.bookmarks_list(channel_id=GENERAL)["bookmarks"] == [changed["bookmark"]]
    web.bookmarks_remove(channel_id=GENERAL, bookmark_id=added["id"])
    assert web.bookmarks_list(channel_id=GENERAL)["bookmarks"] == []
    with pytest.raises(SlackApiError, match="invalid_link"):
        web.bookmarks_add(channel_id=GENERAL, title="Docs", type="link", link="go.dev")


def test_a_user_group_has_members_and_can_be_disabled(web: WebClient, gateway: Gateway) -> None:
    group = web.usergroups_create(name="On call", handle="oncall")["usergroup"]
    web.usergroups_users_update(usergroup=group["id"], users=["U0REGULAR", "U0REVIEWER"])
    assert web.usergroups_users_list(usergroup=group["id"])["users"] == ["U0REGULAR", "U0REVIEWER"]
    (listed,) = web.usergroups_list(include_users=True)["usergroups"]
    assert (listed["handle"], listed["user_count"]) == ("oncall", 2)
    with pytest.raises(SlackApiError, match="handle_already_exists"):
        web.usergroups_create(name="Others", handle="oncall")
    web.usergroups_disable(usergroup=group["id"])
    assert web.usergroups_list()["usergroups"] == []
    web.usergroups_enable(usergroup=group["id"])
    renamed = web.usergroups_update(usergroup=group["id"], name="Helpers")["usergroup"]
    assert renamed["name"] == "Helpers"
    kinds = [event["type"] for event in gateway.events(6)]
    assert kinds.count("subteam_created") == 1
    assert kinds.count("subteam_updated") == 4
    changed = next(e for e in gateway.events(6) if e["type"] == "subteam_members_changed")
    assert changed["added_users"] == ["U0REGULAR", "U0REVIEWER"]


def test_a_member_is_found_by_e_mail(web: WebClient) -> None:
    found = web.users_lookupByEmail(email="Regular@gophers.example")["user"]
    assert found["id"] == "U0REGULAR"
    with pytest.raises(SlackApiError, match="users_not_found"):
        web.users_lookupByEmail(email="nobody@gophers.example")


def test_a_status_is_set_and_read(web: WebClient, gateway: Gateway) -> None:
    web.users_profile_set(user="U0REGULAR", profile={"status_text": "baking"})
    assert web.users_profile_get(user="U0REGULAR")["profile"]["status_text"] == "baking"
    assert web.users_info(user="U0REGULAR")["user"]["profile"]["status_text"] == "baking"
    kinds = {event["type"] for event in gateway.events(3)}
    assert kinds == {"user_change", "user_profile_changed", "user_status_changed"}
    with pytest.raises(SlackApiError, match="too_long"):
        web.users_profile_set(name="status_text", value="x" * 101)


def test_presence_is_set_and_read(web: WebClient) -> None:
    assert web.users_getPresence(user="U0GOPHERBOT")["presence"] == "active"
    web.users_setPresence(presence="away")
    assert web.users_getPresence(user="U0GOPHERBOT")["presence"] == "away"


def test_permalinks_lead_to_messages_and_into_threads(web: WebClient, slack: Simulator) -> None:
    parent = slack.say("question")
    reply = slack.say("answer", thread_ts=parent.ts)

    def link(ts: str) -> str:
        found: str = web.chat_getPermalink(channel=GENERAL, message_ts=ts)["permalink"]
        return found

    plain = f"https://gophers.slack.com/archives/{GENERAL}/p"
    assert link(parent.ts) == plain + parent.ts.replace(".", "")
    assert link(reply.ts) == (
        f"{plain}{reply.ts.replace('.', '')}?thread_ts={parent.ts}&cid={GENERAL}"
    )
    with pytest.raises(SlackApiError, match="message_not_found"):
        link("1.000000")


def test_reactions_are_listed_by_who_gave_them(web: WebClient, slack: Simulator) -> None:
    first, second = slack.say("one"), slack.say("two")
    web.reactions_add(channel=GENERAL, timestamp=second.ts, name="tada")
    slack.workspace.react("general", first.ts, "tada", "regular")
    assert [i["message"]["text"] for i in web.reactions_list()["items"]] == ["two"]
    assert [i["message"]["text"] for i in web.reactions_list(user="U0REGULAR")["items"]] == ["one"]


def test_the_workspace_tells_its_name_and_emoji(web: WebClient, slack: Simulator) -> None:
    assert web.team_info()["team"]["name"] == "Gophers"
    assert web.emoji_list()["emoji"].keys() == slack.workspace.custom_emoji


def test_a_message_about_the_bot_itself_has_a_subtype(web: WebClient, gateway: Gateway) -> None:
    web.chat_meMessage(channel=GENERAL, text="is thinking")
    (event,) = gateway.events(1)
    assert (event["subtype"], event["text"]) == ("me_message", "is thinking")
