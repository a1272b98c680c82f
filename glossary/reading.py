"""Reads a folder of TOML files into a glossary, and reports everything wrong with them."""

from pathlib import Path

from glossary.checks import check
from glossary.lookup import Glossary, fold
from glossary.term import Problem, Term
from glossary.toml_files import out_of_order, read_toml

FOLDER = Path(__file__).parent / "terms"


class BrokenGlossary(Exception):
    """Raised if the glossary has problems; the message lists them, one per line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def load(folder: Path = FOLDER) -> Glossary:
    """Return the glossary in this folder. Raise BrokenGlossary if anything is wrong with it."""
    glossary, problems = read(folder)
    if problems:
        raise BrokenGlossary(problems)
    return glossary


def read(folder: Path = FOLDER) -> tuple[Glossary, list[Problem]]:
    """Return the usable terms of this folder's ``*.toml`` files, and every problem with them.

    Never raises, whatever is in the folder, and even if it is missing.
    """
    terms: list[Term] = []
    problems: list[Problem] = []
    files = sorted(folder.glob("*.toml"))
    if not files:
        problems.append(Problem(folder.name, "", "there is no .toml file here: add the terms"))
    for path in files:
        more_terms, more_problems = _read_file(path)
        terms += more_terms
        problems += more_problems
    glossary = Glossary(terms)
    # Looking for who claims a name of whom takes as long as reading a file.
    if len(glossary.names) < sum(len(term.names) for term in terms):
        problems += _clashes(terms)
    return glossary, sorted(problems, key=lambda problem: problem.file)


def _read_file(path: Path) -> tuple[list[Term], list[Problem]]:
    file = path.name
    entries, broken = read_toml(path)
    if broken:
        return [], broken
    terms: list[Term] = []
    problems: list[Problem] = []
    names: list[str] = []
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            message = f'this belongs to no term: put it under a heading, as in ["{name}"]'
            problems.append(Problem(file, name, message))
            continue
        names.append(name)
        term, more = check(file, name, entry)
        terms += [term] if term else []
        problems += more
    return terms, problems + [
        Problem(file, name, f"the terms are sorted alphabetically: {move}")
        for name, move in out_of_order(names)
    ]


def _clashes(terms: list[Term]) -> list[Problem]:
    """Return a problem for each name that several terms claim, or one term twice."""
    problems = []
    owners: dict[str, Term] = {}
    for term in terms:
        other = owners.setdefault(fold(term.name), term)
        if other is not term:
            message = f"the term {other.name} is in {other.file} already: keep one of the two"
            problems.append(Problem(term.file, term.name, message))
    takers: dict[str, Term] = {}
    for kind in ("alias", "spelling"):
        for term in terms:
            for name in term.aliases if kind == "alias" else term.also:
                key = fold(name)
                if message := _clash(kind, name, term, owners.get(key), takers.get(key)):
                    problems.append(Problem(term.file, term.name, message))
                takers.setdefault(key, term)
    return problems


def _clash(kind: str, name: str, term: Term, owner: Term | None, taker: Term | None) -> str:
    """Return the problem if a term has or took this name already; "" if it is free."""
    if owner is term:
        return f"the {kind} {name} is the same as the term itself: remove the {kind}"
    if owner:
        hidden = f"the term {owner.name} in {owner.file}"
        return f"the {kind} {name} hides {hidden}: remove the {kind}, or that term"
    if taker is term:
        return f"the {kind} {name} is listed twice: remove one"
    if taker:
        place = f"{taker.name} in {taker.file}"
        return f"the {kind} {name} belongs to {place} already: keep one of the two"
    return ""
