"""What the search is made of: words, an index, slips, and what is a question."""

import time

import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from glossary import Glossary, Term
from gopherbot.model import HelpEntry, Kind
from gopherbot.search import words
from gopherbot.search.catalogue import Document, Index
from gopherbot.search.confidence import Hit, is_sure
from gopherbot.search.open_questions import asks_anybody
from gopherbot.search.questions import Asks, asks
from gopherbot.search.slips import Slips, could_be_one
from gopherbot.search.words import Words, stem

from .judged import lines

# Words: the same whatever grammar or a synonym does to them.


@cases("line")
def test_a_word_is_the_same_with_its_endings(line: str) -> None:
    same, _, forms = line.partition(": ")
    assert {form: stem(form) for form in forms.split()} == dict.fromkeys(forms.split(), same)


@cases("pair")
def test_different_words_stay_different(pair: str) -> None:
    assert len({stem(word) for word in pair.split()}) == 2


def test_synonyms_count_as_one_word_with_their_endings_too() -> None:
    found = Words({"delete": ["remove", "drop"]})
    for _ in range(2):
        assert found.of("removing it, dropped") == found.of("delete it deletes")


def test_only_so_many_words_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_MOST_STEMS", 2)
    found = Words()
    assert found.of("many mutexes, many maps, no slices") == found.of(
        "many mutex many map no slice"
    )
    assert len(found._stems) == 2


@cases("text", "found")
def test_code_and_markup_come_apart(text: str, found: list[str]) -> None:
    assert Words().of(text) == found


# The index: rare words and names first, and nothing that has no word in common.

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


@cases("question", "found")
def test_a_question_finds_documents_best_first(question: str, found: list[str]) -> None:
    assert list(hits(question)) == found


def test_the_score_is_the_share_of_the_question_that_is_answered() -> None:
    whole, half = hits("sourdough")["starter"], hits("sourdough nonsense")["starter"]
    assert whole.score > 0.9
    assert half.score < 0.8 * whole.score


@cases("question", "scores")
def test_a_score_weighs_names_help_and_texts(question: str, scores: dict[str, float]) -> None:
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


@pytest.mark.parametrize(
    ("scores", "sure"),
    [((), False), ((0.69,), False), ((0.7,), True), ((1.0, 0.91), False), ((1.0, 0.9), True)],
)
def test_the_first_is_sure_if_it_stands_out(scores: tuple[float, ...], sure: bool) -> None:
    found = [
        Hit("x", score, 2, named=False, whole=True, special=True, subject=False) for score in scores
    ]
    assert is_sure(found) is sure


def test_a_mistyped_word_is_found() -> None:
    assert hits("sourdoguh").keys() == hits("sourdough").keys()
    assert not hits("xourdough")


def test_words_that_are_nearly_everywhere_are_not_counted() -> None:
    few = Index(DOCUMENTS[:3], Words())
    [rye, *_] = few.search("rye and water", 3)
    assert (rye.key, rye.words, rye.subject) == ("rye", 1, True)
    [starter] = few.search("sourdough", 3)
    assert (starter.words, starter.subject) == (1, False)


def test_no_more_are_found_than_asked_for_and_nothing_in_an_empty_index() -> None:
    assert len(INDEX.search("water", most=2)) == 2
    assert Index([], Words()).search("anything", 3) == []


# What a mistyped text may have been meant to be, among a few commands, prefixes and terms.

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
    HelpEntry(Kind.PREFIX, "close:", (), "h", example="close:door"),
    HelpEntry(Kind.PREFIX, "breads/", (), "h"),
]
BREAD = Term("bread", (), "a loaf.", ("https://go.dev",), "test.toml")
SLIPS = Slips(Glossary([SLICE, BREAD]))


@cases("text", "meant")
def test_names_are_recognized_though_mistyped(text: str, meant: list[str]) -> None:
    assert SLIPS.suggestions(text, [*COMMANDS, *PREFIXES, DEFINE]) == meant


def test_terms_are_offered_only_where_define_explains_them() -> None:
    for text in ("slcie", "what is a slice"):
        assert SLIPS.suggestions(text, [*COMMANDS, *PREFIXES]) == []


@pytest.mark.parametrize(
    ("text", "short"),
    [("", False), ("x" * 40, True), ("x" * 41, False), ("a b c d", True), ("a b c d e", False)],
)
def test_only_a_short_text_may_be_a_command(text: str, short: bool) -> None:
    assert could_be_one(text) is short


# A question to the bot, or talk; and a question to everybody in a channel, by hand-labelled lines.


@cases("text", "found")
def test_a_question_is_told_from_talk(text: str, found: str) -> None:
    assert asks(text) is Asks[found]


@pytest.mark.parametrize(("letters", "found"), [(291, Asks.SURELY), (292, Asks.NOT)])
def test_an_article_is_no_question(letters: int, found: Asks) -> None:
    assert asks("how do I " + "x" * letters) is found


@given(st.text() | st.text("how do you i?,. any'`", max_size=400))
def test_any_text_is_judged(text: str) -> None:
    assert all(Words().of(text))
    assert asks(text) in Asks
    assert asks_anybody(text) in (True, False)


LABELLED = [list(lines(f"asked_{name}.txt")) for name in ("of_all", "later")]


@pytest.mark.parametrize("aside", [slice(2, None, 3), slice(None)])
def test_most_of_what_it_finds_asks_and_most_that_asks_is_found(aside: slice) -> None:
    found = [(line[0] == "?", asks_anybody(line[2:])) for each in LABELLED for line in each[aside]]
    right = sum(asks and told for asks, told in found)
    assert right / sum(told for _, told in found) >= 0.85, "precision"
    assert right / sum(asks for asks, _ in found) >= 0.70, "recall"


@cases("text")
def test_a_question_among_other_sentences_is_found(text: str) -> None:
    assert asks_anybody(text)


@pytest.mark.parametrize("text", ["", "```\nhow do I do that?\n```", "how do I do this? " * 300])
def test_code_and_articles_ask_nothing(text: str) -> None:
    assert not asks_anybody(text)


@pytest.mark.parametrize("unit", ["a", "? ", "anyone ", "`", "\n"])
def test_the_longest_text_takes_milliseconds(unit: str) -> None:
    begun = time.process_time()
    for _ in range(10):
        asks_anybody((unit * 3000)[:3000])
    assert time.process_time() - begun < 2
