"""The glossary's terms, and problems with the files that hold them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a glossary file.

    Name, aliases and definition are Slack text: ``&``, ``<`` and ``>`` are escaped, so they can be
    sent as they are. Links are plain addresses, as a browser shows them. ``also`` holds spellings
    that find the term but are never shown: plurals, hyphens, what people paste.
    """

    name: str
    aliases: tuple[str, ...]
    definition: str
    links: tuple[str, ...]
    file: str
    also: tuple[str, ...] = ()
    checked: date | None = None
    """When someone last checked what ages in it: versions, people, links."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name that finds the term: its own, its aliases, its silent spellings."""
        return (self.name, *self.aliases, *self.also)


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a file of terms or content, reported to its author.

    ``entry`` is the name in ``["…"]``, or empty for the whole file. ``message`` says what is wrong
    and how to fix it, for a reader who knows no Python. ``line`` counts from 1; 0 if only the entry
    is known.
    """

    file: str
    entry: str
    message: str
    hint: bool = False
    """Worth a look, but nothing that has to be fixed."""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}: [{self.entry}]" if self.entry else self.file
        return f"{place}: {self.message}"
