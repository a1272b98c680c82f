"""Checks of the links in the bot's texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from gopherbot.rulebook.problems import Problem, at
from gopherbot.rulebook.schema import Data

MARKUP = re.compile(r"<(?P<address>(?:[a-z]+:|\{source\})[^<>|\s]*)(?:\|[^<>|]+)?>")

_WHOLE = re.compile(
    r"(?:mailto:[^@\s]+@[\w.-]+"
    r"|https?://[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?(?:[/?#][^\s<>|\"`]*)?)(?<![.,;:!?])"
)


def check(data: Data) -> Iterator[Problem]:
    """Yield the problems of every link."""
    http_only = frozenset(data.workspace.http_only)
    source = data.workspace.source
    if source:
        yield from at("workspace.toml", "", mistakes(source, http_only))
    if source.endswith("/"):
        yield Problem("workspace.toml", "", "`source` ends in a slash: remove it")
    for text in data.texts():
        for link in MARKUP.finditer(text.sample):
            yield from at(text.file, text.entry, _in_text(link["address"], source, http_only))
    for name, site in data.packages.items():
        yield from at("packages.toml", name, mistakes(site.url, http_only))
    if data.reference.site:
        yield from at("reference/reference.toml", "", mistakes(data.reference.site, http_only))
    seen: dict[str, str] = {}
    for section in data.resources.sections:
        for resource in section.links:
            file, entry = "newbie_resources.toml", section.title
            yield from at(file, entry, mistakes(resource.url, http_only))
            if resource.url in seen:
                there = f"{resource.url} is also in [{seen[resource.url]}]: keep one of the two"
                yield Problem(file, entry, there)
            seen[resource.url] = section.title


def _in_text(address: str, source: str, http_only: frozenset[str]) -> Iterator[str]:
    if "{source}" in address and not source:
        yield f"{address} leads nowhere: set `source` in workspace.toml first"
    else:
        yield from mistakes(address.replace("{source}", source), http_only)


def mistakes(address: str, http_only: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with a link, and the remedy."""
    if not _WHOLE.fullmatch(address):
        yield f"{address} is not a complete link: copy it from the browser, starting with https://"
    elif address.startswith("http:") and urlsplit(address).hostname not in http_only:
        yield (
            f"{address} is an insecure link: write https://, or if that doesn't open, add the "
            "site's name to `http_only` in workspace.toml"
        )
