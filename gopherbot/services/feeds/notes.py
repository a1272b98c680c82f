"""Finds what a page says about an item, such as a list of releases about one of them. Pure."""

from __future__ import annotations

import html
import re

_LONGEST = 300
_SEARCHED = 4000
"""Characters after the element's id in which its paragraph ends."""
_HEADING = re.compile(r"^\S+ \(released [^()]{1,40}\)\s*")
_MORE = re.compile(r"\s*(?:See|Read) the .*$")


def notes_about(document: bytes, id: str) -> str:
    """Return the paragraph in the element with this id, or after it; "" if there is none.

    Of its markup, only code is left, between backticks. What repeats the id, and where to read
    more, is left out.
    """
    text = document.decode("utf-8", "replace")
    found = re.search(rf"""\sid=["']?{re.escape(id)}["'\s>]""", text)
    if not found:
        return ""
    paragraph, ends, _ = text[found.start() : found.start() + _SEARCHED].partition("</p>")
    inside = paragraph.partition(">")[2]
    plain = html.unescape(re.sub(r"<[^<>]{0,500}>", "", re.sub(r"</?code>", "`", inside)))
    said = _MORE.sub("", _HEADING.sub("", " ".join(plain.split()))) if ends else ""
    cut = said if len(said) <= _LONGEST else said[: _LONGEST - 1].rpartition(" ")[0] + " …"
    return cut[:1].upper() + cut[1:]
