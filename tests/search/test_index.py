"""The index: rare words and names first, and nothing that has no word in common."""

from __future__ import annotations

from gopherbot.search.catalogue import Document, Index
from gopherbot.search.words import Words

DOCUMENTS = [
    Document(
        "rye", ("rye", "rye bread"), ("bread without wheat",), "a dark bread", "rye and water"
    ),
    Document("starter", ("starter", "sourdough"), (), "how to begin", "flour and water"),
    Document("oven", ("oven",), (), "how hot it should be", "bread wants heat and water"),
]
INDEX = Index(DOCUMENTS, Words({"oven": ["stove"]}))


def found(question: str, most: int = 3) -> list[str]:
    return [hit.key for hit in INDEX.search(question, most)]


def test_a_name_counts_for_more_than_a_text() -> None:
    assert found("rye bread") == ["rye", "oven"]


def test_a_help_line_and_a_way_to_ask_are_searched() -> None:
    assert found("something dark") == ["rye"]
    assert found("no wheat please") == ["rye"]


def test_a_synonym_finds_it() -> None:
    assert found("is my stove ready") == ["oven"]


def test_no_more_are_given_than_asked_for() -> None:
    assert len(found("water", most=2)) == 2


def test_nothing_in_common_is_nothing_found() -> None:
    assert found("the dog barks") == []
    assert found("") == []
    assert found("how do I") == []


def test_a_question_that_is_answered_whole_scores_about_one_and_half_of_it_half() -> None:
    [whole, *_] = INDEX.search("sourdough", 1)
    [half, *_] = INDEX.search("sourdough nonsense", 1)
    assert whole.score > 0.9
    assert half.score < 0.8 * whole.score
    assert whole.named
    assert whole.words == 1


def test_an_empty_index_finds_nothing() -> None:
    assert Index([], Words()).search("anything", 3) == []
