"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the project."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import run

from gopherbot.dev.bot import environment
from gopherbot.dev.procfile import base_environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator

pytestmark = pytest.mark.nightly

ROOT = Path(__file__).parent.parent
_FILE = re.compile(r"`([\w/]+\.(?:py|toml))`")
_LINE = re.compile(r'^(?:"([^"]+)"|(\w+)) = \[', re.MULTILINE)
_HEADING = re.compile(r'^\[(?:"((?:[^"\\]|\\.)*)"|([^\]"]+))\]$', re.MULTILINE)


TABLES = {"Job": "JOBS", "EventActor": "EVENT_ACTORS", "InteractionActor": "INTERACTION_ACTORS"}
"""Where a row stands in the table of actors, by its type."""


def _recipes() -> Iterator[tuple[str, str]]:
    """Return each code block that belongs to a file, with the file named last before it."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = ""
    for part in re.split(r"(```\w+\n.*?```)", text, flags=re.DOTALL):
        if part.startswith("```"):
            language, _, code = part.strip("`").partition("\n")
            if language in ("toml", "python"):
                yield named, code
        elif _FILE.findall(part):
            named = _FILE.findall(part)[-1]


def _insert_sorted(file: Path, entry: str) -> None:
    """Put an entry into a data file where the alphabet wants it."""
    text = file.read_text()
    pattern = _HEADING if _HEADING.search(entry) else _LINE
    new = _name(pattern.search(entry))
    later = (m.start() for m in pattern.finditer(text) if _name(m) > new)
    at = next(later, None)
    if at is None:
        file.write_text(f"{text.rstrip()}\n\n{entry}")
    else:
        below = "\n" if pattern is _HEADING else ""
        file.write_text(f"{text[:at]}{entry}{below}{text[at:]}")


def _name(match: re.Match[str] | None) -> str:
    assert match is not None
    return (match[1] or match[2]).casefold()


def _follow(copy: Path) -> None:
    for name, code in _recipes():
        file = copy / name
        if name.endswith(".toml"):
            _insert_sorted(file, code)
        elif file.exists():
            table = TABLES[code.lstrip().partition("(")[0]]
            text = file.read_text()
            file.write_text(text.replace(f"\n{table} = (\n", f"\n{table} = (\n{code}", 1))
        else:
            file.write_text(code)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone")
    # With what mypy, ruff and Python know already: they look at what is new.
    ignore = shutil.ignore_patterns(".venv*", ".git", ".hypothesis", "*.png")
    shutil.copytree(ROOT, folder, ignore=ignore, dirs_exist_ok=True)
    _follow(folder)
    return folder


def _run(copy: Path, *arguments: str, program: str | Path = sys.executable) -> str:
    done = subprocess.run(
        [program, *arguments], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_recipe_names_its_file() -> None:
    names = [name for name, _ in _recipes()]
    assert names == [
        "gopherbot/content/answers.toml",
        "gopherbot/content/reactions.toml",
        "glossary/terms/practice.toml",
        "gopherbot/content/search.toml",
        "gopherbot/content/commands/dice.py",
        "tests/content/test_dice.py",
        "gopherbot/actors/watchers/good_morning.py",
        "gopherbot/table/jobs.py",
        "tests/actors/test_good_morning.py",
        "gopherbot/actors/events/pins.py",
        "gopherbot/table/__init__.py",
        "tests/actors/test_pins.py",
        "gopherbot/actors/interactions/keep.py",
        "gopherbot/table/__init__.py",
        "tests/actors/interactions/test_keep.py",
    ]


CHECKS = [
    line.removeprefix("$(BIN)/").split()
    for target in ("format", "lint", "types", "contracts")
    for line in re.findall(
        rf"^{target}:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE
    )[0]
    .replace("\t", "")
    .splitlines()
]


@pytest.mark.parametrize("check", CHECKS, ids=" ".join)
def test_make_check_is_content_with_what_the_recipes_add(copy: Path, check: list[str]) -> None:
    _run(copy, *check[1:], program=Path(sys.executable).parent / check[0])


_READS = re.compile(r"gopherbot\.testing|CONTENT_FOLDER|\b(?:glossary|loader|judged)\b")
"""What a test file names that reads this project's own content."""


def test_no_test_is_red_for_what_the_recipes_add(copy: Path) -> None:
    """The tests of content and of the pages that show it; the others do not know it.

    Whether the content is in order, `gopherbot lint` has told. What is tried with random words has
    been tried at length without the recipes.
    """
    files = [
        file
        for room in ("content", "glossary", "rulebook", "search")
        for file in sorted((copy / "tests" / room).glob("test_*.py"))
        if _READS.search(file.read_text())
    ]
    assert len(files) >= 10
    _run(
        copy,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow"),
        *("--hypothesis-profile", "few", *map(str, files), "tests/cli/test_docs.py"),
    )


