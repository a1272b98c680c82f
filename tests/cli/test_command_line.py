"""The command line as a whole: its version, its help, its manners."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import click
import pytest
from commands import run

from gopherbot import cli
from gopherbot.commands import COMMANDS, docs
from gopherbot.dev import procfile
from gopherbot.errors import GopherbotError


def test_the_version_is_known_where_only_the_requirements_are_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = importlib.metadata.version("gopherbot")

    def unknown(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", unknown)
    assert ended(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"gopherbot {installed}\n"


def test_what_needs_a_checkout_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(docs, "PAGE", tmp_path / "docs" / "commands.md")
    assert ended(monkeypatch, "docs") == 2
    assert "This needs a checkout of the project" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    with pytest.raises(GopherbotError, match="This needs a checkout of the project"):
        procfile.lines(tmp_path / "Procfile")


def test_an_environment_from_before_a_pull_is_one_line() -> None:
    code = """
import sys
sys.modules["tomli"] = None
sys.argv = ["gopherbot", "lint"]
from gopherbot.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    line = "`lint` needs tomli, which isn't installed: run `make install`\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


def test_a_module_of_the_bot_that_is_missing_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gopherbot.commands.say", None)
    with pytest.raises(ModuleNotFoundError, match=r"gopherbot\.commands\.say"):
        cli.group.get_command(click.Context(cli.group), "say")


def test_a_live_picture_is_for_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "status", "--watch", "--json") == 2
    assert "--watch is for people and --json for programs" in capsys.readouterr().err


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run `gopherbot` in this process, and return its status."""
    monkeypatch.setattr(sys, "argv", ["gopherbot", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


@pytest.mark.slow
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_every_command_and_says_how_to_complete(option: str) -> None:
    done = run(option, fresh=True)
    assert done.returncode == 0
    assert "Usage: python -m gopherbot [" in done.stdout
    for name, help in COMMANDS.items():
        assert name in done.stdout
        assert help.split()[0] in done.stdout
    assert "_GOPHERBOT_COMPLETE" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, name, "-h") == 0
    assert "Usage: gopherbot" in capsys.readouterr().out


@pytest.mark.slow
def test_a_disk_that_is_full_is_told_in_a_line() -> None:
    done = run("docs", "--page", "/dev/full", fresh=True)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
