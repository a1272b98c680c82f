"""The command line as a whole: its version, its help, its manners."""

import sys

import pytest
from commands import run

from gopherbot import cli
from gopherbot.cli import COMMANDS


def test_the_version_is_told() -> None:
    done = run("--version", fresh=True)
    assert done.returncode == 0
    assert done.stdout.startswith("gopherbot ")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_every_command_and_says_how_to_complete(option: str) -> None:
    done = run(option, fresh=True)
    assert done.returncode == 0
    for name, help in COMMANDS.items():
        assert name in done.stdout
        assert help.split()[0] in done.stdout
    assert "_GOPHERBOT_COMPLETE" in done.stdout


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run `gopherbot` in this process, and return its status."""
    monkeypatch.setattr(sys, "argv", ["gopherbot", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, name, "-h") == 0
    assert "Usage: gopherbot" in capsys.readouterr().out


def test_explain_wants_something_to_explain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "explain") == 2
    assert "give a TEXT" in capsys.readouterr().err


def test_a_disk_that_is_full_is_told_in_a_line() -> None:
    done = run("docs", "--page", "/dev/full", fresh=True)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
