"""What a platform reads: app.json, the Procfiles and the Dockerfile say what is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gopherbot.dev.procfile import ROOT, lines
from gopherbot.errors import SettingsError
from gopherbot.settings import Role, Settings

APP: dict[str, Any] = json.loads((ROOT / "app.json").read_text())
SETTINGS = (ROOT / "docs" / "settings.md").read_text()


def test_the_button_asks_for_all_that_is_required_and_has_no_value() -> None:
    missing: set[str] = set()
    for role in (Role.WEB, Role.WORKER, Role.SCHEDULER):
        with pytest.raises(SettingsError) as told:
            Settings.read(role, {})
        missing |= {problem.partition(" ")[0] for problem in told.value.problems}
    # The add-on brings it.
    missing.remove("REDIS_URL")
    asked = {
        name
        for name, variable in APP["env"].items()
        if variable.get("required", True) and not {"value", "generator"} & variable.keys()
    }
    assert asked == missing


def test_what_the_button_sets_are_settings_that_the_page_explains() -> None:
    for name, variable in APP["env"].items():
        assert f"`{name}`" in SETTINGS
        assert len(variable["description"]) > 10


def test_the_button_starts_every_line_and_the_release_is_checked() -> None:
    procfile = lines()
    assert set(APP["formation"]) == set(procfile) - {"release"}
    assert procfile["release"].endswith("check --release")


def test_deploy_button_has_only_known_keys() -> None:
    # https://devcenter.heroku.com/articles/app-json-schema
    assert set(APP) <= {
        *("name", "description", "keywords", "website", "repository", "logo", "success_url"),
        *("scripts", "env", "formation", "image", "addons", "buildpacks", "environments", "stack"),
    }
    for variable in APP["env"].values():
        assert set(variable) <= {"description", "value", "required", "generator"}


def test_the_container_runs_everything_with_the_locked_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert 'CMD ["python", "-m", "gopherbot", "all"]' in dockerfile
    assert "--require-hashes --requirement requirements.txt" in dockerfile
    version = (ROOT / ".python-version").read_text().strip()
    bases = re.findall(r"^FROM python:([\d.]+)", dockerfile, re.MULTILINE)
    assert bases == [".".join(version.split(".")[:2])]
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = {"gopherbot", "glossary", "requirements.txt", "Procfile"}
    assert not copied & set(ignored)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "healthy"),
    [
        (["python", "-m", "gopherbot", "all"], False),
        (["python", "/usr/local/bin/gunicorn", "--config", "python:gopherbot.web.server"], False),
        (["python", "-m", "gopherbot.actors"], True),
        (["python", "-m", "gopherbot.scheduler"], True),
        (["/sbin/docker-init", "--", "python", "-m", "gopherbot", "all"], False),
    ],
)
def test_only_a_gateway_has_its_health(command: list[str], healthy: bool, tmp_path: Path) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    [check] = re.findall(r"^HEALTHCHECK .*\\\n    CMD (.*)$", dockerfile, re.MULTILINE)
    first = tmp_path / "cmdline"
    first.write_text("".join(f"{word}\0" for word in command))
    code = json.loads(check)[2].replace("/proc/1/cmdline", str(first))
    # Nothing listens on this port.
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PORT": "1"}, stderr=subprocess.DEVNULL, check=False
    )
    assert (done.returncode == 0) is healthy
