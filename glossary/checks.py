"""The rules for one entry, each with a message for an author who breaks it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches

from glossary.lookup import LONGEST_QUESTION, fold
from glossary.term import Problem, Term

KEYS = ("aliases", "also", "definition", "links", "checked")
SHORTEST, LONGEST = 40, 400  # characters of a definition, as the reader sees it
MOST_LINKS = 3

Rule = tuple[re.Pattern[str], str]

ANY_TEXT: tuple[Rule, ...] = (
    (
        re.compile(r"&(?!(?:amp|lt|gt);)|[<>]"),
        "Slack needs &amp; for &, &lt; for < and &gt; for >, inside backticks too",
    ),
    (
        re.compile(r"^\s|\s$|\s\s|[^\S ]"),
        "there is a line break or an extra space: use one line with single spaces",
    ),
)
A_NAME: tuple[Rule, ...] = (
    *ANY_TEXT,
    (re.compile(r"`"), "the bot adds the backticks itself: write the name without them"),
)
_PLAIN = re.compile(r"[^\s&<>`]+(?: [^\s&<>`]+)*")
"""A name that breaks no rule, as most do: one pattern is faster than all of them."""
A_DEFINITION: tuple[Rule, ...] = (
    *ANY_TEXT,
    (
        re.compile(r"^(?:is|are)\b", re.IGNORECASE),
        'the bot says "is" itself: begin the definition after that word',
    ),
    (
        re.compile(r"^(?:A|An|The|One|Any|What|Something|This|It)\b"),
        'the definition goes on after "TERM is": begin it in lower case',
    ),
    (re.compile(r"[^.]$"), "the definition doesn't end with a full stop: add one"),
    (
        # Literal letters come first because `re` searches for those fastest.
        re.compile(r"http(?<![`\w]http)s?://"),
        "there is a link in the definition: move its address to links",
    ),
)
A_LINK: tuple[Rule, ...] = (
    (re.compile(r"^http://"), "{} is an insecure link: write https:// instead of http://"),
    (
        re.compile(r"^(?!http://)(?!https://[\w-]+(?:\.[\w-]+)+(?:[/?#][^\s<>|\"`]*)?$)"),
        "{} is not a complete link: copy it from the browser, starting with https://",
    ),
)


def check(file: str, name: str, entry: Mapping[str, object]) -> tuple[Term | None, list[Problem]]:
    """Return the term of one entry and its problems. An unusable entry gives no term."""
    nested = [key for key, value in entry.items() if isinstance(value, dict)]
    if nested:  # TOML reads the dot in [sync.Pool] as a table within a table
        wrong, right = f"{name}.{nested[0]}", f'"{name}.{nested[0]}"'
        message = f"a name with a dot needs quotes: write [{right}] instead of [{wrong}]"
        return None, [Problem(file, wrong, message)]
    if entry.keys() >= {"help", "text"} and "definition" not in entry:
        return None, [Problem(file, name, "this is an answer: move it to answers.toml")]
    found: list[str] = [*_unknown_keys(entry), *_name(name)]
    definition = entry.get("definition")
    aliases, wrong_aliases = _texts(entry, "aliases", required=False)
    also, wrong_also = _texts(entry, "also", required=False)
    links, wrong_links = _texts(entry, "links", required=True)
    checked = entry.get("checked")
    if not isinstance(checked, date | None):
        found.append("checked is not a date: write checked = 2026-12-01")
        checked = None
    wrong_lists = wrong_aliases + wrong_also + wrong_links
    found += wrong_lists
    if definition is None:
        found.append('the definition is missing: add a line definition = "…"')
    elif not isinstance(definition, str):
        found.append('the definition is not a text: put it in quotes, definition = "…"')
    else:
        found += _definition(definition)
    found += [problem for other in (*aliases, *also) for problem in _name(other)]
    found += _links(links)
    problems = [Problem(file, name, message) for message in found]
    if not isinstance(definition, str) or wrong_lists:
        return None, problems
    term = Term(name, tuple(aliases), definition, tuple(links), file, tuple(also), checked)
    return term, problems


def _unknown_keys(entry: Mapping[str, object]) -> Iterator[str]:
    for key in entry:
        if key in KEYS:
            continue
        if near := get_close_matches(key.casefold(), KEYS, n=1, cutoff=0.5):
            yield f"{key} is not a known key: write {near[0]}"
        else:
            yield f"{key} is not a known key: remove it; the keys are {', '.join(KEYS)}"


def _texts(entry: Mapping[str, object], key: str, *, required: bool) -> tuple[list[str], list[str]]:
    """Return the list of texts under a key, and its problems."""
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        return [], [f'{key} is not a list of texts: write {key} = ["…", "…"]']
    if required and not value:
        return [], [f'{key} is missing or empty: add a line {key} = ["https://…"]']
    return value, []


def _name(name: str) -> Iterator[str]:
    if not name.strip():
        yield "there is an empty name: write one or remove it"
    # Folding makes a character three at most, and takes longer than to count them.
    if len(name) * 3 > LONGEST_QUESTION and len(fold(name)) > LONGEST_QUESTION:
        yield f"{name} has more than {LONGEST_QUESTION} characters: shorten it"
    if not _PLAIN.fullmatch(name):
        yield from _broken(A_NAME, name, f"{name}: ")


def _definition(definition: str) -> Iterator[str]:
    shown = len(re.sub("&(?:amp|lt|gt);", "&", definition))
    if shown < SHORTEST:
        yield f"the definition has {shown} characters: say a little more, {SHORTEST} at least"
    if shown > LONGEST:
        yield f"the definition has {shown} characters: shorten it to {LONGEST} at most"
    pieces = definition.split("`")
    if len(pieces) % 2 == 0:
        yield "a backtick is unpaired: put one before and one after each piece of code"
    elif any(map(_spoiled, pieces[:-1:2], pieces[1::2], pieces[2::2])):
        yield "letters touch a backtick, or a space is just inside: fix it, or Slack shows no code"
    yield from _broken(A_DEFINITION, definition)


def _spoiled(before: str, code: str, after: str) -> bool:
    """Return whether Slack shows the backticks around this code as plain characters."""
    return before[-1:].isalnum() or after[:1].isalnum() or not code or code != code.strip()


def _links(links: list[str]) -> Iterator[str]:
    if len(links) > MOST_LINKS:
        yield f"there are {len(links)} links: keep the best {MOST_LINKS}"
    for link in dict.fromkeys(links):
        if links.count(link) > 1:
            yield f"{link} is listed twice: remove one"
        yield from (message.format(link) for message in _broken(A_LINK, link))


def _broken(rules: tuple[Rule, ...], text: str, before: str = "") -> Iterator[str]:
    return (before + message for pattern, message in rules if pattern.search(text))
