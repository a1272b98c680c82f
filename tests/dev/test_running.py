"""The tools find the bot of `gopherbot dev`, and nothing that was left behind."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path

import pytest

from gopherbot.commands.environment import environ
from gopherbot.dev import running
from gopherbot.errors import GopherbotError

FOUND = {
    "REDIS_URL": "redis://127.0.0.1:1",
    "HEROKU_APP_NAME": "gopherbot-dev",
    "SLACK_SIMULATOR_URL": "http://127.0.0.1:8066",
}


@pytest.fixture(autouse=True)
def nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for temporary files of its own, and no bot in the environment."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("SLACK_SIMULATOR_URL", raising=False)
    for name in ("REDIS_URL", "REDIS_TLS_URL", "HEROKU_APP_NAME", "DYNO"):
        monkeypatch.delenv(name, raising=False)


def test_running_bot_is_found_by_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running.found_by_tools(8065, FOUND):
        assert {**environ(), **FOUND} == environ()
        [file] = tmp_path.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not FOUND.keys() & environ().keys()
    assert "start one in another terminal with `make dev`" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_bot_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "rediss://production")
    with running.found_by_tools(8065, FOUND):
        assert environ()["REDIS_URL"] == "rediss://production"
        assert "HEROKU_APP_NAME" not in environ()


def test_of_several_the_one_with_the_page_s_port_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "http://127.0.0.1:8067"
    other = FOUND | {"REDIS_URL": "redis://other", "SLACK_SIMULATOR_URL": page}
    with running.found_by_tools(8066, FOUND):
        assert running.environment() == FOUND, "the only one"
        with running.found_by_tools(8067, other):
            with pytest.raises(GopherbotError, match=f"^2 bots .* by SLACK.*8066 or {page}$"):
                environ()
            monkeypatch.setenv("SLACK_SIMULATOR_URL", page)
            assert running.environment() == other
            monkeypatch.delenv("SLACK_SIMULATOR_URL")
        with running.found_by_tools(8065, other):
            assert running.environment() == other, "the usual port comes first"


def test_only_a_file_of_the_same_user_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running.found_by_tools(8065, FOUND):
        [file] = tmp_path.iterdir()
        file.symlink_to(file.rename(tmp_path / "elsewhere"))
        assert running.environment() == {}, "a link"
        file.unlink()
        os.mkfifo(file)
        assert running.environment() == {}, "a pipe, for which it would wait"
    another = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: another)
    with running.found_by_tools(8065, FOUND):
        assert running.environment() == {}, "another user's"


def test_what_is_in_the_way_stays_alone(tmp_path: Path) -> None:
    with running.found_by_tools(8065, FOUND):
        [file] = tmp_path.iterdir()
    file.mkdir()
    with running.found_by_tools(8065, FOUND):
        assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("left", ['{"pid": 4194305, "environment": {"REDIS_URL": "x"}}', "", "{"])
def test_what_a_killed_one_left_behind_is_no_bot(tmp_path: Path, left: str) -> None:
    with running.found_by_tools(8065, FOUND):
        [file] = tmp_path.iterdir()
        assert json.loads(file.read_text())["environment"] == FOUND
        file.write_text(left)
        assert running.environment() == {}
