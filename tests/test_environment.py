"""`tools/environment`, which the Makefile calls first: what it says where it cannot go on."""

import os
import platform
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gopherbot.dev.running import PAGE_PORT
from slack_simulator import Simulator

pytestmark = pytest.mark.nightly

ROOT = Path(__file__).parent.parent
# `make test` tells the makes below it that they are not the first, and they write so in each line.
_WITHOUT_MAKE = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def make_environment(venv: Path, python: str, *dev: str, **more: str) -> tuple[int, str, str]:
    """Ask for the environment of `make dev`, with no index; return the status and what it says."""
    done = subprocess.run(
        ["make", "--silent", *(dev or ["dev-environment"]), f"PYTHON={python}", f"VENV={venv}"],
        cwd=ROOT,
        env={**_WITHOUT_MAKE, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", **more},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    return done.returncode, done.stdout, "\n".join(said)


@pytest.mark.parametrize(
    ("python", "dev", "words"),
    [
        ("echo Python 3.10.13", "", "Python 3.11 or newer is needed…3.10.13…make PYTHON=python3."),
        ("echo Python 3.9.6", "", "Python 3.11 or newer is needed…3.9.6…make PYTHON=python3."),
        ("echo Python 2.7.18", "", "Python 3.11 or newer is needed…2.7.18…make PYTHON=python3."),
        ("python3.99", "", "`python3.99` does not run"),
        (sys.executable, "80000", "gopherbot: there is no port 80000: choose one up to 65535"),
    ],
)
def test_what_cannot_be_is_told_in_one_line_before_anything_is_made(
    tmp_path: Path, python: str, dev: str, words: str
) -> None:
    if python.startswith("echo"):
        (tmp_path / "python3").write_text(f"#!/bin/sh\n{python}\n")
        (tmp_path / "python3").chmod(0o755)
        python = str(tmp_path / "python3")
    goal = ("dev", f"ARGS=--port {dev}") if dev else ()
    status, out, said = make_environment(tmp_path / "venv", python, *goal)
    assert (status, out) == (2, "")
    assert re.search(re.escape(words).replace("…", ".*"), said)
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "venv").exists()


def test_a_port_that_is_taken_is_told_before_anything_is_installed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, Simulator() as slack:
        port = taken.getsockname()[1]
        for url, words in (
            (f"http://127.0.0.1:{port}", f"port {port} is taken by another program"),
            (slack.url, f"a bot runs here already, at {slack.url}/"),
        ):
            ours = f"ARGS=--port {url.rpartition(':')[2]}"
            status, out, said = make_environment(tmp_path / "venv", sys.executable, "dev", ours)
            assert (status, out) == (2, "")
            [line] = said.splitlines()
            assert words in line
            assert "another program" not in words or f"ARGS='--port {port + 1}'" in line
            assert not (tmp_path / "venv").exists()


def test_a_machine_without_network_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{nobody.getsockname()[1]}/simple"
        away = {"PIP_NO_INDEX": "", "PIP_INDEX_URL": index, "PIP_RETRIES": "1"}
        status, _, said = make_environment(tmp_path / "venv", sys.executable, **away)
    assert status != 0
    [line] = said.splitlines()
    assert "is there a network?" in line
    assert "goes on where it stopped" in line


def test_the_port_that_is_looked_at_is_the_page_s() -> None:
    assert f"port={PAGE_PORT}\n" in (ROOT / "tools" / "environment").read_text()


def test_nothing_but_an_environment_is_removed(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    venv.mkdir()
    (venv / "diary.txt").write_text("dear")
    status, _, said = make_environment(venv, sys.executable)
    assert status != 0
    assert "is no Python environment" in said
    assert (venv / "diary.txt").exists()


def test_an_environment_whose_python_has_another_name_now_stays(tmp_path: Path) -> None:
    venv, other = tmp_path / "venv", tmp_path / "python3"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    other.symlink_to(Path(sys.executable).resolve())
    (venv / ".installed").write_text(f"{other} {platform.python_version()}\n")
    _, out, _ = make_environment(venv, sys.executable)
    assert "another Python" not in out
    assert (venv / "bin").exists()


def test_the_environment_of_another_python_is_made_again_and_trouble_is_told(
    tmp_path: Path,
) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text("version = 3.10.13\n")
    (venv / "old").touch()
    status, out, said = make_environment(venv, sys.executable)
    assert status != 0
    assert "was made with another Python" in out
    assert f"Making {venv} with Python {platform.python_version()}" in out
    assert not (venv / "old").exists()
    assert said.splitlines()[-1].startswith("gopherbot: the packages of requirements/dev.txt could")
    assert "No matching distribution" in said


def test_an_environment_holds_the_command() -> None:
    """Whoever runs this has followed `make install`, or what includes it."""
    activated = subprocess.run(
        ["sh", "-c", ". bin/activate && command -v gopherbot && gopherbot --version"],
        cwd=sys.prefix,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    path, version = activated.splitlines()
    assert Path(path).parent == Path(sys.prefix) / "bin"
    assert version.startswith("gopherbot ")


def test_a_bare_make_lists_the_commands() -> None:
    listed = subprocess.run(
        ["make"], cwd=ROOT, env=_WITHOUT_MAKE, capture_output=True, text=True, check=True
    ).stdout
    for command in ("dev", "test", "quick", "check", "install", "clean"):
        assert f"  {command} " in listed
