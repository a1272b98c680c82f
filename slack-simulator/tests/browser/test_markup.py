"""The page's renderer of Slack's markup, run in Chromium as the page runs it."""

import pytest
from playwright.sync_api import expect

from slack_simulator import Simulator

from .window import Window

RENDER = """async (text) => {
    const { renderMarkup } = await import('/page/scripts/elements/markup.js');
    const names = {
        me: 'U1',
        user: (id) => ({ U1: 'ada', U2: 'bob' })[id] ?? null,
        channel: (id) => ({ C1: 'general' })[id] ?? null,
    };
    const whole = document.createElement('div');
    whole.append(renderMarkup(text, names));
    return whole.innerHTML;
}"""

LINK = 'class="link" href="{0}" target="_blank" rel="noopener noreferrer"'
CODE = '<pre tabindex="0" role="group" aria-label="Code"><code>'
OWN = '<img class="emoji" src="/page/emoji/gopher.svg" alt="gopher" draggable="false">'


def link(address: str, label: str = "") -> str:
    return f"<a {LINK.format(address)}>{label or address}</a>"


CASES = {
    "plain": "<p>plain</p>",
    "*bold* _italic_ ~struck~": "<p><strong>bold</strong> <em>italic</em> <s>struck</s></p>",
    "*bold _and italic_*": "<p><strong>bold <em>and italic</em></strong></p>",
    "(*bold*), *bold*!": "<p>(<strong>bold</strong>), <strong>bold</strong>!</p>",
    "2*3*4, snake_case_name, a * b * c, * x*": "<p>2*3*4, snake_case_name, a * b * c, * x*</p>",
    "*no\nclose*": "<p>*no\nclose*</p>",
    "**": "<p>**</p>",
    "`a *b* &lt;T&gt;`": "<p><code>a *b* &lt;T&gt;</code></p>",
    "*a `*` b*": "<p><strong>a <code>*</code> b</strong></p>",
    "1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;": "<p>1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;</p>",
    "<@U1> <@U2|x> <@U9|zoe> <@U8>": (
        '<p><span class="mention mention-me" data-user="U1">@ada</span> '
        '<span class="mention" data-user="U2">@bob</span> '
        '<span class="mention" data-user="U9">@zoe</span> '
        '<span class="mention" data-user="U8">@U8</span></p>'
    ),
    "<#C1|old> <#C9|gone>": (
        '<p><a class="mention" href="#/general">#general</a> <span class="mention">#gone</span></p>'
    ),
    "<!here> <!subteam^S1|@team> <!date^1^x|May> <!what>": (
        '<p><span class="mention mention-me">@here</span> <span class="mention">@team</span> '
        "<span>May</span> &lt;!what&gt;</p>"
    ),
    "<https://go.dev/?a=1&amp;b=2|Go *docs*>": (
        f"<p>{link('https://go.dev/?a=1&amp;b=2', 'Go *docs*')}</p>"
    ),
    "<mailto:a@b.c|a@b.c>": f"<p>{link('mailto:a@b.c', 'a@b.c')}</p>",
    "see https://xkcd.com/927, or (https://go.dev).": (
        f"<p>see {link('https://xkcd.com/927')}, or ({link('https://go.dev')}).</p>"
    ),
    "<javascript:alert(1)|x>": "<p>&lt;javascript:alert(1)|x&gt;</p>",
    "<data:text/html,x>": "<p>&lt;data:text/html,x&gt;</p>",
    "<@> <#> <> <@U1": "<p>&lt;@&gt; &lt;#&gt; &lt;&gt; &lt;@U1</p>",
    "<script>alert(1)</script>": "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<x|<img src=x onerror=alert(1)>>": "<p>&lt;x|&lt;img src=x onerror=alert(1)&gt;&gt;</p>",
    "before\n```\nif a &lt; b {\n\t*x*\n}\n```\nafter": (
        f"<p>before</p>{CODE}if a &lt; b {{\n\t*x*\n}}</code></pre><p>after</p>"
    ),
    "```one line```": f"{CODE}one line</code></pre>",
    "``` never closed": "<p>``` never closed</p>",
    "&gt; quoted *x*\n> too\nnot": (
        "<blockquote>quoted <strong>x</strong>\ntoo</blockquote><p>not</p>"
    ),
    "&gt;&gt;&gt; all\nof it": "<blockquote>all\nof it</blockquote>",
    "list:\n• one\n   • deep\n• `two`\nend": (
        '<p>list:</p><ul><li>one</li><li class="deep">deep</li><li><code>two</code></li></ul>'
        "<p>end</p>"
    ),
    "(╯°□°)╯︵ ┻━┻": "<p>(╯°□°)╯︵ ┻━┻</p>",
    ":nothing: :constructor: 10:30:45": "<p>:nothing: :constructor: 10:30:45</p>",
    ":gopher:": f"<p>{OWN}</p>",
}


@pytest.fixture
def render(still_window: Window) -> Window:
    return still_window.open()


def test_markup_is_rendered(render: Window) -> None:
    got = {text: render.page.evaluate(RENDER, text) for text in CASES}

    assert got == CASES


def test_a_hostile_text_takes_no_longer_than_a_long_one(render: Window) -> None:
    session = render.page.context.new_cdp_session(render.page)
    # The thread's own time, however many others want the processor.
    session.send("Performance.enable")

    def seconds() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "ThreadTime"))

    for text in (" *a" * 13_000, "*`" * 20_000, "<" * 40_000, "_*~" * 13_000, "```" * 13_000):
        before = seconds()
        render.page.evaluate(RENDER, text)
        assert seconds() - before < 2, text[:10]


def test_what_members_write_stays_text(still_window: Window, still: Simulator) -> None:
    window = still_window.open()
    evil = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    window.say(evil)
    expect(window.messages.last.locator(".text")).to_have_text(evil)

    posted = still.say(evil)
    still.workspace.custom_emoji.add("x_b")
    still.workspace.react("general", posted.ts, "x_b")
    still.workspace.join_team(evil)
    still.upload("<svg onload=alert(1)>", name="<b>.go", text=evil)

    expect(window.message("<b>.go").locator(".file-name")).to_have_text("<b>.go")
    expect(window.page.locator("main script, #messages img, main b")).to_have_count(0)
    assert "owned" not in window.page.title()
