import pytest

from gopherbot.dev.gophers import GOPHERS
from slack_simulator import Simulator
from slack_simulator.workspace.composing import markup


@pytest.fixture(scope="module")
def stopped() -> Simulator:
    return Simulator(setup=GOPHERS)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("hello", "hello"),
        ("@gopher help", "<@U0GOPHERBOT> help"),
        ("@gopher, hi @newcomer!", "<@U0GOPHERBOT>, hi <@U0NEWCOMER>!"),
        ("@nobody", "@nobody"),
        ("me@gopher.example", "me@gopher.example"),
        ("in #newbies and #nowhere", "in <#C02A8LZKT|newbies> and #nowhere"),
        ("@here @channel @everyone", "<!here> <!channel> <!everyone>"),
        ("a < b && b > c", "a &lt; b &amp;&amp; b &gt; c"),
        ("<@U0GOPHERBOT>", "&lt;@U0GOPHERBOT&gt;"),
        ("see https://go.dev/play/?a=1&b=2.", "see <https://go.dev/play/?a=1&amp;b=2>."),
        ("`@gopher` and ```\n#newbies\n```", "`@gopher` and ```\n#newbies\n```"),
        ("#1 thing", "#1 thing"),
    ],
)
def test_what_is_typed_becomes_markup(stopped: Simulator, typed: str, sent: str) -> None:
    assert markup(stopped.workspace, typed) == sent
