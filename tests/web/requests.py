"""A corpus of requests, well-formed and malformed, made by chance from a seed."""

import random
import time
from collections.abc import Callable, Iterator

from slack_simulator.events.signing import signature

from .client import SECRET

_METHODS = (
    *("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND"),
    *("get", "Post", "FOO", "G E T", "", "GET\x00", "M-SEARCH", "PRI", "P@ST", "GET\t"),
    "X" * 40,
)
_TARGETS = (
    *("/slack/event", "/_ruok", "/_ready", "/", "/slack/event?a=b", "/slack/event?"),
    *("/_ruok?x=1&y", "/slack/event/", "//slack/event", "/slack//event", "/slack/event;a"),
    *("/slack/event#f", "*", "/slack%2Fevent", "/%5fruok", "/slack/event%00", "/café", "/a b"),
    *("http://x/_ruok", "x", "http://x", "http://@/_ruok", "/../_ruok", "/./_ruok", "/_ruok\x00"),
    *("/_ruok\t", "?", "", "/\\", "/slack/event?a?b#c", "/_RUOK", "/" + "a" * 5000),
    *("/?" + "q" * 200, "x:80", "/ÿþ", "/|"),
)
_VERSIONS = (
    *("HTTP/1.1",) * 12,
    *("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "HTTP/1.10", "HTTP/11", "http/1.1", ""),
    *("1.1", "HTTP/1.1 ", "HTTP/1.1\x0b", "HTTP/1", "ICY/1.1", "HTTP /1.1"),
)
_NAMES = (
    *("Host", "Connection", "X-Request-ID", "X-Slack-Retry-Num", "User-Agent", "Accept", "Cookie"),
    *("X-Forwarded-For", "X-Forwarded-Proto", "X_Forwarded_For", "Forwarded", "Via", "Upgrade"),
    *("TE", "Transfer-Encoding", "Expect", "Trailer", "HTTP2-Settings", "Proxy-Connection"),
    *("Keep-Alive", "Content_Length", "Content-Length ", " Content-Length", "Content-Length\t"),
    *("Content-Encoding", "SCRIPT_NAME", "Script-Name", "PATH_INFO", "Remote-User", "X-é"),
    *("X-\x00", "", "A:B", "A B", "X-Forwarded-SSL", "X-Forwarded-Protocol", "Proxy", "x" * 300),
    *("X-Slack-Signature", "(x)"),
)
_VALUES = (
    *("x", "", " ", "keep-alive", "close", "Close", "keep-alive, close", "upgrade", "chunked"),
    *("a,b", "gzip", "gzip, chunked", "chunked, chunked", "identity", "100-continue", "h2c"),
    *("trailers", "websocket", "0", "5", "https", "1" * 300, "éÿ", "a\x00b", "a\rb", "a\nb"),
    *("\ta\t", "a  b", "\x0bchunked", "chunk\x00ed", '"q"', "x" * 3000, "text/html", "\x7f"),
    *("\x01", "Keep-Alive"),
)
_TYPES = (*("text/plain", "json", "application/json; charset=utf-8", "APPLICATION/JSON", ""),)
_LENGTHS = (
    *("+{}", "-{}", "0{}", "{}.0", "{}x", "0x{}", " {}", "{} ", "{},{}", "{}, {}", "{}_0", "²", ""),
    *("999999999999999999999999999999", "1e1", "{} {}", "99999999"),
)
_LINE_ENDS = (*("\n", "\r", "\r\r\n", "\n\r", " \r\n", "\r\n ", "\r\n\t", "\x0b\r\n", "\x00\r\n"),)
_BODIES = (
    *(b"", b"{}", b"{}", b"x" * 100, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n\r\n", b"\x00"),
)
_CHUNKED = (
    *(b"2\r\n{}\r\n0\r\n\r\n", b"0\r\n\r\n", b"2;a=b\r\n{}\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n"),
    *(b"02\r\n{}\r\n0\r\nA: b\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n", b"-1\r\n", b"2\n{}\n0\n\n"),
    *(b"zz\r\n", b"2 \r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n0\r\n", b"ffffffffffffffffff\r\nx"),
)


def requests(count: int, seed: int) -> Iterator[bytes]:
    """Return what a connection sends: a request, often a second one, rarely plain in all parts."""
    chance = random.Random(seed)
    for _ in range(count):
        # How much of it is odd: of some requests one part, of others everything.
        oddness = chance.choice((0.0, 0.03, 0.03, 0.1, 0.4))
        data = b"".join(_request(chance, oddness) for _ in range(chance.choice((1, 1, 2, 3))))
        if chance.random() < oddness:
            data = _damaged(data, chance)
        yield data


def _request(chance: random.Random, oddness: float) -> bytes:
    def odd() -> bool:
        return chance.random() < oddness

    event = chance.random() < 0.6
    body = chance.choice(_BODIES) if event or odd() else b""
    method = chance.choice(_METHODS) if odd() else ("POST" if event else "GET")
    target = chance.choice(_TARGETS) if odd() else ("/slack/event" if event else "/_ruok")
    headers = [("Host", "x")]
    if event:
        stamp = str(int(time.time()))
        headers += [
            ("Content-Type", chance.choice(_TYPES) if odd() else "application/json"),
            ("X-Slack-Request-Timestamp", stamp),
            ("X-Slack-Signature", signature(SECRET, stamp, body)),
        ]
    if event or body:
        length = str(len(body))
        if odd():
            length = chance.choice(_LENGTHS).replace("{}", length)
        headers += [("Content-Length", length)] * (2 if odd() else 1)
    if odd():
        headers = [(name, value) for name, value in headers if name != "Content-Length"]
        headers.append(("Transfer-Encoding", "chunked"))
        body = chance.choice(_CHUNKED)
    if odd():
        headers += [(f"X-{n}", "x") for n in range(chance.choice((90, 97, 98, 99, 100, 101, 400)))]
    while odd() or chance.random() < 0.3:
        headers.append((chance.choice(_NAMES), chance.choice(_VALUES)))
    chance.shuffle(headers)
    start = f"{method} {target} {chance.choice(_VERSIONS) if odd() else 'HTTP/1.1'}"
    return _written(start, headers, chance, odd) + body


def _written(
    start: str, headers: list[tuple[str, str]], chance: random.Random, odd: Callable[[], bool]
) -> bytes:
    """Return a head as it is sent."""

    rate = 0.2 if odd() or odd() or odd() else 0.0

    def end() -> str:
        return chance.choice(_LINE_ENDS) if chance.random() < rate else "\r\n"

    if odd():
        headers = [(_cased(name, chance), value) for name, value in headers]
    lines = [f"{start}{end()}"]
    for name, value in headers:
        colon = (
            chance.choice((":", ": ", ":\t", " : ", ":  ", "")) if chance.random() < rate else ": "
        )
        lines.append(f"{name}{colon}{value}{end()}")
    before = chance.choice(("\r\n", "\n", "\r\n\r\n", " ", "\x00", "\r")) if odd() else ""
    return f"{before}{''.join(lines)}{end()}".encode("latin-1")


def _cased(name: str, chance: random.Random) -> str:
    return "".join(chance.choice((c.upper(), c.lower())) if c.isascii() else c for c in name)


def _damaged(data: bytes, chance: random.Random) -> bytes:
    """Change, drop or insert a byte or a few."""
    at = chance.randrange(len(data) + 1)
    put = bytes(chance.choices(b" \r\n\t\x00:;,/aZ0\xff%", k=chance.randrange(3)))
    return data[:at] + put + data[at + chance.randrange(3) :]
