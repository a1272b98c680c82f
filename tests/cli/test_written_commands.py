"""What README.md and CONTRIBUTING.md tell people to type, typed as it stands there."""

from __future__ import annotations

import re
import shlex

import pytest
from commands import run

from gopherbot.dev.procfile import ROOT

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def commands(text: str, name: str) -> list[str]:
    """Return the lines of the text's blocks of sh that begin so, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(name)]


@pytest.mark.parametrize(
    "line",
    [
        *commands(README, "gopherbot explain"),
        *commands(CONTRIBUTING, "gopherbot explain"),
        *commands(CONTRIBUTING, "gopherbot lint"),
        *re.findall(r"`(gopherbot explain [^`]+)`", CONTRIBUTING),
    ],
)
def test_what_a_page_says_works(line: str) -> None:
    _, command, *arguments = shlex.split(line)
    # `explain` has its tests of a fresh one.
    done = run(command, *arguments, fresh=command != "explain")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout
