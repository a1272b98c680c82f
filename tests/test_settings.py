"""The environment: what is read, what is refused, and that no value of it is ever shown."""

from __future__ import annotations

import logging
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from support import untrusted_server

from gopherbot.dev import procfile
from gopherbot.dev.redis_server import RedisServer
from gopherbot.errors import SettingsError
from gopherbot.settings import (
    Identity,
    RedisSettings,
    Role,
    Secret,
    Services,
    Settings,
    web_concurrency,
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
}


def read(**more: str) -> Settings:
    return Settings.read(Role.WEB, RIGHT | more)


def redis_of(**more: str) -> RedisSettings:
    return read(**more).redis


def problems(role: Role, environ: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.read(role, dict(environ))
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def named(found: tuple[str, ...]) -> set[str]:
    return {problem.split()[0] for problem in found}


# What is required.


@pytest.mark.parametrize(("role", "required"), REQUIRED.items())
def test_every_missing_variable_is_named_at_once_and_only_what_the_role_needs(
    role: Role, required: set[str]
) -> None:
    found = problems(role, {})
    assert named(found) == required
    assert len(found) == len(required)


@pytest.mark.parametrize(("role", "required"), REQUIRED.items())
def test_a_blank_variable_is_a_missing_one(role: Role, required: set[str]) -> None:
    assert named(problems(role, dict.fromkeys(RIGHT, " \t\n"))) == required


@pytest.mark.parametrize(("role", "required"), REQUIRED.items())
def test_the_required_variables_are_enough(role: Role, required: set[str]) -> None:
    settings = Settings.read(role, {name: RIGHT[name] for name in required})
    assert settings.env == "development"
    assert settings.port == 8000
    assert settings.log_level == logging.INFO
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.services == Services(
        playground="https://go.dev",
        gerrit="https://go-review.googlesource.com",
        changelog="https://changelog.com",
        mastodon="https://changelog.social",
    )


def test_blank_optional_variables_have_their_defaults() -> None:
    blank = ("PORT", "ENV", "GOPHER_LOG_LEVEL", "GOPHER_SLACK_API_URL", "GOPHER_GERRIT_URL")
    assert read(**dict.fromkeys(blank, "  ")).port == 8000


def test_all_that_is_wrong_is_told_in_one_error_without_any_value() -> None:
    wrong = {
        "PORT": "zebra",
        "ENV": "zebra",
        "REDIS_URL": "zebra://u:zebra@zebra",
        "GOPHER_LOG_LEVEL": "zebra",
        "GOPHER_SLACK_APP_ID": "zebra",
        "GOPHER_SLACK_TEAM_ID": "zebra",
        "GOPHER_SLACK_BOT_ACCESS_TOKEN": "zebra",
        "GOPHER_SLACK_API_URL": "zebra",
        "GOPHER_PLAYGROUND_URL": "zebra",
        "GOPHER_GERRIT_URL": "zebra",
        "GOPHER_CHANGELOG_URL": "zebra",
        "GOPHER_MASTODON_URL": "zebra",
        "HEROKU_APP_NAME": "ze bra",
    }
    found = problems(Role.WEB, wrong)
    assert named(found) == {*wrong, "GOPHER_SLACK_REQUEST_SECRET"}
    assert "zebra" not in " ".join(found)
    assert "ze bra" not in " ".join(found)


def test_the_readme_lists_what_is_read() -> None:
    read = {"GOPHER_HOST"}  # Only gunicorn's settings use it.

    class Recording(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            read.add(name)
            return super().get(name, default)

    Settings.read(Role.WEB, Recording(RIGHT))
    readme = (Path(__file__).parent.parent / "README.md").read_text()
    table = readme.partition("## Settings")[2].partition("\n## ")[0]
    rows = "".join(line for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([A-Z_]{3,})`", rows)) == read


# Each variable.


@pytest.mark.parametrize("port", ["1", "80", "8065", "65535"])
def test_a_port_is_a_tcp_port(port: str) -> None:
    assert read(PORT=port).port == int(port)


@pytest.mark.parametrize(
    "port",
    ["0", "65536", "-1", "+80", "80.0", "8e1", "0x50", "http", "99999999999", "٨٠", "8 0", "²"],
)
def test_anything_else_is_no_port(port: str) -> None:
    assert named(problems(Role.WEB, RIGHT | {"PORT": port})) == {"PORT"}


def test_a_port_with_zeros_in_front_is_still_within_bounds() -> None:
    assert named(problems(Role.WEB, RIGHT | {"PORT": "0000065536"})) == {"PORT"}


@pytest.mark.parametrize(
    ("env", "shadow"),
    [
        ("production", False),
        ("Production", False),
        ("staging", True),
        ("testing", True),
        ("development", True),
    ],
)
def test_anything_but_production_is_shadow_mode(env: str, shadow: bool) -> None:
    assert read(ENV=env).shadow is shadow


def test_without_an_environment_it_is_shadow_mode() -> None:
    assert read().shadow


@pytest.mark.parametrize("env", ["prod", "live", "production,", "dev"])
def test_an_unknown_environment_is_refused(env: str) -> None:
    assert named(problems(Role.WEB, RIGHT | {"ENV": env})) == {"ENV"}


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("trace", logging.DEBUG),
        ("debug", logging.DEBUG),
        ("info", logging.INFO),
        ("warn", logging.WARNING),
        ("error", logging.ERROR),
        ("fatal", logging.CRITICAL),
        ("panic", logging.CRITICAL),
        ("WARNING", logging.WARNING),
        ("CRITICAL", logging.CRITICAL),
        ("Debug", logging.DEBUG),
        ("NOTSET", logging.NOTSET),
    ],
)
def test_log_levels_go_by_zerologs_names_and_pythons(name: str, level: int) -> None:
    assert read(GOPHER_LOG_LEVEL=name).log_level == level


def test_a_log_level_that_is_disabled_is_above_all_others() -> None:
    assert read(GOPHER_LOG_LEVEL="disabled").log_level > logging.CRITICAL


@pytest.mark.parametrize("level", ["10", "verbose", "information", "nolevel"])
def test_an_unknown_log_level_is_refused(level: str) -> None:
    assert named(problems(Role.WEB, RIGHT | {"GOPHER_LOG_LEVEL": level})) == {"GOPHER_LOG_LEVEL"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOPHER_SLACK_APP_ID", "T0GOPHERS"),
        ("GOPHER_SLACK_APP_ID", "a0gopherbot"),
        ("GOPHER_SLACK_APP_ID", "A0 GOPHER"),
        ("GOPHER_SLACK_TEAM_ID", "A0GOPHERBOT"),
        ("GOPHER_SLACK_TEAM_ID", "gophers.slack.com"),
        ("GOPHER_SLACK_BOT_ACCESS_TOKEN", "xoxp-1-2-abc"),
        ("GOPHER_SLACK_BOT_ACCESS_TOKEN", "Bearer xoxb-1"),
        ("GOPHER_SLACK_API_URL", "https://slack.com/api"),
        ("GOPHER_SLACK_API_URL", "slack.com/api/"),
        ("GOPHER_SLACK_API_URL", "ftp://slack.com/api/"),
        ("GOPHER_SLACK_API_URL", "https:///api/"),
        ("GOPHER_SLACK_API_URL", "http://[::1/api/"),
        ("GOPHER_SLACK_API_URL", "http://localhost:port/api/"),
        ("GOPHER_GERRIT_URL", "https://go-review.googlesource.com/"),
        ("GOPHER_PLAYGROUND_URL", "go.dev"),
        ("GOPHER_CHANGELOG_URL", "https://?zebra"),
        ("GOPHER_MASTODON_URL", "https://changelog.social:99999"),
        ("HEROKU_APP_NAME", "gopher bot"),
        ("HEROKU_APP_NAME", "gopherböt"),
        ("HEROKU_APP_NAME", "gopher\x00bot"),
        ("GOPHER_CONTENT", "/nowhere/at/all"),
        ("GOPHER_CONTENT", str(Path(procfile.__file__).parent)),
        ("WEB_CONCURRENCY", "many"),
        ("WEB_CONCURRENCY", "-1"),
        ("WEB_CONCURRENCY", "00"),
    ],
)
def test_a_malformed_variable_is_named_and_not_shown(name: str, value: str) -> None:
    found = problems(Role.WEB, RIGHT | {name: value})
    assert named(found) == {name}
    assert value not in str(found)


def test_addresses_of_services_are_taken_as_they_are() -> None:
    settings = read(
        GOPHER_SLACK_API_URL="http://127.0.0.1:8065/api/",
        GOPHER_PLAYGROUND_URL="http://127.0.0.1:8065/playground",
        GOPHER_GERRIT_URL="http://127.0.0.1:8065/gerrit",
        GOPHER_CHANGELOG_URL="http://[::1]:8065/changelog",
        GOPHER_MASTODON_URL="http://localhost",
    )
    assert settings.slack_api_url == "http://127.0.0.1:8065/api/"
    assert settings.services == Services(
        playground="http://127.0.0.1:8065/playground",
        gerrit="http://127.0.0.1:8065/gerrit",
        changelog="http://[::1]:8065/changelog",
        mastodon="http://localhost",
    )


def test_another_community_may_keep_its_content_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").touch()
    assert read(GOPHER_CONTENT=str(tmp_path)).content == tmp_path


@pytest.mark.parametrize(
    ("more", "dyno"),
    [
        ({"HEROKU_DYNO_ID": "the-id", "DYNO": "web.1"}, "the-id"),
        ({"DYNO": "web.1"}, "web.1"),
        ({}, f"{socket.gethostname()}.{os.getpid()}"),
    ],
    ids=["dyno id", "dyno", "host and pid"],
)
def test_a_process_is_named_by_its_dyno_or_its_host_and_pid(
    more: dict[str, str], dyno: str
) -> None:
    assert read(**more).identity.dyno == dyno


@pytest.mark.parametrize(
    ("more", "commit"),
    [
        ({"HEROKU_BUILD_COMMIT": "new", "HEROKU_SLUG_COMMIT": "old"}, "new"),
        ({"HEROKU_SLUG_COMMIT": "old"}, "old"),
        ({}, ""),
    ],
)
def test_the_build_commit_succeeds_the_slug_commit(more: dict[str, str], commit: str) -> None:
    identity = read(HEROKU_APP_ID="the-app", **more).identity
    assert (identity.app, identity.app_id, identity.commit) == ("gopherbot", "the-app", commit)
    assert isinstance(identity, Identity)


# Redis.


def test_a_plain_address_means_tls_on_the_port_after_it() -> None:
    found = redis_of(REDIS_URL="redis://h:secret@ec2.example.com:6000")
    assert (found.host, found.port, found.tls, found.verify) == (
        "ec2.example.com",
        6001,
        True,
        True,
    )
    assert found.password.reveal() == "secret"


def test_an_address_of_tls_means_what_it_says() -> None:
    found = redis_of(REDIS_URL="rediss://:secret@ec2.example.com:6000")
    assert (found.port, found.tls) == (6000, True)


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_insecure_is_plain_tcp_on_the_given_port(scheme: str) -> None:
    found = redis_of(REDIS_URL=f"{scheme}://localhost:6000", GOPHER_REDIS_INSECURE="1")
    assert (found.port, found.tls) == (6000, False)
    # It is a contradiction, which is worth a warning.
    assert found.tls_overruled is (scheme == "rediss")


@pytest.mark.parametrize("value", ["", " ", "0", "true", "yes", "11"])
def test_only_a_one_is_insecure_or_skips_verifying(value: str) -> None:
    found = redis_of(GOPHER_REDIS_INSECURE=value, GOPHER_REDIS_SKIPVERIFY=value)
    assert (found.tls, found.verify) == (True, True)


def test_verifying_the_certificate_can_be_skipped() -> None:
    assert redis_of(GOPHER_REDIS_SKIPVERIFY="1").verify is False


def test_the_tls_address_wins_over_the_other() -> None:
    environ = RIGHT | {"REDIS_TLS_URL": "rediss://localhost:7000"}
    assert Settings.read(Role.WEB, environ).redis.port == 7000
    environ = RIGHT | {"REDIS_URL": "no address at all", "REDIS_TLS_URL": "rediss://localhost:7000"}
    assert Settings.read(Role.WEB, environ).redis.port == 7000
    environ = {**RIGHT, "REDIS_TLS_URL": "rediss://localhost:7000"}
    del environ["REDIS_URL"]
    assert Settings.read(Role.WEB, environ).redis.port == 7000


def test_a_blank_tls_address_wins_over_nothing() -> None:
    assert redis_of(REDIS_TLS_URL=" ").port == 6001


def test_the_problem_is_told_of_the_address_that_counts() -> None:
    found = problems(Role.WEB, RIGHT | {"REDIS_TLS_URL": "http://zebra"})
    assert named(found) == {"REDIS_TLS_URL"}


@pytest.mark.parametrize(
    ("path", "database"), [("", 0), ("/", 0), ("/0", 0), ("/7", 7), ("/15", 15)]
)
def test_a_database_number_is_honoured(path: str, database: int) -> None:
    assert redis_of(REDIS_URL=f"redis://localhost:6000{path}").database == database


def test_user_and_password_are_percent_decoded() -> None:
    found = redis_of(REDIS_URL="redis://us%3Aer:p%40ss%2Fw%25rd%20%C3%9F@localhost:6000")
    assert found.username == "us:er"
    assert found.password.reveal() == "p@ss/w%rd ß"


def test_a_password_needs_no_user() -> None:
    found = redis_of(REDIS_URL="redis://:secret@localhost:6000")
    assert found.username is None
    assert found.password.reveal() == "secret"


def test_a_host_may_be_a_number_and_a_port_left_out() -> None:
    found = redis_of(REDIS_URL="rediss://[::1]")
    assert (found.host, found.port) == ("::1", 6379)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "localhost",
        "http://zebra:6379",
        "redis://",
        "redis://:6379",
        "redis://zebra:port",
        "redis://zebra:99999",
        "redis://zebra:0",
        "redis://zebra:-1",
        "redis://zebra:65535",
        "redis://zebra:6379/zebra",
        "redis://zebra:6379/-1",
        "redis://zebra:6379/0/1",
        "redis://[::1:6379",
        "unix:///zebra.sock",
    ],
)
def test_a_malformed_address_is_refused_and_not_shown(url: str) -> None:
    found = problems(Role.WEB, RIGHT | {"REDIS_URL": url})
    assert named(found) == {"REDIS_URL"}
    assert "zebra" not in str(found)


class TlsFront:
    """Speaks TLS, under a certificate that nobody trusts, in front of a plain Redis."""

    def __init__(self, port: int, folder: Path) -> None:
        self._target = port
        self._tls = untrusted_server(folder)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with (
            suppress(OSError),
            self._tls.wrap_socket(near, server_side=True) as line,
            socket.create_connection(("127.0.0.1", self._target)) as far,
        ):
            while data := line.recv(65536):
                far.sendall(data)
                line.sendall(far.recv(65536))

    def close(self) -> None:
        self._socket.close()


def test_tls_is_spoken_and_verified_unless_told_otherwise(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    front = TlsFront(redis_server.port, tmp_path)
    for url in (f"rediss://127.0.0.1:{front.port}", f"redis://127.0.0.1:{front.port - 1}"):
        trusting = redis_of(REDIS_URL=url, GOPHER_REDIS_SKIPVERIFY="1")
        with connect(trusting, connections=1) as client:
            assert client.ping()
        with (
            connect(redis_of(REDIS_URL=url), connections=1) as client,
            pytest.raises(redis.ConnectionError, match="certificate"),
        ):
            client.ping()
    front.close()


def test_a_password_and_a_database_are_used() -> None:
    with RedisServer() as server:
        with server.client() as client:
            client.config_set("requirepass", "p@ss/word")
        url = f"redis://default:p%40ss%2Fword@127.0.0.1:{server.port}/3"
        with connect(redis_of(REDIS_URL=url, GOPHER_REDIS_INSECURE="1"), connections=1) as client:
            client.set("a", "b")
            assert client.info("keyspace")["db3"]["keys"] == 1
        wrong = redis_of(REDIS_URL=url.replace("word@", "words@"), GOPHER_REDIS_INSECURE="1")
        with (
            connect(wrong, connections=1) as client,
            pytest.raises(redis.AuthenticationError) as caught,
        ):
            client.ping()
        assert "p@ss" not in str(caught.value)


@pytest.mark.parametrize(("given", "processes"), [("", 2), ("1", 1), ("4", 4), ("1000", 32)])
def test_the_platform_says_how_many_gateway_processes_there_are(
    monkeypatch: pytest.MonkeyPatch, given: str, processes: int
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", given)
    assert web_concurrency() == processes


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "0.0.0.0:8000"),
        ("::", "[::]:8000"),
        ("::1", "[::1]:8000"),
        ("[::1]", "[::1]:8000"),
        ("localhost", "localhost:8000"),
    ],
)
def test_the_gateway_listens_where_it_is_told(host: str, address: str) -> None:
    given = procfile.base_environment() | {"GOPHER_HOST": host}
    done = subprocess.run(
        [sys.executable, "-c", "from gopherbot.web import server; print(server.bind)"],
        env=given,
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == f"{address}\n"


def test_an_address_of_ipv6_is_shown_in_brackets() -> None:
    where = redis_of(REDIS_URL="redis://[::1]:6380/1", GOPHER_REDIS_INSECURE="1")
    assert str(where) == "redis://[::1]:6380/1"


# Secrets.


def test_secrets_leave_the_environment_whoever_reads_it() -> None:
    for role in Role:
        environ = RIGHT | SECRETS
        Settings.read(role, environ)
        assert "zebra" not in str(environ)
        assert environ["HEROKU_APP_NAME"] == "gopherbot"


def test_secrets_leave_the_environment_even_if_it_is_not_fit() -> None:
    environ = dict(SECRETS)
    with pytest.raises(SettingsError):
        Settings.read(Role.WEB, environ)
    assert environ == {}


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
    assert not Secret("")
    assert Secret("x")


# The processes.

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
    for name in ("web", "worker", "scheduler"):
        printed = (tmp_path / name).read_text()
        assert printed.count("cannot start") == 1
        for variable in ("PORT", "ENV", "REDIS_URL", "HEROKU_APP_NAME"):
            assert printed.count(f"- {variable} ") == 1, f"{name}: {printed}"
        # Dramatiq's main process adds a line of its own.
        known = ("gopherbot cannot start", "  - ", "Worker with PID")
        assert all(line.startswith(known) for line in printed.splitlines()), printed
        needs_token = name == "worker"
        assert ("TEAM_ID is missing" in printed) == (name == "web")
        assert needs_token or "BOT_ACCESS_TOKEN is missing" not in printed
