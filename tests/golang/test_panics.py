"""Traces of panics and data races."""

import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.golang.panics import read_panic, read_race, without_log_prefix

RUNTIME = "panic({0x1, 0x2})\n\t/usr/local/go/src/runtime/panic.go:770 +0x132"
LIBRARY = "github.com/a/b.Do(...)\n\t/home/ann/go/pkg/mod/github.com/a/b@v1.2.3/do.go:7 +0x1"
HANDLER = "net/http.HandlerFunc.ServeHTTP(0x0?)\n\tnet/http/server.go:2220 +0x29"
WINDOWS = "net/http.Get(...)\n\tC:\\Go\\src\\net\\http\\client.go:4 +0x1"
VENDORED = "github.com/a/b.Do(...)\n\t/home/ann/shop/vendor/github.com/a/b/do.go:7 +0x1"
LIKE_GOS = "log/app.Run()\n\t/home/ann/log/app/run.go:3 +0x1"
OWN = "example.com/shop/store.(*Store).Add(0xc000)\n\t/home/ann/shop/store/store.go:41 +0x1d"
MAIN = "main.main()\n\t/home/ann/go/src/shop/main.go:14 +0x26"
DEFERRED = "main.cleanup()\n\t/home/ann/shop/cleanup.go:3 +0x1"
CREATED = "created by main.main in goroutine 1\n\t/home/ann/shop/main.go:9 +0x1"


@pytest.mark.parametrize(
    ("frames", "at", "innermost"),
    [
        ([OWN, MAIN], "store.go:41", True),
        ([RUNTIME, OWN], "store.go:41", True),
        ([RUNTIME, LIBRARY, OWN, MAIN], "store.go:41", False),
        ([RUNTIME, HANDLER, LIBRARY, MAIN], "main.go:14", False),
        ([DEFERRED, RUNTIME, OWN, MAIN], "store.go:41", True),
        ([HANDLER, CREATED], "main.go:9", False),
        ([CREATED], "main.go:9", False),
        ([WINDOWS, VENDORED, MAIN], "main.go:14", False),
        ([LIKE_GOS, MAIN], "run.go:3", True),
        ([RUNTIME, HANDLER], None, False),
    ],
)
def test_the_first_line_of_own_code(frames: list[str], at: str | None, innermost: bool) -> None:
    trace = "\n".join(["panic: oh no [recovered]", "", "goroutine 7 [running]:", *frames, ""])
    found = read_panic(trace)
    assert found
    assert (found.message, found.goroutine, found.state) == ("oh no", 7, "running")
    assert at == (f"{found.own.file}:{found.own.line}" if found.own else None)
    assert found.is_innermost is innermost


@cases("first")
def test_a_panic_that_was_recovered_is_read_too(first: str) -> None:
    found = read_panic(f"{first}\n\ngoroutine 7 [running]:\n{HANDLER}\n{RUNTIME}\n{OWN}\n")
    assert found
    assert found.own
    assert (found.message, found.own.file) == ("oh no", "store.go")


@cases("prefix")
def test_what_a_log_puts_in_front_of_each_line_is_no_part_of_the_trace(prefix: str) -> None:
    trace = ["panic: oh no", "", "goroutine 7 [running]:", *RUNTIME.split("\n"), *OWN.split("\n")]
    lines = [f"{prefix.format(n % 10)}{line}".rstrip() for n, line in enumerate(trace)]
    found = read_panic(without_log_prefix("\n".join(lines)))
    assert found
    assert found.own
    assert (found.message, found.own.file) == ("oh no", "store.go")


def test_only_the_goroutine_that_panicked_counts() -> None:
    first = f"goroutine 1 gp=0xc0 m=0 [chan receive]:\n{MAIN}"
    other = f"goroutine 8 [select, 5 minutes]:\n{OWN}"
    found = read_panic(f"{other}\n\nfatal error: all\n\n{first}\n\n{other}")
    assert found
    assert found.own
    assert (found.state, found.own.file) == ("chan receive", "main.go")


@pytest.mark.parametrize("text", ["panic: at the disco", "goroutine 1 [running]:\nmain.main()", ""])
def test_what_has_no_trace_is_none(text: str) -> None:
    assert read_panic(text) is None


def test_a_data_race_has_two_places() -> None:
    read = "Read at 0x00c0000b4010 by goroutine 8:\n  main.f()\n      /tmp/x/main.go:12 +0x3c"
    write = f"Previous write at 0x00c0000b4010 by main goroutine:\n{RUNTIME}\n{MAIN}"
    found = read_race(f"WARNING: DATA RACE\n{read}\n\n{write}\n\n" * 2)
    assert [(frame.file, frame.line) for frame in found] == [("main.go", 12), ("main.go", 14)]


@given(st.lists(st.sampled_from([OWN, RUNTIME, "", "goroutine 1 [x]:", "panic: y", "\t:1", "z"])))
def test_any_text_is_read(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert read_panic(text) is None or text.count("goroutine")
    assert read_race(text) == []
