"""What to type is said in the words of the platform on which the bot runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from gopherbot.settings import Platform
from gopherbot.status import advice
from gopherbot.status.alerts import find_alerts
from status.test_alerts import well, without


@pytest.mark.parametrize(
    ("environ", "left_there", "found"),
    [
        ({"DYNO": "web.1"}, "", Platform.HEROKU),
        ({"DYNO": "web.1"}, ".dockerenv", Platform.HEROKU),
        ({}, ".dockerenv", Platform.CONTAINER),
        ({}, "run/.containerenv", Platform.CONTAINER),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "", Platform.CONTAINER),
        ({"HEROKU_APP_NAME": "any-name"}, "", Platform.MACHINE),
    ],
)
def test_a_platform_is_known_by_what_it_leaves(
    environ: dict[str, str], left_there: str, found: Platform, tmp_path: Path
) -> None:
    if left_there:
        (tmp_path / left_there).parent.mkdir(exist_ok=True)
        (tmp_path / left_there).touch()
    assert Platform.detect(environ, tmp_path) is found


@pytest.mark.parametrize("where", Platform)
def test_only_heroku_is_told_to_type_heroku(where: Platform) -> None:
    words = " ".join(
        (
            advice.set_variable(where, "ENV", "production"),
            advice.look_at(where, "worker"),
            advice.redis_is_away(where),
            advice.evict_nothing(where),
            *(each.text for each in find_alerts(well(processes=without("worker")), where)),
        )
    )
    assert ("heroku" in words) == (where is Platform.HEROKU)
    assert ("docker" in words) == (where is Platform.CONTAINER)
    assert "ENV=production" in words
    assert "line `worker`" in words