PROMISED = {
    "@gopher report card": "goreportcard.com",
    "gopherize yourself": "gopher",
    "@gopher define walking skeleton": "runs end to end",
    "@gopher roll": "You rolled",
    "@gopher how do I take back a bad release?": "retract directive",
}
_TRIED = re.findall(r'gopherbot explain "(.+?)"', (ROOT / "CONTRIBUTING.md").read_text())
_EXPLAIN = """
import json, sys
from click.testing import CliRunner
from gopherbot.commands.explain import command

explained = [CliRunner().invoke(command, ["--json", text]).output for text in sys.argv[1:]]
print(json.dumps(explained))
"""


@pytest.fixture(scope="module")
def explained(copy: Path) -> dict[str, str]:
    """What `gopherbot explain --json` says to each text, run in one process."""
    texts = [*PROMISED, "@gopher help", *_TRIED]
    answers = json.loads(_run(copy, "-c", _EXPLAIN, *texts))
    return dict(zip(texts, answers, strict=True))


@pytest.mark.parametrize(("said", "answer"), PROMISED.items())
def test_the_bot_does_what_recipes_promise(
    explained: dict[str, str], said: str, answer: str
) -> None:
    assert answer in explained[said]


def test_what_the_page_tries_shows_what_a_recipe_changed(explained: dict[str, str]) -> None:
    assert len(_TRIED) == 2
    for text in _TRIED:
        before = run("explain", "--json", text).stdout
        assert json.loads(explained[text])["outcomes"] != json.loads(before)["outcomes"]


def test_the_new_commands_stand_in_help(explained: dict[str, str]) -> None:
    answer = explained["@gopher help"]
    assert "go report" in answer
    assert "roll a die" in answer


@pytest.fixture(scope="module")
def installed(copy: Path) -> Iterator[dict[str, str]]:
    """The environment of the copy's bot, beside a Redis and a simulated Slack."""
    with RedisServer() as redis, Simulator(setup=GOPHERS) as slack:
        slack.services.feeds.fail("down")  # To read them takes most of a check.
        # The scopes of an app that was installed before.
        token = {"GOPHER_SLACK_BOT_ACCESS_TOKEN": "xoxb-of-the-tests"}
        yield environment(redis.url, slack, 8000) | token | {"COLUMNS": "200"}


def _tool(copy: Path, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gopherbot", *arguments],
        cwd=copy,
        env=base_environment() | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_the_recipe_s_own_test_passes(copy: Path) -> None:
    """The one that each recipe names, and that of the table that two of them add to."""
    own = [name for name, _ in _recipes() if name.startswith("tests/")]
    assert len(own) == 4
    _run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *own, "tests/actors/test_table.py")


def test_the_manifest_has_the_new_event_its_scope_and_the_new_shortcut(copy: Path) -> None:
    manifest = json.loads(_run(copy, "-m", "gopherbot", "manifest"))
    assert "pin_added" in manifest["settings"]["event_subscriptions"]["bot_events"]
    assert "pins:read" in manifest["oauth_config"]["scopes"]["bot"]
    [shortcut] = manifest["features"]["shortcuts"]
    assert (shortcut["callback_id"], shortcut["type"]) == ("keep", "message")
    interactivity = manifest["settings"]["interactivity"]
    assert interactivity["request_url"].endswith("/slack/interactivity")
    assert "commands" in manifest["oauth_config"]["scopes"]["bot"]


def test_check_misses_the_scope_and_counts_the_watcher(
    copy: Path, installed: dict[str, str]
) -> None:
    printed = _tool(copy, installed, "check")
    assert "the scope pins:read is missing, for the event pin_added" in printed
    before = run("check", more=installed).stdout
    assert "pins:read" not in before
    count = re.compile(r"(\d+) watchers?")
    assert _number(count, printed) == _number(count, before) + 1


def _number(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.search(text)
    assert match, text
    return int(match[1])


def test_status_shows_the_new_job_and_the_new_event(copy: Path, installed: dict[str, str]) -> None:
    lines = _tool(copy, installed, "status").splitlines()
    assert any(line.startswith("good_morning") and "1 h" in line for line in lines), lines
    queues = json.loads(_tool(copy, installed, "status", "--json"))["snapshot"]["queues"]
    assert any("pin_added" in queue["events"] for queue in queues)


def test_the_docs_show_both(copy: Path) -> None:
    _run(copy, "-m", "gopherbot", "docs")
    page = (copy / "docs" / "commands.md").read_text()
    assert "| `good_morning` | 1 h | says good morning, once a day |" in page
    assert "| `pin_added` | 10 min | says that something was pinned |" in page
    assert "| `message_action` | `keep` |  | 30 min | sends you the link of a message" in page
