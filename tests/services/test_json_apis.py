"""JSON APIs: what is remembered of them, where they may lead, and when they are left alone."""

from __future__ import annotations

import time

import pytest
from raw_server import RawServer, answer, settings_at

from gopherbot.errors import ServiceError
from gopherbot.http.response import Response
from gopherbot.services import json_apis
from gopherbot.services.json_apis import CachedJsonApis

from .conftest import trusted


@pytest.fixture
def apis(host: RawServer) -> CachedJsonApis:
    """The APIs, of which `host` is GitHub's."""
    at = {"GOPHER_GITHUB_URL": host.url, "GOPHER_GITHUB_TOKEN": "hush"}
    return CachedJsonApis(settings_at(host.url, **at), trusted())


def test_each_path_is_remembered_and_of_many_the_last(
    apis: CachedJsonApis, host: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_apis, "MOST_KEPT", 3)
    host.answer = answer(b"1")
    for path in ("/a", "/A", "/b", "/A", "/c", "/A", "/a"):
        assert apis.read("github", path, int) == 1
    assert all(b"Authorization: Bearer hush" in request for request in host.requests)
    asked = [request.split()[1].decode() for request in host.requests]
    assert asked == ["/a", "/A", "/b", "/c", "/a"]
    with pytest.raises(ServiceError, match="unexpected response"):
        apis.read("github", "/a", str)


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_what_is_not_there_is_none(apis: CachedJsonApis, host: RawServer, status: str) -> None:
    host.answer = answer(b"", status)
    assert apis.read("github", "/x", int) is None


def test_a_redirect_to_another_host_is_not_followed(
    apis: CachedJsonApis, host: RawServer, other: RawServer
) -> None:
    for elsewhere in (other.url, f"{host.url}@evil.example"):
        host.answer = answer(b"", "301 Moved", Location=f"{elsewhere}/x")
        with pytest.raises(ServiceError, match="redirects elsewhere"):
            apis.read("github", "/x", int)
    assert other.requests == []


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({}, 60, 60),
        ({"retry-after": "7", "x-ratelimit-reset": "9"}, 7, 7),
        ({"retry-after": "86400"}, 3600, 3600),
        ({"retry-after": "\u00b2"}, 60, 60),
        ({"x-ratelimit-reset": "{soon}"}, 1, 600),
        ({"x-ratelimit-reset": "17"}, 1, 1),
        ({"x-ratelimit-reset": "9" * 400}, 3600, 3600),
    ],
)
def test_a_pause_is_as_long_as_the_service_says_within_reason(
    headers: dict[str, str], least: float, most: float
) -> None:
    soon = int(time.time()) + 600
    given = {name: value.format(soon=soon) for name, value in headers.items()}
    assert least <= json_apis._pause(Response(403, given, b"")) <= most
