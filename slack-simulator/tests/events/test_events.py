import pytest
from gateway import Gateway
from slack_sdk import WebClient

from slack_simulator import Simulator
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def plain(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def section(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def test_a_message_in_a_channel(slack: Simulator, gateway: Gateway) -> None:
    said = slack.say("hello", channel="general", user="regular")
    [event] = gateway.events(1)
    assert event == {
        "type": "message",
        "channel": "C029RQSEE",
        "channel_type": "channel",
        "user": "U0REGULAR",
        "text": "hello",
        "ts": said.ts,
        "event_ts": said.ts,
        "client_msg_id": said.message.client_msg_id,
        "team": "T0GOPHERS",
        "blocks": event["blocks"],
    }


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("hello", [section(plain("hello"))]),
        (
            "*bold* _it &amp; *both*_ ~no~ `a*b*`",
            [
                section(
                    plain("bold", bold=True),
                    plain(" "),
                    plain("it & ", italic=True),
                    plain("both", italic=True, bold=True),
                    plain(" "),
                    plain("no", strike=True),
                    plain(" "),
                    plain("a*b*", code=True),
                )
            ],
        ),
        (
            "<@U0BOT> <#C01|go> <!here> <!subteam^S01> :wave::skin-tone-2:",
            [
                section(
                    {"type": "user", "user_id": "U0BOT"},
                    plain(" "),
                    {"type": "channel", "channel_id": "C01"},
                    plain(" "),
                    {"type": "broadcast", "range": "here"},
                    plain(" "),
                    {"type": "usergroup", "usergroup_id": "S01"},
                    plain(" "),
                    {"type": "emoji", "name": "wave", "skin_tone": 2},
                )
            ],
        ),
        (
            "see <https://go.dev/?a=1&amp;b=2> and <https://go.dev|Go &amp; more>",
            [
                section(
                    plain("see "),
                    {"type": "link", "url": "https://go.dev/?a=1&b=2"},
                    plain(" and "),
                    {"type": "link", "url": "https://go.dev", "text": "Go & more"},
                )
            ],
        ),
        (
            "run\n```if a &lt; b {\n}```\n&gt; said\n&gt; she\nok",
            [
                section(plain("run\n")),
                {
                    "type": "rich_text_preformatted",
                    "elements": [plain("if a < b {\n}")],
                    "border": 0,
                },
                {"type": "rich_text_quote", "elements": [plain("said\nshe")]},
                section(plain("ok")),
            ],
        ),
        ("snake_case_name 2*3*4 10:30:00", [section(plain("snake_case_name 2*3*4 10:30:00"))]),
    ],
)
def test_a_members_text_comes_as_a_rich_text_block_too(
    slack: Simulator, gateway: Gateway, web: WebClient, text: str, elements: list[Json]
) -> None:
    said = slack.say(text)
    [event] = gateway.events(1)
    (block,) = event["blocks"]
    assert (block["type"], block["elements"]) == ("rich_text", elements)
    [message] = web.conversations_history(channel=said.channel)["messages"]
    assert message["blocks"] == event["blocks"]


def test_mentioning_the_bot_sends_app_mention_beside_the_message(
    slack: Simulator, gateway: Gateway
) -> None:
    said = slack.say("hello <@U0GOPHERBOT>")
    events = {event["type"]: event for event in gateway.events(2)}
    assert events.keys() == {"message", "app_mention"}
    assert events["app_mention"]["text"] == events["message"]["text"]
    assert "channel_type" not in events["app_mention"]
    assert len(said.event_ids) == len(set(said.event_ids)) == 2


def test_a_direct_message_has_no_app_mention(slack: Simulator, gateway: Gateway) -> None:
    said = slack.dm("<@U0GOPHERBOT> help")
    slack.deliveries.wait_idle()
    [event] = gateway.events(1)
    assert event["channel_type"] == "im"
    assert event["channel"] == said.channel
    assert said.channel.startswith("D")
    assert slack.dm("again").channel == said.channel


@pytest.mark.parametrize(
    ("channel", "user", "channel_type"),
    [("moderators", "moderator", "group"), ("G0GROUPDM", "newcomer", "mpim")],
)
def test_private_conversations_have_their_type(
    slack: Simulator, gateway: Gateway, channel: str, user: str, channel_type: str
) -> None:
    slack.say("hello", channel=channel, user=user)
    [event] = gateway.events(1)
    assert event["channel_type"] == channel_type


