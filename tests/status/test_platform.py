"""What to type is said in the words of the platform on which the bot runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from gopherbot.settings import Platform
from gopherbot.status import advice
from gopherbot.status.alerts import find_alerts
from gopherbot.status.snapshot import RedisMemory
from status.test_alerts import process, well, without


@pytest.mark.parametrize(
    ("environ", "left_there", "found"),
    [
        ({"DYNO": "web.1"}, "", Platform.HEROKU),
        ({"DYNO": "web.1"}, ".dockerenv", Platform.HEROKU),
        ({}, ".dockerenv", Platform.CONTAINER),
        ({}, "run/.containerenv", Platform.CONTAINER),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "", Platform.CONTAINER),
        ({"SLACK_SIMULATOR_URL": "http://127.0.0.1:8065"}, ".dockerenv", Platform.MACHINE),
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


HEROKU = [
    "heroku config:set ENV=production",
    "see `heroku ps` and `heroku logs --dyno-name worker`, or start the Procfile line `worker`",
    "see `heroku addons` and the add-on's status; is REDIS_URL right?",
    "heroku redis:maxmemory --policy noeviction",
]
CONTAINER = [
    "restart the container with -e ENV=production",
    "see `docker ps --all` and `docker logs CONTAINER`, or start the Procfile line `worker`",
    "is its container running (`docker ps`) and on the same network; is REDIS_URL right?",
    "start Redis with --maxmemory-policy noeviction",
]
MACHINE = [
    "set ENV=production in the environment of the bot's processes, and restart them",
    "see `systemctl status` and the log of worker, or start the Procfile line `worker`",
    'try `redis-cli -u "$REDIS_URL" ping`; is REDIS_URL right?',
    "set `maxmemory-policy noeviction` in redis.conf, and restart Redis",
]


@pytest.mark.parametrize(
    ("where", "words"),
    [(Platform.HEROKU, HEROKU), (Platform.CONTAINER, CONTAINER), (Platform.MACHINE, MACHINE)],
)
def test_only_heroku_is_told_to_type_heroku(where: Platform, words: list[str]) -> None:
    assert words == [
        advice.set_variable(where, "ENV", "production"),
        advice.look_at(where, "worker"),
        advice.redis_is_unreachable(where),
        advice.evict_nothing(where),
    ]
    shadow = [*without("worker"), process("worker", shadow=True)]
    memory = RedisMemory(1, 100, "allkeys-lru", 1)
    for given, expected in (
        ({"processes": without("worker")}, words[1]),
        ({"processes": shadow}, words[0]),
        ({"memory": memory}, words[3]),
    ):
        assert expected in find_alerts(well(**given), where)[0].text
