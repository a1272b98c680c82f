"""Draw the rooms and their imports as Mermaid text for ARCHITECTURE.md.

`make rooms` writes the picture between the two marks in that file. An arrow means "imports". An
arrow that others imply is left out, so the picture stays readable.
"""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

PAGE = Path(__file__).resolve().parent.parent / "ARCHITECTURE.md"
BEGIN, END = "<!-- rooms: begin -->", "<!-- rooms: end -->"
ROOT = "gopherbot"
OTHERS = ("glossary", "slack_simulator")


def arrows() -> set[tuple[str, str]]:
    """Return the pairs (room, imported room), including those that others imply."""
    graph = grimp.build_graph(ROOT, *OTHERS, cache_dir=None)
    pairs = (
        (_room(importer), _room(imported))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )
    return {pair for pair in pairs if all(pair) and pair[0] != pair[1]}


def reduced(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the pairs without those that others imply.

    Raise `graphlib.CycleError` if rooms import each other in a circle.
    """
    below: dict[str, set[str]] = {}
    for importer, imported in pairs:
        below.setdefault(importer, set()).add(imported)
    reach: dict[str, set[str]] = {}
    for room in TopologicalSorter(below).static_order():
        direct = below.get(room, set())
        reach[room] = direct.union(*(reach[each] for each in direct))
    return {
        (importer, imported)
        for importer, imported in pairs
        if not any(imported in reach[other] for other in below[importer] - {imported})
    }


def picture() -> str:
    """Return the current rooms and arrows as a Mermaid flowchart, with a line for each importer."""
    below: dict[str, list[str]] = {}
    for importer, imported in sorted(reduced(arrows())):
        below.setdefault(importer, []).append(imported)
    lines = [f"  {importer} --> {' & '.join(rooms)}" for importer, rooms in below.items()]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"])


def with_picture(page: str) -> str:
    """Return the page's text with the current picture between its marks.

    Raise `ValueError` if the page has no such marks.
    """
    marked = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not marked.search(page):
        raise ValueError(f"{PAGE.name} has no {BEGIN} … {END} to write the picture between")
    return marked.sub(lambda _: f"{BEGIN}\n{picture()}\n{END}", page)


def _room(module: str) -> str:
    top, _, rest = module.partition(".")
    return top if top in OTHERS else rest.partition(".")[0]


if __name__ == "__main__":
    PAGE.write_text(with_picture(PAGE.read_text()))
