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
    """Something wrong in a glossary file, told to the person who wrote it.

    ``entry`` is the term's name, or empty when the whole file is meant. ``message`` says what is
    wrong and what to do about it.
    """

    file: str
    entry: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}: [{self.entry}]" if self.entry else self.file
        return f"{place}: {self.message}"
