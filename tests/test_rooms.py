"""ARCHITECTURE.md tells the truth: its picture, its files, its length."""

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

from tools import rooms

ROOT = rooms.PAGE.parent
PAGE = rooms.PAGE.read_text()
PACKAGES = ("gopherbot", "glossary", "slack_simulator")
FOLDERS = ("gopherbot", "glossary", "slack-simulator/slack_simulator")
MOST_FILES = 12
MOST_LINES = 350
# In these each file is one thing of many alike, and contributors add to them.
COLLECTIONS = {
    *("gopherbot/content", "gopherbot/content/commands", "gopherbot/actors/watchers"),
    "glossary/terms",
    "slack-simulator/slack_simulator/web_api/methods",
}


def files() -> Iterator[Path]:
    """Yield the files that people read, of the three packages."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT)


def test_the_picture_is_today_s() -> None:
    assert rooms.with_picture(PAGE) == PAGE, "run `make rooms`"


def test_the_page_is_two_screens_long() -> None:
    assert len(PAGE.splitlines()) <= 100


def test_every_file_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:gopherbot|glossary|slack-simulator)/[\w/.]+)`", PAGE)
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_page_names_every_room() -> None:
    for room in {room for arrow in rooms.arrows() for room in arrow} - {"__main__"}:
        assert re.search(rf"`{room.replace('slack_', 'slack-')}/?`", PAGE), (
            f"{room} is missing in the table of rooms"
        )


def test_no_room_has_more_than_a_dozen_files_side_by_side() -> None:
    found: dict[str, list[str]] = {}
    for path in files():
        found.setdefault(path.parent.as_posix(), []).append(path.name)
    crowded = {
        room: names
        for room, names in found.items()
        if len(names) > MOST_FILES and room not in COLLECTIONS
    }
    assert crowded == {}


def test_no_file_of_code_is_too_long_to_read() -> None:
    code = (path for path in files() if path.suffix in {".py", ".lua", ".js", ".css"})
    lines = {str(path): len((ROOT / path).read_text("utf-8").splitlines()) for path in code}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_nothing_imports_in_a_circle() -> None:
    """Not the rooms, not the rooms in a room, not the modules side by side in one."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    rest = {module: module.split(".") for module in graph.modules}
    for depth in range(4):
        below: dict[str, set[str]] = {}
        for importer, path in rest.items():
            for imported in graph.find_modules_directly_imported_by(importer) & rest.keys():
                if path[:depth] == rest[imported][:depth]:
                    name, other = (".".join(each[: depth + 1]) for each in (path, rest[imported]))
                    below.setdefault(name, set()).update({other} - {name})
        list(TopologicalSorter(below).static_order())


def test_a_room_and_the_rooms_in_it_do_not_import_each_other() -> None:
    """The modules that lie side by side in a room are one layer, above or below each room in it."""
    graph = grimp.build_graph("gopherbot", exclude_type_checking_imports=True, cache_dir=None)
    tops = {module for module in graph.modules if module.count(".") < 2}
    home = {
        module: module
        if module in tops or graph.find_children(module)
        else module.rpartition(".")[0]
        for module in graph.modules
    }
    below: dict[str, set[str]] = {}
    for module in graph.modules:
        imported = {home[each] for each in graph.find_modules_directly_imported_by(module)}
        below.setdefault(home[module], set()).update(imported - {home[module]})
    list(TopologicalSorter(below).static_order())
