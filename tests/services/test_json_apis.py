"""For how long a service that limits its clients is left alone."""

from __future__ import annotations

import time

import pytest

from gopherbot.http.response import Response
from gopherbot.services import json_apis


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
