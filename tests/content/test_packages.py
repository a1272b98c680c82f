"""`d/` and `ghd/`: links to the documentation of packages, or silence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.testing import bot


def answer(text: str) -> str | None:
    """What is answered to a text that a member types, or None."""
    answer = bot.say(text)
    return answer.text if set(answer.rules) & {"prefix:d/", "prefix:ghd/"} else None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("d/fmt", "fmt"),
        ("d/os", "os"),
        (f"d/{'a' * 255}", "a" * 255),
        ("d/net/http", "net/http"),
        ("d/net/http is what you need", "net/http"),
        ("d/net/http\nlook there", "net/http"),
        ("d/net/http.", "net/http"),
        ("d/net/http, and", "net/http"),
        ("d/net/http/", "net/http"),
        ("d/net/http?", "net/http"),
        ("d/gopkg.in/yaml.v3", "gopkg.in/yaml.v3"),
        ("d/github.com/BurntSushi/toml", "github.com/BurntSushi/toml"),
        ("d/example.org/~user/a_b-c+d", "example.org/~user/a_b-c+d"),
        ("d/golang.org/x/net", "golang.org/x/net"),
        ("d/https://golang.org/x/net", "golang.org/x/net"),
        ("ghd/gorilla/mux", "github.com/gorilla/mux"),
        ("GHD/Gorilla/Mux", "github.com/Gorilla/Mux"),
        ("ghd/github.com/gorilla/mux", "github.com/gorilla/mux"),
        ("ghd/https://github.com/gorilla/mux", "github.com/gorilla/mux"),
        ("ghd/https://pkg.go.dev/github.com/gorilla/mux", "github.com/gorilla/mux"),
        ("d/pkg.go.dev/net/http", "net/http"),
        ("d/https://pkg.go.dev/net/http#Client", "net/http#Client"),
        ("d/net/http#Client", "net/http#Client"),
        ("d/net/http#Client.Do?", "net/http#Client.Do"),
        ("d/net/http#pkg-overview", "net/http#pkg-overview"),
        ("d/golang.org/x/net@v0.30.0", "golang.org/x/net@v0.30.0"),
        ("d/golang.org/x/net@v0.30.0/html#Node", "golang.org/x/net@v0.30.0/html#Node"),
        ("d/net/http@go1.20.1, say", "net/http@go1.20.1"),
        ("d/a@v0.0.0-20240101000000-abcdef123456", "a@v0.0.0-20240101000000-abcdef123456"),
        ("d/golang.org/x/net?tab=versions", "golang.org/x/net?tab=versions"),
        ("d/golang.org/x/net@latest?tab=doc#section", "golang.org/x/net@latest?tab=doc#section"),
        ("ghd/gorilla/mux@v1.8.0#Router", "github.com/gorilla/mux@v1.8.0#Router"),
        ("d/github.com/a/b#C", "github.com/a/b#C"),
        # What the site does not know stays out.
        ("d/net/http?utm_source=x&y=<b>", "net/http"),
        ("d/net/http#", "net/http"),
        ("d/net/http?tab=", "net/http"),
        ("d/net/http#Client?x=1", "net/http#Client"),
    ],
)
def test_a_path_is_linked_up_to_the_first_blank_with_its_case(text: str, path: str) -> None:
    assert answer(text) == f"https://pkg.go.dev/{path}"


@pytest.mark.parametrize(
    "text",
    [
        "d/",
        "d/ ",
        "d/l speed is terrible",
        "d/ net/http",
        "d/\nnet/http",
        "d/net//http",
        "d//net",
        "d/../secret",
        "d/a/./b",
        "d/a/.b",
        "d/a./b",
        "d/-rf",
        "d/a:b",
        "d/a@",
        "d/a@@b",
        "d/a@v1@",
        "d/a#gr\u00f6\u00dfe",
        "d/net/http?gr\u00f6\u00dfe",
        "d/a%2fb",
        "d/a\\b",
        "d/…",
        "d/größe",
        "d/...",
        "d/<script>",
        "d/<!channel>",
        "d/<@U1>",
        "d/`net`",
        "d/" + "a" * 256,
        "ghd/",
        "ghd/?",
    ],
)
def test_what_is_no_path_is_left_alone(text: str) -> None:
    assert answer(text) is None


@given(st.text() | st.text("a./~-_+<>|@!&;`:"))
def test_a_link_holds_nothing_but_a_path(argument: str) -> None:
    for prefix, base in (("d/", "https://pkg.go.dev/"), ("ghd/", "https://pkg.go.dev/github.com/")):
        link = answer(prefix + argument)
        legal = re.escape(base) + r"[A-Za-z0-9._~+/@#-]{1,255}(?:\?tab=[A-Za-z0-9._~+/@#-]+)*"
        assert link is None or re.fullmatch(legal, link)
