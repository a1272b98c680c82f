"""What makes a repository pleasant: forms, workflows, a release, and what is told of them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


def test_ci_runs_what_the_readme_names() -> None:
    steps = read(GITHUB / "workflows" / "checks.yml")["jobs"]["debian"]["steps"]
    assert steps[-1]["run"] == ".ci/run"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    run = (ROOT / ".ci" / "run").read_text()
    assert "make check" in run
    assert re.search(r"^check:.* test ", MAKEFILE, re.MULTILINE)


def test_ci_tries_each_python_that_is_promised() -> None:
    matrix = read(GITHUB / "workflows" / "checks.yml")["jobs"]["quick"]["strategy"]["matrix"]
    assert set(matrix["python"]) == {"3.11", "3.12", "3.13", "3.14"}


@pytest.mark.parametrize("file", sorted((GITHUB / "workflows").glob("*.yml")), ids=lambda f: f.name)
def test_a_workflow_may_do_no_more_than_it_must(file: Path) -> None:
    workflow = read(file)
    writes_comments = file.stem == "diff-comment"
    needed = {"actions", "pull-requests"} if writes_comments else {"contents"}
    assert set(workflow["permissions"]) == needed
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


def test_the_list_of_commands_is_made_where_it_is_out_of_date(tmp_path: Path) -> None:
    """The workflow's own lines, in a clone whose list is old, with a remote that it can push to."""
    *_, make, push = read(GITHUB / "workflows" / "commands.yml")["jobs"]["commands"]["steps"]
    assert make["run"] == ".venv/bin/gopherbot docs"
    remote, clone = tmp_path / "remote", tmp_path / "clone"
    run(tmp_path, "git", "init", "--quiet", "--bare", "--initial-branch", "main", str(remote))
    run(tmp_path, "git", "clone", "--quiet", str(remote), str(clone))
    page = clone / "docs" / "commands.md"
    page.parent.mkdir()
    page.write_text("old")
    commit(clone)
    run(clone, "git", "push", "--quiet", "origin", "HEAD")
    for text in ("new", "new"):
        page.write_text(text)
        run(clone, "bash", "-e", "-c", push["run"])
    log = run(clone, "git", "log", "--format=%s", "origin/main").stdout.splitlines()
    assert log == ["Bring the list of commands up to date", "So far"]


@pytest.mark.parametrize("name", ["term", "answer", "bug", "simulator"])
def test_a_form_asks_for_something_and_says_what_it_is(name: str) -> None:
    form = read(GITHUB / "ISSUE_TEMPLATE" / f"{name}.yml")
    assert form["name"]
    assert form["description"]
    assert any(part.get("validations", {}).get("required") for part in form["body"])


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", *sorted(
    f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))])  # fmt: skip
def test_each_make_command_that_a_page_names_exists(page: str) -> None:
    named = re.findall(r"(?:`|^\s*)make ([a-z]+)\b", (ROOT / page).read_text(), re.MULTILINE)
    assert set(named) <= TARGETS


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in plain}


def test_each_link_between_pages_leads_somewhere() -> None:
    pages = [
        page
        for page in ROOT.rglob("*.md")
        if not {".venv", "build", "node_modules"} & set(page.parts)
    ]
    assert len(pages) > 20
    for page in pages:
        prose = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
        for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", prose):
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), f"{page}: {link}"
            if anchor and target.suffix == ".md":
                assert anchor in _anchors(target), f"{page}: {link}"


def test_a_renamed_module_is_where_the_changelog_says() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    table = changelog.partition("Contributors: the modules")[2].partition("Contributors:")[0]
    modules = [
        name.replace(".", "/")
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+\.[\w.]+)`", row.split("|")[2])
    ]
    assert len(modules) > 40
    for module in modules:
        places = (ROOT / module, ROOT / "gopherbot" / module)
        assert any(place.is_dir() or place.with_suffix(".py").exists() for place in places), module


def test_the_hooks_are_as_pre_commit_wants_them() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-config"]
    subprocess.run(command, cwd=ROOT, check=True)


def test_settings_files_are_neither_committed_nor_copied_into_an_image() -> None:
    # Docker's patterns are anchored.
    for name, anywhere in ((".gitignore", ""), (".dockerignore", "**/")):
        excluded = (ROOT / name).read_text().splitlines()
        assert {f"{anywhere}*.env", f"{anywhere}.env*"} <= set(excluded)


# A release.


RECORDING = """
import pathlib, sys
pathlib.Path(f"tests/samples/{sys.argv[1]}.json").write_text("{}")
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("CHANGELOG.md", "setup.cfg", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path / name)
    # In place of what takes a running bot half a minute.
    recording = tmp_path / "tests" / "samples" / "recording.py"
    recording.parent.mkdir(parents=True)
    recording.write_text(RECORDING)
    run(tmp_path, "git", "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path)
    return tmp_path


def run(folder: Path, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    author = {f"GIT_{who}_{what}": "tests@localhost" for who in ("AUTHOR", "COMMITTER")
              for what in ("NAME", "EMAIL")}  # fmt: skip
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **author, "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
        check=check,
    )


def commit(folder: Path) -> None:
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", "So far")


def release(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = str(ROOT / "tools" / "release.py")
    return run(folder, sys.executable, script, *arguments, check=False)


def test_a_release_has_its_version_its_changes_and_its_tag(clone: Path) -> None:
    changes = (clone / "CHANGELOG.md").read_text()
    assert release(clone, "make", "7.8.9").returncode == 0
    assert run(clone, "git", "describe", "--exact-match").stdout.strip() == "v7.8.9"
    assert run(clone, "git", "status", "--porcelain").stdout == ""
    assert "version = 7.8.9\n" in (clone / "setup.cfg").read_text()
    assert (clone / "tests" / "samples" / "v7.8.9.json").exists()
    notes = release(clone, "notes", "7.8.9").stdout
    assert len(notes) > 100
    assert notes.strip() in changes
    assert release(clone, "notes", "Unreleased").returncode != 0


@pytest.mark.parametrize(
    ("version", "said"),
    [("", "make release VERSION=0.2.0"), ("v1", "three numbers"), ("0.0.1", "is older than")],
)
def test_an_impossible_version_changes_nothing(clone: Path, version: str, said: str) -> None:
    done = release(clone, "make", version)
    assert done.returncode != 0
    assert said in done.stderr
    assert run(clone, "git", "status", "--porcelain").stdout == ""


def test_nothing_is_released_beside_changes_that_are_not_committed(clone: Path) -> None:
    (clone / "setup.cfg").write_text("[metadata]\n")
    done = release(clone, "make", "7.8.9")
    assert "uncommitted changes" in done.stderr


def test_a_release_whose_sample_cannot_be_recorded_is_refused(clone: Path) -> None:
    (clone / "tests" / "samples" / "recording.py").write_text("raise SystemExit(1)")
    commit(clone)
    done = release(clone, "make", "7.8.9")
    assert "could not be recorded" in done.stderr
    assert run(clone, "git", "status", "--porcelain").stdout == ""
    assert run(clone, "git", "tag").stdout == ""


def test_a_release_without_changes_is_refused(clone: Path) -> None:
    release(clone, "make", "7.8.9")
    done = release(clone, "make", "7.9.0")
    assert "nothing to release under [Unreleased]" in done.stderr
