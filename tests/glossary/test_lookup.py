"""Finding terms, and what is near when there is none."""

import pytest
from cases import cases

from glossary import Found, Glossary, Term


def term(name: str, *aliases: str, also: tuple[str, ...] = ()) -> Term:
    return Term(name, aliases, f"what {name} means.", ("https://go.dev",), "test.toml", also)


GOROUTINE = term("goroutine", "go routine", also=("goroutines", "$goroutine", "lightweight thread"))
COLLECTOR = term("garbage collector", "GC")
POOL = term("sync.Pool")
BLANK = term("blank identifier", "_")
VARIADIC = term("variadic function", "...")
DECLARATION = term("short variable declaration", ":=")
ARROW = term("receive operator", "&lt;-")
INIT = term("init")
TERMS = Glossary([GOROUTINE, COLLECTOR, POOL, BLANK, VARIADIC, DECLARATION, ARROW, INIT])


@cases("text")
def test_a_term_is_found_however_it_is_dressed(text: str) -> None:
    assert TERMS.find(text) == Found(GOROUTINE, None)


@pytest.mark.parametrize("text", ["go routine", "Go  Routine", "go\troutine?"])
def test_an_alias_is_found_and_given_as_the_glossary_spells_it(text: str) -> None:
    assert TERMS.find(text) == Found(GOROUTINE, "go routine")


def test_a_term_has_all_its_names() -> None:
    assert GOROUTINE.names[:3] == ("goroutine", "go routine", "goroutines")


def test_a_dot_inside_a_name_counts_and_the_brackets_of_a_call_do_not() -> None:
    assert TERMS.find("sync.pool.") == Found(POOL, None)
    assert TERMS.find("syncpool") is None
    assert TERMS.find("`init()`") == Found(INIT, None)


@pytest.mark.parametrize(
    ("sign", "found"),
    [("_", BLANK), ("...", VARIADIC), (":=", DECLARATION), ("<-", ARROW), ("&lt;-", ARROW)],
)
def test_a_name_made_of_signs_is_found(sign: str, found: Term) -> None:
    answer = TERMS.find(sign)
    assert answer is not None
    assert answer.term == found


@cases("text")
def test_what_is_not_there_is_not_found(text: str) -> None:
    assert TERMS.find(text) is None


@cases("text", "name")
def test_a_misspelled_term_is_near_the_right_one(text: str, name: str) -> None:
    """Once, though several of its names are near."""
    assert TERMS.nearest(text)[0] == name
    assert TERMS.nearest("gorroutines") == ["goroutine"]


def test_no_more_near_terms_come_than_asked_for() -> None:
    many = Glossary(term(f"channel {letter}") for letter in "abcdefgh")
    assert len(many.nearest("channel x")) == 3
    assert len(many.nearest("channel x", most=5)) == 5
    assert many.nearest("channel x", most=0) == many.nearest("channel x", most=-1) == []


def test_another_word_is_not_near_nor_is_a_text_longer_than_any_term() -> None:
    terms = Glossary([term("panic"), term("x" * 80)])
    assert terms.nearest("manic") == ["panic"]
    assert terms.nearest("pants") == []
    assert terms.nearest("x" * 79 + "y") == ["x" * 80]
    assert terms.nearest("x" * 81) == []


def test_a_name_comes_before_an_alias_and_of_two_terms_the_first_gets_it() -> None:
    terms = Glossary([term("b", "x", "c"), term("a", "x", "c"), term("c")])
    assert [terms.find(name) for name in "xc"] == [
        Found(term("a", "x", "c"), "x"),
        Found(term("c"), None),
    ]


@pytest.mark.parametrize("text", ["", "zzz", "kubernetes", "?", "\u0000", "goroutine" * 9])
def test_nothing_near_gives_nothing(text: str) -> None:
    assert TERMS.nearest(text) == []


def test_a_glossary_counts_and_lists_its_terms_by_name() -> None:
    terms = Glossary([term("zero"), term("alpha"), term("Beta")])
    assert len(terms) == 3
    assert [each.name for each in terms] == ["alpha", "Beta", "zero"]