def test_a_reply_names_its_thread_and_the_parents_author(
    slack: Simulator, gateway: Gateway
) -> None:
    parent = slack.say("question", user="newcomer")
    reply = slack.say("answer", thread_ts=parent.ts)
    event = next(e for e in gateway.events(2) if e["ts"] == reply.ts)
    assert event["thread_ts"] == parent.ts
    assert event["parent_user_id"] == "U0NEWCOMER"


def test_a_reply_to_a_reply_is_in_the_same_thread(slack: Simulator) -> None:
    parent = slack.say("question")
    reply = slack.say("answer", thread_ts=parent.ts)
    assert slack.say("more", thread_ts=reply.ts).message.thread_ts == parent.ts


def test_a_broadcast_reply_has_its_subtype_and_root(slack: Simulator, gateway: Gateway) -> None:
    parent = slack.say("question")
    slack.workspace.say("answer", thread_ts=parent.ts, broadcast=True)
    event = next(e for e in gateway.events(2) if e.get("subtype"))
    assert event["subtype"] == "thread_broadcast"
    assert event["root"]["ts"] == parent.ts


def test_an_upload_is_a_file_share(slack: Simulator, gateway: Gateway) -> None:
    slack.upload("package main\n", name="main.go", text="look")
    by_type = {event["type"]: event for event in gateway.events(3)}
    assert by_type["file_created"]["file_id"] == by_type["file_shared"]["file_id"]
    assert by_type["file_shared"]["channel_id"] == "C029RQSEE"
    event = by_type["message"]
    assert event["subtype"] == "file_share"
    assert event["text"] == "look"
    [file] = event["files"]
    assert (file["name"], file["filetype"], file["mimetype"]) == ("main.go", "go", "text/plain")
    assert file["size"] == len("package main\n")
    assert file["url_private_download"].startswith(slack.url)


def test_another_bots_message_carries_its_bot_id(slack: Simulator, gateway: Gateway) -> None:
    slack.workspace.say_as_bot("beep")
    [event] = gateway.events(1)
    assert event["bot_id"] == "B0OTHERBOT"
    assert event["bot_profile"]["name"] == "otherbot"
    assert "client_msg_id" not in event


def test_a_join_sends_the_event_and_slacks_own_line(slack: Simulator, gateway: Gateway) -> None:
    slack.join_channel("newbies", "newcomer")
    events = {event["type"]: event for event in gateway.events(2)}
    joined = events["member_joined_channel"]
    assert (joined["user"], joined["channel"]) == ("U0NEWCOMER", "C02A8LZKT")
    assert (joined["channel_type"], joined["team"]) == ("C", "T0GOPHERS")
    assert events["message"]["subtype"] == "channel_join"
    assert "U0NEWCOMER" in slack.workspace.conversation("newbies").members


def test_a_leave_sends_the_event_and_slacks_own_line(slack: Simulator, gateway: Gateway) -> None:
    left = slack.leave_channel("random", "newcomer")
    events = {event["type"]: event for event in gateway.events(2)}
    gone = events["member_left_channel"]
    assert (gone["user"], gone["channel"]) == ("U0NEWCOMER", "C029RQSEG")
    assert (gone["channel_type"], gone["team"]) == ("C", "T0GOPHERS")
    line = events["message"]
    assert (line["subtype"], line["text"]) == (
        "channel_leave",
        "<@U0NEWCOMER> has left the channel",
    )
    assert left is not None
    assert line["ts"] == gone["event_ts"] == left.ts
    assert "U0NEWCOMER" not in slack.workspace.conversation("random").members


def test_who_is_not_there_leaves_without_an_event(slack: Simulator, gateway: Gateway) -> None:
    assert slack.leave_channel("newbies", "newcomer") is None
    slack.say("hello")
    assert [event["text"] for event in gateway.events(1)] == ["hello"]
    assert not slack.feed.after(0, "channel_leave")


def test_the_bot_is_told_that_it_left_but_not_as_members_are(
    slack: Simulator, gateway: Gateway
) -> None:
    slack.leave_channel("random", "gopher")
    slack.leave_channel("moderators", "gopher")
    slack.deliveries.wait_idle()
    told = [(event["type"], event["channel"], event["actor_id"]) for event in gateway.events(2)]
    assert sorted(told) == [
        ("channel_left", "C029RQSEG", "U0GOPHERBOT"),
        ("group_left", "G0MODTEAM", "U0GOPHERBOT"),
    ]


def test_joining_the_team_sends_the_whole_user(slack: Simulator, gateway: Gateway) -> None:
    joined = slack.join_team("gopherling")
    [event] = gateway.events(1)
    assert event["type"] == "team_join"
    assert event["user"]["id"] == joined.user.id
    assert event["user"]["profile"]["email"] == "gopherling@gophers.example"
    assert slack.join_team("gopherling").user.name == "gopherling2"
    assert joined.user.id in slack.workspace.conversation("general").members


