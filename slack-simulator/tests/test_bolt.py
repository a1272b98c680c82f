"""Three apps written as Bolt's documentation shows, over HTTP and by Socket Mode."""

from collections.abc import Iterator

import pytest
from bolt_apps import running

from slack_simulator import Simulator
from slack_simulator.feed.feed import Entry
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

pytestmark = pytest.mark.slow

MODES = ["http", "socket"]


def view_of(slack: Simulator, action: str, after: int = 0) -> Json:
    def is_it(entry: Entry) -> bool:
        return entry.kind == "view" and entry["action"] == action

    view: Json = slack.feed.wait(is_it, 30, after=after)["view"]
    return view


@pytest.fixture(scope="module", params=MODES)
def echo(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with running("echo", request.param) as slack:
        yield slack


@pytest.fixture(scope="module", params=MODES)
def modal(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with running("modal", request.param) as slack:
        yield slack


@pytest.fixture(scope="module", params=MODES)
def home(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with running("home", request.param) as slack:
        yield slack


def test_it_answers_a_mention(echo: Simulator) -> None:
    after = echo.feed.seq
    echo.say("<@U0BOT> good morning")
    (post,) = echo.wait_for_posts(1, 30, after=after)
    assert post.text == "You said: good morning"


def test_a_button_of_a_message_is_pressed(echo: Simulator) -> None:
    after = echo.feed.seq
    echo.say("hello", user="newcomer")
    (post,) = echo.wait_for_posts(1, 30, after=after)
    message = echo.workspace.message(post.channel, post.ts)
    button = message.blocks[0]["accessory"]

    action = button | {"block_id": "b1"}
    echo.interactivity.act_on_message(action, post.channel, post.ts, "reviewer", {})

    changed = echo.feed.wait(lambda entry: entry.kind == "message_changed", 30, after=after)
    assert changed["message"]["text"] == "<@U0REVIEWER> waved with a hand"


def test_slash_commands_are_answered(echo: Simulator) -> None:
    after = echo.feed.seq
    echo.interactivity.slash_command("/echo", "anybody there?", "random", "newcomer")
    (post,) = echo.wait_for_posts(1, 30, after=after)
    assert (post.text, post.ephemeral, post.user) == ("anybody there?", True, "U0NEWCOMER")

    after = echo.feed.seq
    echo.interactivity.slash_command("/shout", "hey", "random", "newcomer")
    (post,) = echo.wait_for_posts(1, 30, after=after)
    assert (post.text, post.ephemeral) == ("HEY", False)


def test_a_command_that_the_app_does_not_know_fails(echo: Simulator) -> None:
    echo.deliveries.timeout = 1.0
    with pytest.raises(SlackError, match=r"dispatch_failed|operation_timeout"):
        echo.interactivity.slash_command("/unknown", "", "random", "newcomer")
    echo.deliveries.timeout = 30.0


def test_a_modal_is_opened_judged_and_submitted(modal: Simulator) -> None:
    after = modal.feed.seq
    modal.interactivity.shortcut("new_note", "regular")
    view = view_of(modal, "opened", after)
    assert view["title"]["text"] == "A note"

    def state(text: str) -> Json:
        chosen = {"type": "static_select", "selected_option": {"value": "green"}}
        note = {"type": "plain_text_input", "value": text}
        return {"note": {"text": note}, "colour": {"name": chosen}}

    errors = modal.interactivity.submit(view["id"], "regular", state("x"))
    assert errors == {"note": "Write three letters at least."}
    assert modal.interactivity.submit(view["id"], "regular", state("remember the milk")) == {}
    assert modal.interactivity.views.all() == []
    (post,) = modal.wait_for_posts(1, 30, after=after)
    assert post.text == "A green note: remember the milk"
    assert modal.workspace.conversation(post.channel).kind == "im"


def test_a_message_shortcut_knows_its_message(modal: Simulator) -> None:
    after = modal.feed.seq
    said = modal.say("worth noting", user="moderator")
    modal.interactivity.message_shortcut("note_message", said.channel, said.ts, "reviewer")
    view = view_of(modal, "opened", after)
    (entry,) = (e for e in modal.feed.after(after, "view") if e["action"] == "opened")
    assert entry["user"] == "U0REVIEWER"
    assert view["blocks"][0]["element"]["initial_value"] == "worth noting"

    empty = {"type": "static_select", "selected_option": None}
    note = {"type": "plain_text_input", "value": "worth noting"}
    state = {"note": {"text": note}, "colour": {"name": empty}}
    modal.interactivity.submit(view["id"], "reviewer", state)
    (post,) = modal.wait_for_posts(1, 30, after=after)
    assert (post.channel, post.text) == (said.channel, "A white note: worth noting")


def test_the_home_tab_is_published_and_changes(home: Simulator) -> None:
    after = home.feed.seq
    home.open_home("regular")
    view = view_of(home, "published", after)
    assert view["blocks"][1]["text"]["text"] == "<@U0REGULAR>, *0* clicks"

    after = home.feed.seq
    block = view["blocks"][2]
    action = block["elements"][0] | {"block_id": block["block_id"]}
    home.interactivity.act_on_view(action, view["id"], "regular", {})
    view = view_of(home, "published", after)
    assert view["blocks"][1]["text"]["text"] == "<@U0REGULAR>, *1* clicks"
    assert home.interactivity.views.home("newcomer") is None


def test_an_app_that_was_told_to_connect_again_misses_nothing_meanwhile() -> None:
    with running("echo", "socket") as slack:
        slack.deliveries.delays = [0.5] * 60
        slack.socket_mode.disconnect()
        slack.say("<@U0BOT> still there?")
        (post,) = slack.wait_for_posts(1, 30)
        assert post.text == "You said: still there?"
        assert len(slack.calls("apps.connections.open")) == 2
