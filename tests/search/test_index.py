"""The index: rare words and names first, and nothing that has no word in common."""

from __future__ import annotations

import pytest

from gopherbot.search.catalogue import Document, Hit, Index
from gopherbot.search.words import Words

DOCUMENTS = [
    Document("rye", ("rye", "rye bread"), ("bread without wheat",), "a dark one", "rye and water"),
    Document("starter", ("starter", "sourdough"), (), "how to begin", "flour and water"),
    Document("oven", ("oven",), (), "how hot it should be", "bread wants heat and water"),
    Document("make", ("make",)),
    Document("new", ("new",)),
    Document("five", ("one loaf and two cakes",)),
    Document("six", ("one loaf and two more cakes",)),
    Document("twin", ("brioche",)),
    Document("other twin", ("brioche",)),
    Document("heavy", ("bun",), weight=1.5),
    Document("light", ("bun",), weight=1.4),
    Document("helpful", ("a",), (), "croissant"),
    Document("wordy", ("b",), (), "", "croissant"),
]
INDEX = Index(DOCUMENTS, Words({"oven": ["stove"]}))


def hits(question: str) -> dict[str, Hit]:
    return {hit.key: hit for hit in INDEX.search(question, 3)}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("rye bread", ["rye", "oven"]),
        ("something dark", ["rye"]),
        ("no wheat please", ["rye"]),
        ("is my stove ready", ["oven"]),
        ("make or new?", ["make", "new"]),
        ("make", []),
        ("croissants", ["helpful", "wordy"]),
        ("brioche", ["twin", "other twin"]),
        ("buns", ["heavy", "light"]),
        ("x " * 500 + "rye", []),
        ("the dog barks", []),
        ("how do I", []),
        ("", []),
    ],
)
def test_a_question_finds_documents_by_its_words_best_first(
    question: str, found: list[str]
) -> None:
    assert list(hits(question)) == found


def test_no_more_are_found_than_asked_for() -> None:
    assert len(INDEX.search("water", most=2)) == 2


def test_the_score_is_the_share_of_the_question_that_is_answered() -> None:
    whole, half = hits("sourdough")["starter"], hits("sourdough nonsense")["starter"]
    assert whole.score > 0.9
    assert half.score < 0.8 * whole.score
    # What is in many documents answers little by itself.
    assert hits("water")["starter"].score < 0.5


def test_a_name_counts_once_and_as_a_whole() -> None:
    assert hits("rye bread or rye")["rye"].score == hits("rye bread")["rye"].score
    assert hits("bread of rye")["rye"].score < hits("rye bread")["rye"].score
    assert hits("one loaf and two cakes")["five"].named
    # No longer name is looked for as a whole.
    assert not hits("one loaf and two more cakes")["six"].named


def test_words_that_are_nearly_everywhere_are_not_counted() -> None:
    few = Index(DOCUMENTS[:3], Words())
    [rye, *_] = few.search("rye and water", 3)
    assert (rye.key, rye.words, rye.subject) == ("rye", 1, True)
    [starter] = few.search("sourdough", 3)
    assert (starter.words, starter.subject) == (1, False)


def test_an_empty_index_finds_nothing() -> None:
    assert Index([], Words()).search("anything", 3) == []
