"""The index: rare words and names first, and nothing that has no word in common."""

from __future__ import annotations

import pytest

from gopherbot.search.catalogue import Document, Index
from gopherbot.search.confidence import Hit
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
    Document("light", ("bun",), weight=1.4),
    Document("heavy", ("bun",), weight=1.5),
    Document("wordy", ("b",), (), "", "croissant"),
    Document("helpful", ("a",), (), "croissant"),
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


@pytest.mark.parametrize(
    ("question", "scores"),
    [
        ("rye bread", {"rye": 1.24, "oven": 0.14}),
        ("bread or rye or bread", {"rye": 1.03, "oven": 0.14}),
        ("rye bread or rye", {"rye": 1.24, "oven": 0.14}),
        ("water", {"starter": 0.29, "oven": 0.28, "rye": 0.26}),
        ("dark heat", {"rye": 0.31, "oven": 0.16}),
        ("one of the cakes", {"five": 0.73, "six": 0.71}),
        ("make or new?", {"make": 0.69, "new": 0.69}),
    ],
)
def test_a_score_weighs_names_whole_names_help_and_texts(
    question: str, scores: dict[str, float]
) -> None:
    assert {key: round(hit.score, 2) for key, hit in hits(question).items()} == scores


def test_a_name_of_up_to_five_words_is_looked_for_as_a_whole() -> None:
    assert hits("one loaf and two cakes")["five"].named
    assert not hits("one loaf and two more cakes")["six"].named


def test_a_way_of_asking_counts_as_a_whole_in_whatever_order() -> None:
    asked = Document("risen", ("risen",), asked=("let it rise overnight",))
    index = Index([*DOCUMENTS, asked], Words())
    whole, part = (index.search(text, 1)[0] for text in ("overnight rise", "overnight nonsense"))
    assert (whole.key, whole.named) == ("risen", True)
    assert not part.named


def test_a_mistyped_word_is_found() -> None:
    assert hits("sourdoguh").keys() == hits("sourdough").keys()
    assert not hits("xourdough")


def test_words_that_are_nearly_everywhere_are_not_counted() -> None:
    few = Index(DOCUMENTS[:3], Words())
    [rye, *_] = few.search("rye and water", 3)
    assert (rye.key, rye.words, rye.subject) == ("rye", 1, True)
    [starter] = few.search("sourdough", 3)
    assert (starter.words, starter.subject) == (1, False)


def test_an_empty_index_finds_nothing() -> None:
    assert Index([], Words()).search("anything", 3) == []