def test_a_members_reaction_is_told(slack: Simulator, gateway: Gateway) -> None:
    said = slack.say("hello")
    slack.workspace.react("general", said.ts, "wave", "newcomer")
    event = next(e for e in gateway.events(2) if e["type"] == "reaction_added")
    assert event["reaction"] == "wave"
    assert event["item"] == {"type": "message", "channel": said.channel, "ts": said.ts}
    assert (event["user"], event["item_user"]) == ("U0NEWCOMER", "U0REGULAR")


def test_edits_and_deletions_are_hidden_messages(slack: Simulator, gateway: Gateway) -> None:
    said = slack.say("helo")
    slack.workspace.edit("general", said.ts, "hello", "regular")
    slack.workspace.delete("general", said.ts, "regular")
    events = {event.get("subtype"): event for event in gateway.events(3)}
    changed = events["message_changed"]
    assert changed["message"]["text"] == "hello"
    assert changed["previous_message"]["text"] == "helo"
    assert "edited" not in changed["previous_message"]
    edited = changed["message"]["edited"]
    assert edited["user"] == "U0REGULAR"
    assert edited["ts"] == f"{changed['ts'].partition('.')[0]}.000000"
    assert said.ts < changed["event_ts"] < events["message_deleted"]["event_ts"]
    assert events["message_deleted"]["deleted_ts"] == said.ts


def test_a_reaction_taken_back_is_told(slack: Simulator, gateway: Gateway) -> None:
    said = slack.say("hello")
    slack.workspace.react("general", said.ts, "wave", "newcomer")
    slack.workspace.unreact("general", said.ts, "wave", "newcomer")
    event = next(e for e in gateway.events(3) if e["type"] == "reaction_removed")
    assert (event["reaction"], event["user"]) == ("wave", "U0NEWCOMER")


def test_only_the_author_or_an_admin_deletes(slack: Simulator) -> None:
    said = slack.say("hello")
    with pytest.raises(SlackError, match="cant_delete_message"):
        slack.workspace.delete("general", said.ts, "newcomer")
    slack.workspace.delete("general", said.ts, "moderator")


def test_the_bot_hears_nothing_of_channels_it_is_not_in(slack: Simulator, gateway: Gateway) -> None:
    slack.workspace.leave_channel("random", "gopher")
    assert slack.say("secret", channel="random").event_id is None
    slack.workspace.leave_channel("random", "newcomer")
    slack.say("hello", channel="general")
    slack.deliveries.wait_idle()
    told = [(event["type"], event.get("text")) for event in gateway.events(2)]
    assert sorted(told) == [("channel_left", None), ("message", "hello")]


def test_the_bot_hears_only_what_it_subscribed_to(slack: Simulator, gateway: Gateway) -> None:
    slack.subscriptions = {"app_mention"}
    slack.say("hello <@U0GOPHERBOT>")
    slack.deliveries.wait_idle()
    assert [event["type"] for event in gateway.events(1)] == ["app_mention"]


def test_a_message_can_be_dated_back(slack: Simulator, gateway: Gateway) -> None:
    newer = slack.say("now")
    older = slack.say("then", ts="1500000000.000100")
    assert older.ts == "1500000000.000100"
    assert list(slack.workspace.conversation("general").messages) == [older.ts, newer.ts]
    assert any(event["ts"] == older.ts for event in gateway.events(2))
    with pytest.raises(SlackError, match="bad_timestamp"):
        slack.say("again", ts=older.ts)


def test_timestamps_are_unique_and_rise(slack: Simulator) -> None:
    slack.gateway = None
    stamps = [slack.say("hello").ts for _ in range(500)]
    assert stamps == sorted(set(stamps))
    assert all(len(stamp) == len("1718000000.000100") for stamp in stamps)


def test_an_outsider_cannot_speak_in_private(slack: Simulator) -> None:
    with pytest.raises(SlackError, match="not_in_channel"):
        slack.say("hello", channel="moderators", user="newcomer")


def test_nobody_speaks_in_an_archived_channel(slack: Simulator) -> None:
    with pytest.raises(SlackError, match="is_archived"):
        slack.say("hello", channel="vendoring")


def test_unknown_names_are_told(slack: Simulator) -> None:
    with pytest.raises(SlackError, match="channel_not_found"):
        slack.say("hello", channel="nowhere")
    with pytest.raises(SlackError, match="user_not_found"):
        slack.say("hello", user="nobody")
    with pytest.raises(SlackError, match="thread_not_found"):
        slack.say("hello", thread_ts="1500000000.000100")
