"""The environment: what is read, what is refused, and that no value of it is ever shown."""

import os
import re
import socket
import subprocess
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
import redis
from cases import cases
from proxy import Proxy
from support import untrusted_server

from gopherbot.dev import procfile
from gopherbot.dev.redis_server import RedisServer
from gopherbot.errors import SettingsError
from gopherbot.settings import (
    CONTENT_FOLDER,
    Role,
    Secret,
    Settings,
    content_and_gateway,
    web_concurrency,
    web_port,
)
from gopherbot.storage.client import connect

SECRETS = {
    "REDIS_URL": "redis://h:zebra1@localhost:6000",
    "REDIS_TLS_URL": "rediss://h:zebra2@localhost:6001",
    "GOPHER_SLACK_REQUEST_SECRET": "zebra3",
    "GOPHER_SLACK_REQUEST_TOKEN": "zebra4",
    "GOPHER_SLACK_BOT_ACCESS_TOKEN": "xoxb-zebra5",
    "GOPHER_SLACK_CLIENT_ID": "zebra6",
    "GOPHER_SLACK_CLIENT_SECRET": "zebra7",
    "GOPHER_METRICS_TOKEN": "zebra8",
}
RIGHT = {
    "REDIS_URL": "redis://localhost:6000",
    "GOPHER_SLACK_APP_ID": "A0GOPHERBOT",
    "GOPHER_SLACK_TEAM_ID": "T0GOPHERS",
    "GOPHER_SLACK_REQUEST_SECRET": "signing secret",
    "GOPHER_SLACK_BOT_ACCESS_TOKEN": "xoxb-1-2-abc",
    "HEROKU_APP_NAME": "gopherbot",
}
REQUIRED = {
    Role.WEB: {
        *("REDIS_URL", "HEROKU_APP_NAME", "GOPHER_SLACK_APP_ID", "GOPHER_SLACK_TEAM_ID"),
        "GOPHER_SLACK_REQUEST_SECRET",
    },
    Role.WORKER: {"REDIS_URL", "HEROKU_APP_NAME", "GOPHER_SLACK_BOT_ACCESS_TOKEN"},
    Role.SCHEDULER: {"REDIS_URL", "HEROKU_APP_NAME"},
    Role.TOOL: {"REDIS_URL", "HEROKU_APP_NAME"},
}
roles = pytest.mark.parametrize(("role", "required"), REQUIRED.items())


def read(**more: str) -> Settings:
    return Settings.read(Role.WEB, RIGHT | more)


