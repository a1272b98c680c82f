"""What the simulator's README shows, done by somebody who knows nothing of this repository."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import slack_simulator
from gopherbot.dev.redis_server import free_port

pytestmark = pytest.mark.slow

README = Path(slack_simulator.__file__).parent / "README.md"
OWN_SETUP = """

def test_the_workspace_is_ones_own(slack_simulator):
    assert slack_simulator.identity.team_name == "Bakers"
    assert slack_simulator.workspace.conversation("ovens").kind == "channel"
"""


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def run_pytest(folder: Path) -> str:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"PORT": str(free_port()), "PYTHONPATH": str(README.parent.parent)}
    # The plugin is named here, so that it need not be installed.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "slack_simulator.pytest_plugin"]
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of its own, with no configuration of pytest's around it."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_an_app_is_tested_as_the_readme_shows(folder: Path) -> None:
    app, tests, _ = blocks()
    (folder / "app.py").write_text(app)
    (folder / "test_app.py").write_text(tests)

    assert "3 passed" in run_pytest(folder)


def test_the_workspace_is_made_as_the_readme_shows(folder: Path) -> None:
    (folder / "test_own.py").write_text("import pytest\n" + blocks()[2] + OWN_SETUP)

    assert "1 passed" in run_pytest(folder)
