"""Checks of Slack's markup in the bot's texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gopherbot.authoring.lint.wording.links import MARKUP
from gopherbot.rulebook.problems import Problem, at
from gopherbot.rulebook.schema import Data

LONGEST = 4000
"""Characters that Slack shows of a message: https://api.slack.com/methods/chat.postMessage."""

CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_MENTION = re.compile(r"<[@#!][^<>]*>")
_HALF_A_LINK = re.compile(r"<[^<>\s]+\.[^<>\s]+>")
_BARE_LINK = re.compile(r"\bhttps?://[^\s<>|]+")
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
_MARKDOWN_LINK = re.compile(r"\[(?P<text>[^\[\]\n]+)\]\(<?(?P<url>https?://[^)\s>]+)>?\)")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_BARE_AND = re.compile(r"&(?!(?:amp|lt|gt);)")


def check(data: Data) -> Iterator[Problem]:
    """Yield the problems of every text that the bot sends."""
    for text in data.texts():
        yield from at(text.file, text.entry, mistakes(text.sample))
        if len(text.text) > LONGEST:
            long = f"`{text.key}` has {len(text.text)} characters: shorten it to {LONGEST} at most"
            yield Problem(text.file, text.entry, long)
    for name, channel in data.channels.items():
        yield from at("channels.toml", name, mistakes(channel.line))
    for section in data.resources.sections:
        for title in (section.title, *(link.line for link in section.links)):
            yield from at("newbie_resources.toml", section.title, mistakes(title))


def mistakes(text: str) -> Iterator[str]:
    """Yield what is wrong with a text's markup, and the remedy."""
    if _BARE_AND.search(text):
        yield "Slack needs &amp; for &, in code too"
    rest = MARKUP.sub(" ", text)
    for mention in _MENTION.findall(rest):
        yield f"{mention} doesn't belong here: link a channel as {{#general}}, the bot as {{bot}}"
    rest = _MENTION.sub(" ", rest)
    for half in _HALF_A_LINK.findall(rest):
        yield f"{half} is not a complete link: copy it from the browser, starting with https://"
    rest = _HALF_A_LINK.sub(" ", rest)
    if "<" in rest or ">" in rest:
        yield "Slack needs &lt; for < and &gt; for >, in code too"
    prose = CODE.sub(" ", rest)
    yield from _markdown(CODE.sub(" ", text))
    prose = _MARKDOWN_LINK.sub(" ", prose)
    for link in _BARE_LINK.findall(prose):
        yield f"{link} is a bare link: put it between < and >, as in <{link.rstrip('.,;:!?)')}>"
    if text.count("```") % 2:
        yield "a ``` is unpaired: put one before and one after the block of code"
    elif re.sub("```.*?```", "", text, flags=re.DOTALL).count("`") % 2:
        yield "a backtick is unpaired: put one before and one after each piece of code"


def _markdown(prose: str) -> Iterator[str]:
    """Yield Markdown that Slack doesn't support."""
    for link in _MARKDOWN_LINK.finditer(prose):
        yield f"{link[0]} is Markdown: in Slack, write <{link['url']}|{link['text']}>"
    for bold in _BOLD.findall(prose):
        yield f"{bold} is Markdown: in Slack, bold is *{bold.strip('*_')}*"
    if _HEADING.search(prose):
        yield "# makes no heading in Slack: write a bold line, as in *Heading*"