def problems(role: Role, environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.read(role, dict(environ))
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def named(found: tuple[str, ...]) -> set[str]:
    return {problem.split()[0] for problem in found}


@roles
def test_every_missing_variable_is_named_at_once_and_only_what_the_role_needs(
    role: Role, required: set[str]
) -> None:
    for environ in ({}, dict.fromkeys(RIGHT, " \t\n")):
        found = problems(role, environ)
        assert named(found) == required
        assert len(found) == len(required)


@roles
def test_the_required_variables_are_enough(role: Role, required: set[str]) -> None:
    settings = Settings.read(role, {name: RIGHT[name] for name in required})
    assert (settings.role, settings.shadow) == (role, True)


@cases("given", "field", "value")
def test_a_variable_sets_its_field(given: dict[str, str], field: str, value: object) -> None:
    assert attrgetter(field)(read(**given)) == value
    assert read(**given).content == CONTENT_FOLDER


def test_without_a_dyno_a_process_is_named_by_its_host_and_pid() -> None:
    assert read().identity.dyno == f"{socket.gethostname()}.{os.getpid()}"


@cases("url", "more", "expected")
def test_an_address_tells_how_to_connect(
    url: str, more: dict[str, str], expected: list[object]
) -> None:
    found = read(REDIS_URL=url, **more).redis
    assert expected == [
        *(found.host, found.port, found.database, found.tls, found.username or ""),
        found.password.reveal(),
    ]
    assert found.verify
    assert found.tls_overruled is (url.startswith("rediss:") and not found.tls)


REFUSED = {
    "PORT": [
        *("0", "65536", "0000065536", "-1", "+80", "80.0", "8e1", "0x50", "http", "99999999999"),
        *("٨٠", "8 0", "²", "9" * 5000),
    ],
    "ENV": ["prod", "live", "production,", "dev"],
    "GOPHER_LOG_LEVEL": ["10", "verbose", "information", "nolevel"],
    "GOPHER_SLACK_APP_ID": ["T0GOPHERS", "a0gopherbot", "A0 GOPHER"],
    "GOPHER_SLACK_TEAM_ID": ["A0GOPHERBOT", "gophers.slack.com"],
    "GOPHER_SLACK_BOT_ACCESS_TOKEN": ["xoxp-1-2-abc", "Bearer xoxb-1"],
    "GOPHER_SLACK_PROBE_CHANNEL": ["D02A8LZKT", "#general", "C-1", "Cé"],
    "GOPHER_SLACK_API_URL": [
        *("https://slack.com/api", "slack.com/api/", "ftp://slack.com/api/", "https:///api/"),
        *("http://[::1/api/", "http://localhost:port/api/", "https://slack.com/"),
    ],
    "GOPHER_GERRIT_URL": ["https://go-review.googlesource.com/"],
    "GOPHER_PLAYGROUND_URL": ["go.dev"],
    "GOPHER_CHANGELOG_URL": ["https://?zebra"],
    "GOPHER_MASTODON_URL": ["https://changelog.social:99999", "https://changelog.social:0"],
    "GOPHER_GATEWAY_URL": ["https://go.example/"],
    "GOPHER_WELCOME_MISSED": ["61", "-1", "6.0", "²"],
    "GOPHER_CONTENT": ["/nowhere/at/all", str(Path(procfile.__file__).parent)],
    "HEROKU_APP_NAME": ["gopher bot", "gopherböt", "gopher\x00bot"],
    "WEB_CONCURRENCY": ["many", "-1", "00", "1001"],
    "REDIS_URL": [
        *("localhost:6379", "localhost", "http://zebra:6379", "redis://", "redis://:6379"),
        *("redis://zebra:port", "redis://zebra:99999", "redis://zebra:0", "redis://zebra:-1"),
        *("redis://zebra:65535", "redis://zebra:6379/zebra", "redis://zebra:6379/-1"),
        *("redis://zebra:6379/0/1", "redis://[::1:6379", "unix:///zebra.sock"),
    ],
    "REDIS_TLS_URL": ["http://zebra"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values]
)
def test_a_malformed_variable_is_named_and_not_shown(name: str, value: str) -> None:
    [problem] = problems(Role.WEB, RIGHT | {name: value})
    assert problem.startswith(f"{name} is malformed: ")
    assert "zebra" not in problem


def test_all_that_is_wrong_is_told_in_one_error_without_any_value() -> None:
    wrong = dict.fromkeys(REFUSED, "zebra://u:zebra@zebra zebra")
    found = problems(Role.WEB, wrong)
    # Of the two addresses, the one that counts.
    assert named(found) == {*wrong, "GOPHER_SLACK_REQUEST_SECRET"} - {"REDIS_URL"}
    assert "zebra" not in " ".join(found)


def test_the_page_lists_what_is_read() -> None:
    read = {"GOPHER_HOST", "MALLOC_ARENA_MAX"}  # For gunicorn's settings, and for glibc.

    class Recording(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            read.add(name)
            return super().get(name, default)

    Settings.read(Role.WEB, Recording(RIGHT))
    page = (Path(__file__).parent.parent / "docs" / "settings.md").read_text()
    rows = "".join(line for line in page.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([A-Z_]{3,})`", rows)) == read


def test_content_may_be_kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "workspace.toml").touch()
    assert read(GOPHER_CONTENT=str(tmp_path)).content == tmp_path
    monkeypatch.setenv("GOPHER_CONTENT", str(tmp_path))
    monkeypatch.setenv("GOPHER_GATEWAY_URL", "http://x:1")
    assert content_and_gateway() == (tmp_path, "http://x:1")
    monkeypatch.setenv("GOPHER_CONTENT", f"{tmp_path}/nowhere")
    with pytest.raises(SettingsError, match="GOPHER_CONTENT"):
        content_and_gateway()


@pytest.mark.parametrize(("given", "processes"), [("", 1), ("1", 1), ("4", 4), ("1000", 32)])
def test_the_platform_says_how_many_gateway_processes_there_are(
    monkeypatch: pytest.MonkeyPatch, given: str, processes: int
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", given)
    assert web_concurrency() == processes
    monkeypatch.delenv("PORT", raising=False)
    assert web_port() == 8000


LISTEN = """
import importlib, os, sys
from gopherbot.web import server
for host in sys.argv[1:]:
    os.environ["GOPHER_HOST"] = host
    print(importlib.reload(server).bind)
"""


@pytest.mark.slow
def test_the_gateway_listens_where_it_is_told() -> None:
    hosts = {"": "0.0.0.0:8000", "::1": "[::1]:8000", "[::1]": "[::1]:8000", "x": "x:8000"}
    done = subprocess.run(
        [sys.executable, "-c", LISTEN, *hosts],
        env=procfile.base_environment(),
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.split() == list(hosts.values())


# Redis, as it is reached with these settings.


def test_tls_is_verified_unless_disabled(redis_server: RedisServer, tmp_path: Path) -> None:
    with Proxy(redis_server.port, tls=untrusted_server(tmp_path)) as proxy:
        for url in (f"rediss://127.0.0.1:{proxy.port}", f"redis://127.0.0.1:{proxy.port - 1}"):
            trusting = read(REDIS_URL=url, GOPHER_REDIS_SKIPVERIFY="1").redis
            with connect(trusting, connections=1) as client:
                assert client.ping()
            with (
                connect(read(REDIS_URL=url).redis, connections=1) as client,
                pytest.raises(redis.ConnectionError, match="certificate"),
            ):
                client.ping()


# Secrets.


@pytest.mark.parametrize("role", Role)
def test_secrets_leave_the_environment_whoever_reads_it(role: Role) -> None:
    environ = RIGHT | SECRETS
    Settings.read(role, environ)
    assert not SECRETS.keys() & environ.keys()
    assert environ["HEROKU_APP_NAME"] == "gopherbot"
    ineligible = dict(SECRETS)
    with pytest.raises(SettingsError):
        Settings.read(role, ineligible)
    assert ineligible == {}


def test_the_processs_own_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (RIGHT | SECRETS).items():
        monkeypatch.setenv(name, value)
    assert Settings.read(Role.WORKER).bot_token.reveal() == "xoxb-zebra5"
    assert "zebra" not in str(dict(os.environ))


def test_secrets_print_as_stars() -> None:
    settings = Settings.read(Role.WEB, RIGHT | SECRETS)
    for shown in (repr(settings), str(settings), f"{settings.redis}", repr(settings.redis)):
        assert "zebra" not in shown
    assert "****" in repr(settings)
    assert f"{settings.signing_secret}" == str(Secret("")) == repr(Secret("x")) == "****"
    assert settings.signing_secret.reveal() == "zebra3"
    assert settings.verification_token.reveal() == "zebra4"
    assert settings.metrics_token.reveal() == "zebra8"
    assert (bool(Secret("")), bool(Secret("x"))) == (False, True)
    assert f"{settings.redis}" == "rediss://localhost:6001/0"
    plain = read(REDIS_URL="redis://[::1]:6380/1", GOPHER_REDIS_INSECURE="1")
    assert f"{plain.redis}" == "redis://[::1]:6380/1"


BROKEN = {
    "PORT": "zebra-port",
    "ENV": "zebra-env",
    "REDIS_URL": "zebra://u:zebra-password@host",
    "GOPHER_SLACK_REQUEST_SECRET": "zebra-secret",
    "GOPHER_SLACK_BOT_ACCESS_TOKEN": "zebra-token",
    "GOPHER_SLACK_APP_ID": "zebra-app",
}


@pytest.mark.slow
def test_every_line_of_the_procfile_ends_with_one_clear_message(tmp_path: Path) -> None:
    dynos = {}
    for name, line in procfile.lines().items():
        with (tmp_path / name).open("wb") as output:
            dynos[name] = procfile.Dyno(line, BROKEN, output)
    for name, dyno in dynos.items():
        status = dyno.process.wait(60)
        printed = (tmp_path / name).read_text()
        assert status > 0, f"{name} ended with {status}: {printed}"
        assert "zebra" not in printed
        assert "Traceback" not in printed
        if name == "release":
            continue
        assert printed.count("cannot start") == 1
        for variable in ("PORT", "ENV", "REDIS_URL", "HEROKU_APP_NAME"):
            assert printed.count(f"- {variable} ") == 1, f"{name}: {printed}"
        known = ("gopherbot cannot start", "  - ")
        assert all(line.startswith(known) for line in printed.splitlines()), printed
        assert ("TEAM_ID is missing" in printed) == (name == "web")
        assert name == "worker" or "BOT_ACCESS_TOKEN is missing" not in printed
