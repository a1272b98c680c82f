"""The locked packages: complete, hashed and there to be had, for every Python that is promised."""

import platform
import re
import subprocess
import sys
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
LOCKS = [
    "requirements.txt",
    "requirements/dev.txt",
    "requirements/test.txt",
    "requirements/full.txt",
]
# The first of a kind, Debian 12's, the last without and the first with asyncio's own timeout.
PYTHONS = ["3.11.0", "3.11.2", "3.11.3", "3.11.14", "3.12.0", "3.13.0", "3.14.0"]
UV = Path(sys.executable).with_name("uv")


def lock(name: str) -> str:
    return (ROOT / name).read_text()


def pins(name: str) -> list[Requirement]:
    """Return every line of a lock that names a package."""
    lines = re.findall(r"^([\w-]+==[^\\\n]+?)\s*\\?$", lock(name), re.MULTILINE)
    return [Requirement(line) for line in lines]


def environment(python: str) -> dict[str, str]:
    """Return what markers are compared with, on this machine under another Python."""
    version = {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    return {name: str(value) for name, value in default_environment().items()} | version


def holds(requirement: Requirement, given: dict[str, str]) -> bool:
    return not requirement.marker or requirement.marker.evaluate(given | {"extra": ""})


@pytest.mark.parametrize("name", LOCKS)
def test_each_package_is_pinned_and_hashed_and_no_index_is_named(name: str) -> None:
    assert "://" not in lock(name)
    entries = re.split(r"^(?=[\w-]+==)", lock(name), flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(name)) > 20
    for entry in entries:
        assert "--hash=sha256:" in entry


def test_a_larger_set_holds_the_smaller_ones_in_the_same_versions() -> None:
    for smaller, larger in pairwise(LOCKS):
        assert {(pin.name, str(pin.specifier)) for pin in pins(smaller)} <= {
            (pin.name, str(pin.specifier)) for pin in pins(larger)
        }


@pytest.mark.nightly
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_complete_for_a_python(name: str, python: str) -> None:
    given = environment(python)
    pinned = {pin.name: pin for pin in pins(name) if holds(pin, given)}
    for package in pinned:
        try:
            needs = metadata.requires(package) or ()
        except metadata.PackageNotFoundError:  # of another Python; it needs nothing itself
            assert package == "async-timeout"
            continue
        for need in map(Requirement, needs):
            if holds(need, given):
                assert _normal(need.name) in pinned, f"{package} needs {need} on {python}"
                [version] = pinned[_normal(need.name)].specifier
                assert need.specifier.contains(version.version, prereleases=True), need


# What each lock has to run; a Procfile's line fails at its start for want of a module.
@pytest.mark.nightly
@pytest.mark.parametrize(
    ("name", "modules"),
    [
        (
            "requirements.txt",
            """gopherbot.web.http.gunicorn_worker gopherbot.actors gopherbot.scheduler
            gopherbot.commands.why gopherbot.commands.explain gopherbot.commands.lint
            gopherbot.commands.check""",
        ),
        (
            "requirements/dev.txt",
            "gopherbot.commands.dev gopherbot.commands.say watchdog.observers",
        ),
    ],
)
def test_the_bot_runs_with_locked_packages_alone(name: str, modules: str, tmp_path: Path) -> None:
    _link_all(name, tmp_path)
    simulator = [] if name == "requirements.txt" else [str(ROOT / "slack-simulator")]
    path = ":".join([str(ROOT), str(tmp_path), *simulator])
    code = f"import {', '.join(modules.split())}"
    command = [sys.executable, "-S", "-c", code]
    subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": path}, check=True)


@pytest.mark.nightly
def test_a_dyno_does_without_the_simulator_and_says_so(tmp_path: Path) -> None:
    _link_all("requirements.txt", tmp_path)
    said = {}
    for arguments in (["lint"], ["say", "hello"]):
        command = [sys.executable, "-S", "-m", "gopherbot", *arguments]
        environment = {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        said[arguments[0]] = (done.returncode, done.stdout + done.stderr)
    code, text = said["lint"]
    assert (code, "Slack's emoji weren't checked" in text) == (0, True), text
    assert said["say"] == (
        2,
        "`say` needs slack_simulator, which isn't installed: run `make install`\n",
    )


def _link_all(name: str, folder: Path) -> None:
    for pin in pins(name):
        if holds(pin, environment(platform.python_version())):
            _link(metadata.distribution(pin.name), folder)


def _link(package: metadata.Distribution, folder: Path) -> None:
    """Make a package importable from a folder."""
    for file in package.files or ():
        if ".." not in file.parts:
            link = folder / file
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(str(package.locate_file(file)))


# On macOS `make` comes with a compiler, and gevent has wheels from Python 3.12 on.
@pytest.mark.nightly
@pytest.mark.parametrize(
    ("python", "platform"),
    [
        ("3.11.0", "x86_64-manylinux_2_28"),
        ("3.11.2", "aarch64-manylinux_2_28"),
        ("3.12.0", "x86_64-manylinux_2_28"),
        ("3.12.0", "aarch64-apple-darwin"),
        ("3.13.0", "x86_64-manylinux_2_28"),
        ("3.14.0", "x86_64-manylinux_2_28"),
        ("3.14.0", "aarch64-manylinux_2_28"),
        ("3.14.0", "aarch64-apple-darwin"),
    ],
)
def test_nothing_has_to_be_compiled(python: str, platform: str) -> None:
    _resolve("requirements/full.txt", python, platform)


def _resolve(name: str, python: str, platform: str) -> None:
    """Have uv install a lock on paper; skip where the index cannot be reached."""
    command = [str(UV), "pip", "install", "--dry-run", "--require-hashes", "--only-binary", ":all:"]
    command += ["--python-version", python, "--python-platform", platform]
    done = subprocess.run(
        [*command, "--target", "/nonexistent", "--requirement", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "error sending request" in done.stderr or "dns error" in done.stderr:
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
