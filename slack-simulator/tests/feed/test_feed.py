import threading

import pytest

from slack_simulator.feed.feed import Feed


def test_entries_are_numbered_and_timed() -> None:
    feed = Feed()
    first, second = feed.append("a", {"x": 1}), feed.append("b", {})
    assert (first.seq, second.seq) == (1, 2)
    assert first.monotonic <= second.monotonic
    assert first["x"] == first.get("x") == 1
    assert first.get("y", 2) == 2
    assert first.as_dict() == {
        "x": 1,
        "seq": 1,
        "kind": "a",
        "at": first.at,
        "monotonic": first.monotonic,
    }


def test_only_the_newest_are_kept() -> None:
    feed = Feed(kept=3)
    for number in range(10):
        feed.append("a", {"number": number})
    assert [entry["number"] for entry in feed.after()] == [7, 8, 9]
    assert (feed.oldest, feed.seq) == (8, 10)
    assert [entry.seq for entry in feed.after(9)] == [10]
    assert feed.after(0, "b") == []


def test_waiting_finds_what_was_and_what_comes() -> None:
    feed = Feed()
    feed.append("a", {})
    assert feed.wait(lambda entry: entry.kind == "a").seq == 1
    threading.Timer(0.02, feed.append, ("b", {})).start()
    assert feed.wait(lambda entry: entry.kind == "b").seq == 2
    with pytest.raises(TimeoutError):
        feed.wait(lambda entry: entry.kind == "a", 0.01, after=1)


def test_a_vain_wait_tells_what_happened_instead() -> None:
    feed = Feed()
    feed.append("message", {"text": "something else"})
    with pytest.raises(TimeoutError, match=r"0 of 2 awaited.*\n.*something else"):
        feed.collect(lambda entry: entry.kind == "reaction", 2, 0.01)


def test_closing_ends_every_wait() -> None:
    feed = Feed()
    threading.Timer(0.02, feed.close).start()
    assert feed.wait_after(0, 10) == []
    with pytest.raises(TimeoutError):
        feed.wait(lambda _: True, 10)
