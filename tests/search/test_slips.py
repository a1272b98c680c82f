"""What a mistyped text may have been meant to be, among a few commands, prefixes and terms."""

from __future__ import annotations

import pytest

from glossary import Glossary, Term
from gopherbot.model import HelpEntry, Kind
from gopherbot.search.slips import Slips, could_be_one

SLICE = Term("slice", (), "a piece.", ("https://go.dev",), "test.toml", ("slices of bread",))
COMMANDS = [
    HelpEntry(Kind.COMMAND, "Tours", ("journeys",), "h", hidden_aliases=("voyages",)),
    HelpEntry(Kind.COMMAND, "whale", (), "h"),
    HelpEntry(Kind.COMMAND, "paint", ("point",), "h"),
    HelpEntry(Kind.COMMAND, "salt & <butter>", (), "h"),
    *(HelpEntry(Kind.COMMAND, f"bread{letter}", (), "h") for letter in "abcd"),
]
DEFINE = HelpEntry(Kind.PREFIX, "define ", (), "h", example="define slice")
PREFIXES = [
    HelpEntry(Kind.PREFIX, "look:", (), "h", example="look:<up> & down"),
    HelpEntry(Kind.PREFIX, "mute:", (), "h"),
    HelpEntry(Kind.PREFIX, "breads/", (), "h"),
]
BREAD = Term("bread", (), "a loaf.", ("https://go.dev",), "test.toml")
SLIPS = Slips(Glossary([SLICE, BREAD]))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("toors", ["tours"]),
        ("jurneys", ["journeys"]),
        ("vyages", ["Tours"]),
        ("please show me the toors :pray:", ["tours"]),
        ("salt & <buter>", ["salt &amp; &lt;butter&gt;"]),
        ("pint", ["paint"]),
        ("slcie", ["define slice"]),
        ("what is a slice", ["define slice"]),
        ("breads", ["breada", "breadb", "breadc"]),
        ("breads rye", ["breads/rye"]),
        ("look up", ["look:up"]),
        ("look <up>", []),
        ("look", ["look:&lt;up&gt; &amp; down"]),
        ("mute", []),
        ("defin slice", ["define slice"]),
        ("while", []),
        ("the while", []),
        (":pray:", []),
    ],
)
def test_names_are_recognized_though_mistyped(text: str, meant: list[str]) -> None:
    assert SLIPS.suggestions(text, [*COMMANDS, *PREFIXES, DEFINE]) == meant


def test_terms_are_offered_only_where_define_explains_them() -> None:
    for text in ("slcie", "what is a slice"):
        assert SLIPS.suggestions(text, [*COMMANDS, *PREFIXES]) == []


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", False),
        ("x" * 40, True),
        ("x" * 41, False),
        ("a b c d", True),
        ("a b c d e", False),
    ],
)
def test_only_a_short_text_may_be_a_command(text: str, short: bool) -> None:
    assert could_be_one(text) is short
