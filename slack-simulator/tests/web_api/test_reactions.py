import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator
from slack_simulator.workspace import emoji

GENERAL = "C029RQSEE"

SOME = [name for name in emoji.standard() if name.isalpha()][:60]


@pytest.fixture
def ts(slack: Simulator) -> str:
    slack.gateway = None
    return slack.say("hello").ts


def refusal(web: WebClient, **arguments: str) -> str:
    with pytest.raises(SlackApiError) as failure:
        web.api_call("reactions.add", params=arguments)
    return str(failure.value.response["error"])


def test_a_reaction_is_added_once(web: WebClient, slack: Simulator, ts: str) -> None:
    web.reactions_add(channel=GENERAL, timestamp=ts, name="bbqgopher")
    [reaction] = slack.wait_for_reactions(1)
    assert (reaction.channel, reaction.ts, reaction.emoji) == (GENERAL, ts, "bbqgopher")
    assert refusal(web, channel=GENERAL, timestamp=ts, name="bbqgopher") == "already_reacted"
    assert len(slack.reactions()) == 1


def test_the_bot_takes_back_its_own_reaction_alone(
    web: WebClient, slack: Simulator, ts: str
) -> None:
    slack.workspace.react(GENERAL, ts, "wave", "newcomer")
    web.reactions_add(channel=GENERAL, timestamp=ts, name="wave")
    web.reactions_remove(channel=GENERAL, timestamp=ts, name="wave")
    assert slack.workspace.message(GENERAL, ts).reactions == {"wave": ["U0NEWCOMER"]}
    with pytest.raises(SlackApiError) as failure:
        web.reactions_remove(channel=GENERAL, timestamp=ts, name="wave")
    assert failure.value.response["error"] == "no_reaction"


@pytest.mark.parametrize("name", ["+1", "thumbsup::skin-tone-3", "rubberduck", "e-mail", "no_good"])
def test_well_formed_names(web: WebClient, ts: str, name: str) -> None:
    assert web.reactions_add(channel=GENERAL, timestamp=ts, name=name)["ok"]


@pytest.mark.parametrize("name", [":wave:", "Wave", "two words", "👋", "x::skin-tone-9", ""])
def test_malformed_names(web: WebClient, ts: str, name: str) -> None:
    assert refusal(web, channel=GENERAL, timestamp=ts, name=name) == "invalid_name"


def test_only_emoji_that_exist(web: WebClient, slack: Simulator, ts: str) -> None:
    slack.workspace.custom_emoji = {"gopher"}
    web.reactions_add(channel=GENERAL, timestamp=ts, name="wave::skin-tone-2")
    web.reactions_add(channel=GENERAL, timestamp=ts, name="gopher")
    for unknown in ("bbqgopher", "no_such_emoji"):
        assert refusal(web, channel=GENERAL, timestamp=ts, name=unknown) == "invalid_name"


def test_what_slack_refuses(web: WebClient, slack: Simulator, ts: str) -> None:
    slack.workspace.leave_channel("random", "gopher")
    elsewhere = slack.say("hello", channel="random").ts
    missing = "1500000000.000100"
    cases = [
        ({"channel": GENERAL, "name": "tada"}, "no_item_specified"),
        ({"timestamp": ts, "name": "tada"}, "no_item_specified"),
        ({"channel": GENERAL, "timestamp": "now", "name": "tada"}, "bad_timestamp"),
        ({"channel": GENERAL, "timestamp": missing, "name": "tada"}, "message_not_found"),
        ({"channel": "C0NOWHERE", "timestamp": ts, "name": "tada"}, "channel_not_found"),
        ({"channel": "C029RQSEG", "timestamp": elsewhere, "name": "tada"}, "not_in_channel"),
    ]
    for arguments, error in cases:
        assert refusal(web, **arguments) == error, arguments
    slack.workspace.archive_channel("general")
    assert refusal(web, channel=GENERAL, timestamp=ts, name="tada") == "is_archived"


def test_a_user_may_react_only_so_often(web: WebClient, ts: str) -> None:
    for number in range(23):
        web.reactions_add(channel=GENERAL, timestamp=ts, name=SOME[number])
    assert refusal(web, channel=GENERAL, timestamp=ts, name=SOME[-1]) == "too_many_reactions"


def test_a_message_takes_only_so_many_emoji(web: WebClient, slack: Simulator, ts: str) -> None:
    for number in range(50):
        user = ("newcomer", "regular", "moderator")[number % 3]
        slack.workspace.react("general", ts, SOME[number], user)
    assert refusal(web, channel=GENERAL, timestamp=ts, name=SOME[-1]) == "too_many_emoji"


def test_reactions_can_be_read_with_their_scope(web: WebClient, slack: Simulator, ts: str) -> None:
    slack.web_api.scopes = ["reactions:read"]
    slack.workspace.react("general", ts, "wave", "newcomer")
    message = web.reactions_get(channel=GENERAL, timestamp=ts)["message"]
    assert message["reactions"] == [{"name": "wave", "users": ["U0NEWCOMER"], "count": 1}]
