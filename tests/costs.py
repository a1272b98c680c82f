"""What the costliest message costs, by ratio: against looking at each of its characters once."""

import time
from collections.abc import Callable, Iterator

LONGEST = 40_000
"""Characters in a message; Slack takes no more."""
MOST = 25.0
"""How many looks at each character a message may cost: some 20 ms on an ordinary machine."""

_SHARE = 8
"""Of how many characters one is looked at, to know what all would take."""

UNITS = (
    *('"\\', '"\\"', '"" ', "`", "'", "/*", "//", "<", "<@U1|a", "<https://", "<a:\n", "<a:>"),
    *("<#C1>", " <@U1>", "<@UBOT> ", "&amp;", "\n", " ", "\t", "*", "[", "(", "{", "_*~", ":a:"),
    *("a", "a ", "a-b", "a, ", "a: ", "a.", "a.a/", "aa'a", "?", ". ", "\u0416", "\U0001f600"),
    *("func (", "func f(a\n", "func f(a.A", "map[", "type x ", "chan ", "[...]", "1.1m ", "- "),
    *("x@", "x@x:", "x@x:~$ ", "x := 1\n"),
    *("```", "```\na\n", "`a`\n", "`a`\n\n \n", "`a`\n`b`\n\n"),
    *("what is ", "how do i write a test?\n", "goroutine ", "net/http ", "https://a.example/ "),
)
"""What a message may be made of that repeats itself."""


def hostile_texts(length: int = LONGEST) -> Iterator[str]:
    """Return texts of a length, each of one unit: without lines of its own, and in lines."""
    for unit in UNITS:
        yield (unit * length)[:length]
        for width in (150, 300):
            line = (unit * width)[:width].replace("\n", " ")
            yield f"{line}\n" * (length // (width + 1))


def too_costly(run: Callable[[str], object], texts: Iterator[str]) -> dict[str, float]:
    """Return which texts cost more than `MOST`, and what they cost."""
    run("x")
    found: dict[str, float] = {}
    for text in texts:
        # What a collection of garbage made slow is not slow again.
        cost = next((cost for _ in range(5) if (cost := _cost(run, text)) <= MOST), None)
        if cost is None:
            found[f"{text[:40]!r}…"] = round(_cost(run, text))
    return found


def _cost(run: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    for character in "x" * (LONGEST // _SHARE):
        ord(character)
    looked = time.thread_time()
    run(text)
    return (time.thread_time() - looked) / (looked - started) / _SHARE
