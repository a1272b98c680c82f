"""What a member types, as Slack sends it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slack_simulator import Simulator, composing

USERS = {"bob": "U024BE7LH", "gopher": "U0GOPHERBOT", "ann-lee": "W012A3CDE"}
CHANNELS = {"general": "C024BE7LR", "newbies": "C02A8LZKT"}
NAMES = {id: name for names in (USERS, CHANNELS) for name, id in names.items()}


def sent(typed: str) -> str:
    return composing.compose(typed, user=USERS.get, channel=CHANNELS.get)


def typed(text: str) -> str:
    return composing.typed(text, user=NAMES.get, channel=NAMES.get)


# The first are the examples of Slack's pages on formatting, as `docs.slack.dev` and before it
# `api.slack.com/docs/formatting` show them.
SAMPLES = [
    ("Hello & <world>", "Hello &amp; &lt;world&gt;"),
    ("Why not join #general?", "Why not join <#C024BE7LR|general>?"),
    ("Hey @bob, did you see my file?", "Hey <@U024BE7LH>, did you see my file?"),
    ("This message contains a URL http://foo.com/", "This message contains a URL <http://foo.com/>"),
    ("So does this one: www.foo.com", "So does this one: <http://www.foo.com|www.foo.com>"),
    ("bob@example.com", "<mailto:bob@example.com|bob@example.com>"),
    ("ping -c 5 www.google.com", "ping -c 5 <http://www.google.com|www.google.com>"),
    ("@here @channel @everyone", "<!here> <!channel> <!everyone>"),
    # Links in code are links; mentions there are not.
    ("`wget www.google.com`", "`wget <http://www.google.com|www.google.com>`"),
    ('```\n"github.com/x/y"\n```', '```\n"<http://github.com/x/y|github.com/x/y>"\n```'),
    ("`@gopher` and ```\n#newbies @here\n```", "`@gopher` and ```\n#newbies @here\n```"),
    ("it's `a` @gopher `b`", "it's `a` <@U0GOPHERBOT> `b`"),
    ("`a < b && c`", "`a &lt; b &amp;&amp; c`"),
    ("a ` is\n@bob's `", "a ` is\n<@U024BE7LH>'s `"),
    ("&lt; &gt; &amp;", "&amp;lt; &amp;gt; &amp;amp;"),
    # Names.
    ("@gopher, hi @ann-lee.", "<@U0GOPHERBOT>, hi <@W012A3CDE>."),
    ("@gopher: help", "<@U0GOPHERBOT>: help"),
    ("(@gopher)", "(<@U0GOPHERBOT>)"),
    ("@nobody in #nowhere", "@nobody in #nowhere"),
    ("x@gopher x#general &#general #1", "x@gopher x#general &amp;#general #1"),
    ("<@U0GOPHERBOT> <!here>", "&lt;@U0GOPHERBOT&gt; &lt;!here&gt;"),
    # Links.
    ("see https://go.dev/play/?a=1&b=2.", "see <https://go.dev/play/?a=1&amp;b=2>."),
    ("<https://go.dev>", "&lt;<https://go.dev>&gt;"),
    ("(https://go.dev/x), ok", "(<https://go.dev/x>), ok"),
    ("go.dev/a, GO.DEV?", "<http://go.dev/a|go.dev/a>, <http://GO.DEV|GO.DEV>?"),
    ("go.dev:80", "<http://go.dev:80|go.dev:80>"),
    ("https://x.dev|y", "<https://x.dev>|y"),
    ("d/golang.org/x/net", "d/<http://golang.org/x/net|golang.org/x/net>"),
    # What looks like a link to Slack only, or not even to Slack.
    ("doc http.Client.Do", "doc <http://http.Client.Do|http.Client.Do>"),
    ("errors.Is(err)", "<http://errors.Is|errors.Is>(err)"),
    ("fmt.Println, main.go, v1.2.3, e.g. go.devil", "fmt.Println, main.go, v1.2.3, e.g. go.devil"),
    ("me@gopher.example", "me@gopher.example"),
    ("x_go.dev, `@go.dev`", "x_go.dev, `@go.dev`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "markup"), SAMPLES)
def test_what_is_typed_is_sent_with_markup(text: str, markup: str) -> None:
    assert sent(text) == markup
    assert typed(markup) == text


pieces = st.sampled_from(
    [
        *(f" {name} " for name, _ in SAMPLES),
        "`",
        "```",
        "\n",
        " @gopher ",
        " #general ",
        "&lt;",
        "|",
    ]
)


@given(st.lists(st.text() | pieces).map("".join))
def test_what_is_sent_shows_what_was_typed(text: str) -> None:
    assert typed(sent(text)) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<@U024BE7LH|robert> <@U1|al> <@U2>", "@bob @al @U2"),
        ("<#C024BE7LR|old> <#C1|new> <#C2>", "#general #new #C2"),
        ("<!subteam^S1|@team> <!subteam^S2>", "@team <!subteam^S2>"),
        ("<https://go.dev|the site>", "https://go.dev"),
    ],
)
def test_markup_that_nobody_typed_is_shown_by_its_names(markup: str, text: str) -> None:
    assert typed(markup) == text


def test_a_workspace_knows_its_members_and_channels() -> None:
    workspace = Simulator().workspace
    markup = workspace.compose("@regular in #general, not @nobody")
    general = workspace.conversation("general").id
    assert markup == f"<@U0REGULAR> in <#{general}|general>, not @nobody"
    assert workspace.typed(markup) == "@regular in #general, not @nobody"
