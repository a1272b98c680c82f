"""The words that Go programmers use, as data, and a way to look them up.

The terms are the ``*.toml`` files in ``terms/``; ``README.md`` shows how to add one.
This package imports tomli, and nothing from the bot.

>>> found = load().find("go routine?")
>>> found.term.name, found.alias
('goroutine', 'go routine')
"""

from glossary.lookup import Found, Glossary
from glossary.reading import FOLDER, BrokenGlossary, load, read
from glossary.term import Problem, Term
from glossary.toml_files import out_of_order, read_toml

__all__ = [
    "FOLDER",
    "BrokenGlossary",
    "Found",
    "Glossary",
    "Problem",
    "Term",
    "load",
    "out_of_order",
    "read",
    "read_toml",
]
