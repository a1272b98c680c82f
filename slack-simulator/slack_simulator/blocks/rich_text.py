"""A member's text as the `rich_text` block that Slack's clients send with it.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block. Lists stay lines of text.
"""

import html
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_PARTS = re.compile(
    r"```(?P<code>.*?)```|(?P<quote>^(?:>|&gt;)[^\n]*(?:\n(?:>|&gt;)[^\n]*)*)",
    re.DOTALL | re.MULTILINE,
)
_QUOTED = re.compile(r"^(?:>|&gt;) ?", re.MULTILINE)
_ELEMENTS = re.compile(
    r"""
    `(?P<code>[^`\n]+)`
    | <(?P<link>(?:https?://|mailto:|tel:)[^|>\s]*)(?:\|(?P<label>[^>]*))?>
    | <@(?P<user>[A-Z0-9]+)(?:\|[^>]*)?>
    | <\#(?P<channel>[A-Z0-9]+)(?:\|[^>]*)?>
    | <!subteam\^(?P<usergroup>[A-Z0-9]+)(?:\|[^>]*)?>
    | <!(?P<broadcast>here|channel|everyone)(?:\|[^>]*)?>
    | (?<![:\w]):(?P<emoji>[a-z0-9_+'-]+(?:::skin-tone-[2-6])?):(?![\w])
    | (?<!\w)(?P<mark>[*_~])(?P<styled>\S(?:[^\n]{0,500}?\S)?)(?P=mark)(?!\w)
    """,
    re.VERBOSE,
)
_STYLES = {"*": "bold", "_": "italic", "~": "strike"}


def of_text(text: str, block_id: str) -> Json:
    """Return the block of a text in Slack's markup."""
    return {"type": "rich_text", "block_id": block_id, "elements": list(_parts(text))}


def _parts(text: str) -> Iterator[Json]:
    """Yield sections, code blocks and quotes."""
    done = 0
    for found in _PARTS.finditer(text):
        yield from _section(text[done : found.start()])
        done = found.end()
        if found["quote"] is not None:
            quoted = list(_elements(_QUOTED.sub("", found["quote"]), {}))
            yield {"type": "rich_text_quote", "elements": quoted}
        else:
            code = [_text(found["code"].strip("\n"), {})]
            yield {"type": "rich_text_preformatted", "elements": code, "border": 0}
    yield from _section(text[done:])


def _section(text: str) -> Iterator[Json]:
    text = text.removeprefix("\n")
    if text:
        yield {"type": "rich_text_section", "elements": list(_elements(text, {}))}


def _elements(text: str, style: Json) -> Iterator[Json]:
    done = 0
    for found in _ELEMENTS.finditer(text):
        if found.start() > done:
            yield _text(text[done : found.start()], style)
        done = found.end()
        if found["mark"]:
            yield from _elements(found["styled"], style | {_STYLES[found["mark"]]: True})
        else:
            yield _element(found, style)
    if done < len(text):
        yield _text(text[done:], style)


def _element(found: re.Match[str], style: Json) -> Json:
    kind = str(found.lastgroup)
    styled = {"style": style} if style else {}
    if found["code"]:
        return _text(found["code"], style | {"code": True})
    if found["link"]:
        label = {"text": html.unescape(found["label"])} if found["label"] else {}
        return {"type": "link", "url": html.unescape(found["link"]), **label, **styled}
    if found["emoji"]:
        name, _, tone = found["emoji"].partition("::skin-tone-")
        return {"type": "emoji", "name": name, **({"skin_tone": int(tone)} if tone else {})}
    if found["broadcast"]:
        return {"type": "broadcast", "range": found["broadcast"], **styled}
    return {"type": kind, f"{kind}_id": found[kind], **styled}


def _text(text: str, style: Json) -> Json:
    return {"type": "text", "text": html.unescape(text), **({"style": style} if style else {})}
