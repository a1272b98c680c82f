"""What the glossary is made of: terms, and problems with the files that hold them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a glossary file.

    Name, aliases and definition are Slack text: ``&``, ``<`` and ``>`` are escaped, so they can be
    sent as they are. Links are plain addresses, as a browser shows them. ``also`` are spellings
    that find the term and are never said: plurals, hyphens, what people paste.
    """

    name: str
    aliases: tuple[str, ...]
    definition: str
    links: tuple[str, ...]
    file: str
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return all that the term is found by: its name, its aliases, its silent spellings."""
        return (self.name, *self.aliases, *self.also)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file of terms or content, told to the person who wrote it.

    ``entry`` is the name in ``["…"]``, or empty when the whole file is meant. ``message`` says what
    is wrong and what to do about it, in words for someone who knows no Python. ``line`` counts from
    1; 0 if only the entry is known.
    """

    file: str
    entry: str
    message: str
    hint: bool = False
    """Worth a look, but nothing that must be fixed."""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}: [{self.entry}]" if self.entry else self.file
        return f"{place}: {self.message}"
