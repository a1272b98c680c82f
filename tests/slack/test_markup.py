"""Slack's markup: what is a mention, what is left of a text, and what is harmless to say."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from costs import LONGEST, too_costly
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.model import Mention, MentionKind
from gopherbot.slack import markup

USER, GROUP = MentionKind.USER, MentionKind.GROUP
BROADCAST, CHANNEL = MentionKind.BROADCAST, MentionKind.CHANNEL


@pytest.mark.parametrize(
    ("text", "kind", "id"),
    [
        ("<@U1>", USER, "U1"),
        ("<@W012A3CDE>", USER, "W012A3CDE"),
        ("<@U1|bob>", USER, "U1"),
        ("<@U1|>", USER, "U1"),
        ("<!subteam^S0614TZR7>", GROUP, "S0614TZR7"),
        ("<!subteam^S0614TZR7|@gophers>", GROUP, "S0614TZR7"),
        ("<!here>", BROADCAST, "C9"),
        ("<!channel>", BROADCAST, "C9"),
        ("<!everyone>", BROADCAST, "C9"),
        ("<!here|@here>", BROADCAST, "C9"),
        ("<#C1>", CHANNEL, "C1"),
        ("<#C1|general>", CHANNEL, "C1"),
        ("<#C1|>", CHANNEL, "C1"),
    ],
)
def test_each_form_of_mention_is_found_and_taken_out(text: str, kind: MentionKind, id: str) -> None:
    assert markup.parse(f"hey {text} you", channel="C9") == ("hey  you", (Mention(kind, id),))


def test_mentions_are_given_in_their_order() -> None:
    _, found = markup.parse("<#C1> <@U2> <!here> <@U1> <@U2>", channel="C9")
    assert [mention.id for mention in found] == ["C1", "U2", "C9", "U1", "U2"]


@pytest.mark.parametrize(
    "text",
    [
        "<!UW#|^><@>heythere<!^><#><!><@U><@W><#C|g>",
        "<@u1>",
        "<@X1>",
        "<@U 1>",
        "<@U-1>",
        "<@U1",
        "@U1>",
        "< @U1>",
        "<!Here>",
        "<!heres>",
        "<!subteam^>",
        "<!subteam>",
        "<!date^1392734382^{date}|then>",
        "<#G1>",
        "<#C1|a<b>",
        "<@Ü1>",
        "<@U١>",
        *("see <https://go.dev>", "see <http://go.dev|go.dev>", "see <mailto:a@b.c|a>"),
    ],
)
def test_links_and_malformed_markup_stay_and_are_no_mentions(text: str) -> None:
    assert markup.parse(text) == (text, ())


@pytest.mark.parametrize("form", ["<@U{}>", "<#C{}>", "<!subteam^S{}>"])
def test_an_id_of_64_characters_is_the_longest(form: str) -> None:
    assert len(markup.parse(form.format("1" * 63))[1]) == 1
    assert markup.parse(form.format("1" * 64)) == (form.format("1" * 64), ())


def test_what_a_removed_mention_leaves_is_not_parsed_again() -> None:
    assert markup.parse("<<@U1>@U2>") == ("<@U2>", (Mention(USER, "U1"),))


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        *(("<@U1>: help", "help"), ("<@U1>, help", "help"), ("<@U1> - help", "help")),
        *(("<@U1>\u2014 help", "help"), ("<@U1>:help", "help"), ("<@U1>, <@U2>: help", "help")),
        *(("<@U1> :wave: hi", ":wave: hi"), ("<@U1>: :wave:", ":wave:")),
        *(("<@U1> := or =", ":= or ="), ("<@U1> -race", "-race"), ("<@U1>: a, b", "a, b")),
        *((" \n<@U1>: help", "help"), (": <@U1>", ":"), (": help", ": help")),
        *(("help <@U1>: me", "help : me"), (" \n<@U1>\u00a0 help \t<@U2> ", "help")),
    ],
)
def test_punctuation_after_a_leading_mention_is_dropped(text: str, bare: str) -> None:
    assert markup.parse(text)[0] == bare


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("&amp;amp;lt;", "&amp;lt;"),
        ("&amp;amp;", "&amp;"),
        ("&nbsp; &quot;", "&nbsp; &quot;"),
        ("&lt;!here&gt;", "<!here>"),
        ("&lt;@U1&gt;", "<@U1>"),
    ],
)
def test_escapes_are_undone_once_and_make_no_mention(escaped: str, plain: str) -> None:
    assert markup.parse(escaped) == (plain, ())


@given(st.text())
def test_unescaping_undoes_escaping(text: str) -> None:
    assert markup.unescape(markup.escape(text)) == text
    assert markup.escape(text) == html.escape(text, quote=False)


@given(st.text(alphabet="<>&@#!|^UWCS1 lt;gamphercn"))
def test_escaped_text_never_holds_markup(text: str) -> None:
    escaped = markup.escape(text)
    assert "<" not in escaped
    assert ">" not in escaped
    assert markup.parse(escaped)[1] == ()


@given(st.text(alphabet="<>@#!|^UWCS1a "))
def test_parsing_keeps_everything_but_the_mentions(text: str) -> None:
    bare, found = markup.parse(text)
    assert len(bare) <= len(text)
    assert bool(found) or bare == text.strip()


@given(
    st.lists(st.sampled_from(["<@U1>", "<#C2|x>", "<!here>", "<!subteam^S3>", " hi ", "<", "@"]))
)
def test_every_whole_mention_is_found_whatever_surrounds_it(pieces: list[str]) -> None:
    _, found = markup.parse("".join(pieces))
    assert len(found) == sum(piece.endswith(">") for piece in pieces)


@pytest.mark.parametrize("read", [markup.parse, markup.without_links])
def test_no_text_takes_long_to_parse(read: Callable[[str], object]) -> None:
    pieces = ("<", "<@", "<@U", "<@U1", "<@U1|", "<!", "<!subteam^S|", "<#C1|x", "&amp;", "<http:")
    texts = [*((piece * LONGEST)[:LONGEST] for piece in pieces), "<@U1|" + "x" * LONGEST]
    assert too_costly(read, iter(texts)) == {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<http://go.dev|go.dev>", "go.dev"),
        ("<https://go.dev/x>", "https://go.dev/x"),
        ("<HTTP://go.dev|Go>", "Go"),
        ("<mailto:a@b.c|a@b.c>", "a@b.c"),
        ("a <http://b.c|b> d <http://e.f>", "a b d http://e.f"),
        ("<mailto:a@b.c>", "a@b.c"),
        ("a < b > c", "a < b > c"),
        ("<ftp://x|y>", "<ftp://x|y>"),
        ("<http://x", "<http://x"),
    ],
)
def test_a_link_is_given_back_as_its_author_typed_it(text: str, shown: str) -> None:
    assert markup.without_links(text) == shown


@pytest.mark.parametrize(
    ("text", "own_words"),
    [
        ("see <https://go.dev/x>.", "see ."),
        *(("<http://go.dev/|go.dev>", ""), ("<HTTPS://go.dev|go.dev/>", "")),
        ("<https://go.dev/blog|the blog>", "the blog"),
        ("<mailto:a@b.c|a@b.c> or <mailto:a@b.c|Ann>", " or Ann"),
        ("a < b > c", "a < b > c"),
    ],
)
def test_addresses_are_left_out_and_labels_stay(text: str, own_words: str) -> None:
    assert markup.without_addresses(text) == own_words


def test_a_user_and_a_channel_are_written_as_slack_reads_them() -> None:
    assert markup.parse(markup.user("U1"))[1] == (Mention(USER, "U1"),)
    assert markup.parse(markup.channel("C1"))[1] == (Mention(CHANNEL, "C1"),)
    assert re.fullmatch(r"<@\w+><#\w+>", markup.user("U1") + markup.channel("C1"))
