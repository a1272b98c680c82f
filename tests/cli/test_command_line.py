"""The command line as a whole: its version, its help, its manners."""

import pytest
from commands import run

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


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    done = run(name, "-h")
    assert done.returncode == 0
    assert "Usage: gopherbot" in done.stdout


def test_explain_wants_something_to_explain() -> None:
    done = run("explain")
    assert done.returncode == 2
    assert "give a TEXT" in done.stderr


def test_a_disk_that_is_full_is_told_in_a_line() -> None:
    done = run("docs", "--page", "/dev/full", fresh=True)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
