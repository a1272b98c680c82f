"""Convert what a member types to the markup that Slack sends. Pure.

The forms are those of https://docs.slack.dev/messaging/formatting-message-text. Slack finds links
everywhere, but mentions only outside code. The simulated Slack, which knows no bot, composes for
itself; `tests/test_testing.py` holds the two to the same.
"""

import re
from collections.abc import Callable

Lookup = Callable[[str], str | None]
"""Return the id of a name, or None if it is unknown."""

# Slack knows every top-level domain. These are common ones, and those that Go code looks like.
_TOP = (
    "com|org|net|edu|gov|info|dev|app|blog|page|io|name|"
    "as|at|be|ch|co|de|do|fm|fr|gg|id|in|is|it|me|nl|py|rs|sh|so|to|tv|uk|us"
)
_HOST = rf"(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_TOP})(?![\w-]|\.\w)"
_INSIDE, _LAST = r"[^\s<>|`]", r"[^\s<>|`.,;:!?)\]'\"]"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

_LINKS = (
    rf"(?P<url>https?://{_INSIDE}*{_LAST})"
    rf"|(?<![\w.@+-])(?P<mail>[\w.+-]{{1,64}}@{_HOST})"
    rf"|(?<![\w.@-])(?P<site>{_HOST}(?::\d{{1,5}})?(?:/(?:{_INSIDE}*{_LAST})?)?)"
    r"|(?P<escape>[&<>])"
)
_MENTIONS = r"(?<![\w.])@(?P<user>[^\W\d_](?:[\w.-]*\w)?)|(?<![\w&])\#(?P<channel>\w(?:[\w-]*\w)?)"
_IN_CODE = re.compile(_LINKS, re.IGNORECASE)
_IN_TEXT = re.compile(f"{_MENTIONS}|{_LINKS}", re.IGNORECASE)
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_BROADCASTS = frozenset({"here", "channel", "everyone"})


def compose(typed: str, *, user: Lookup, channel: Lookup) -> str:
    """Return typed text as Slack sends it.

    Escape `&`, `<` and `>`; mark up links, mentions and channels. Leave unknown names unchanged.
    """

    def live(found: re.Match[str]) -> str:
        kind, plain = found.lastgroup, found[0].translate(_ESCAPES)
        if kind == "user":
            if found["user"] in _BROADCASTS:
                return f"<!{found['user']}>"
            id = user(found["user"])
            return f"<@{id}>" if id else plain
        if kind == "channel":
            id = channel(found["channel"])
            return f"<#{id}|{found['channel']}>" if id else plain
        if kind == "escape":
            return plain
        if kind == "url":
            return f"<{plain}>"
        return f"<{'mailto:' if kind == 'mail' else 'http://'}{plain}|{plain}>"

    pieces = _CODE.split(typed)
    # Every second piece is code, captured by the pattern.
    return "".join(
        (_IN_CODE if number % 2 else _IN_TEXT).sub(live, piece)
        for number, piece in enumerate(pieces)
    )
