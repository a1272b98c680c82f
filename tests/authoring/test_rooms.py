"""ARCHITECTURE.md tells the truth: its picture, its files, its length."""

import re
from graphlib import CycleError

import pytest

from gopherbot.authoring import rooms

ROOT = rooms.PAGE.parent
PAGE = rooms.PAGE.read_text()


def test_the_picture_is_today_s() -> None:
    assert rooms.with_picture(PAGE) == PAGE, "run `make rooms`"


def test_every_file_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:gopherbot|glossary|slack_simulator)/[\w/.]+)`", PAGE)
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_page_names_every_room() -> None:
    for room in {room for arrow in rooms.arrows() for room in arrow} - {"__main__", "actors/table"}:
        assert re.search(rf"`{room}/?`", PAGE), f"{room} is missing in the table of rooms"


def test_rooms_that_import_each_other_are_an_error() -> None:
    with pytest.raises(CycleError):
        rooms.reduced({("a", "b"), ("b", "a")})


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    arrows = {("a", "b"), ("b", "c"), ("a", "c")}
    assert rooms.reduced(arrows) == {("a", "b"), ("b", "c")}
