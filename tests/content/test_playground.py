from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from gopherbot.content.unprompted import playground
from gopherbot.errors import RetryLater, ServiceError, ServiceUnreachable
from gopherbot.model import Ask, Audience, CodeCheck, File, Message, Reply
from gopherbot.router import Rule
from gopherbot.testing import Bot, bot

from .test_bakers import BAKERS

QUIET = ("C4U9J9QBT", "C029RQSEG", "G1L7RN06B", "G207C8R1R", "GB1KBRGKA")
SAMPLES = Path(__file__).parent.parent / "golang" / "samples"

PROGRAM = """\
package main

import "fmt"

func main() {
	for i := range 3 {
		fmt.Println(i)
	}
}"""
QUESTION = f"What does this print?\n```\n{PROGRAM}\n```\nThanks!"
ESSAY = "\n".join(f"this is line {n} of my essay about channels" for n in range(20))


@dataclass
class Web:
    """The Playground and Slack's files; an error in place of an answer is raised."""

    files: Mapping[str, str | Exception] = field(default_factory=dict)
    away: Exception | None = None
    checked: CodeCheck | Exception = field(default_factory=CodeCheck)
    shared: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def share_code(self, code: str) -> str:
        if self.away:
            raise self.away
        if code not in self.shared:
            self.shared.append(code)
        return f"https://go.dev/play/p/id{self.shared.index(code)}"

    def check_code(self, code: str) -> CodeCheck:
        if isinstance(self.checked, Exception):
            raise self.checked
        return self.checked

    def read_file(self, file: File) -> str:
        self.opened.append(file.id)
        found = self.files[file.id]
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture(scope="module")
def rule() -> Rule:
    source = "unprompted/playground.py"
    [rule] = [rule for rule in bot.content.rules.rules if rule.source == source]
    return rule


@pytest.fixture
def web() -> Web:
    return Web()


def message(raw: str = "", *files: File, channel: str = "C1", user: str = "U1") -> Message:
    return Message("Ev1", channel, user, "1.0", raw, raw=raw, files=files)


def go_file(id: str = "F1") -> File:
    return File(id, "main.go", "text/plain", "go", 100, "https://files.slack.com/x")


def text_file(id: str = "F1", name: str = "notes.txt") -> File:
    return File(id, name, "text/plain", "text", 100, "https://files.slack.com/x")


def replies(rule: Rule, web: Web, message: Message) -> list[Reply]:
    assert rule.skip_reason(message) is None
    effects = rule.handler(Ask(message, playground=web, files=web))
    assert isinstance(effects, list)
    assert all(isinstance(effect, Reply) for effect in effects)
    return effects


def test_the_link_is_posted_for_all_and_explained_to_the_author(rule: Rule, web: Web) -> None:
    """The program is the message, with its prose as comments; said again, it's the same."""
    public, note = replies(rule, web, message(QUESTION))
    assert web.shared == [f"// What does this print?\n{PROGRAM}\n// Thanks!"]
    assert replies(rule, web, message(QUESTION)) == [public, note]
    assert "<@U1>" in public.text
    assert "https://go.dev/play/p/id0" in public.text
    assert public.to is not Audience.ASKER_ONLY
    assert note.to is Audience.ASKER_ONLY
    assert "Go Playground" in note.text
    assert "`nolink`" in note.text


def test_lines_of_inline_code_are_shared_too(rule: Rule, web: Web) -> None:
    lines = "\n".join(f"`{line}`" if line else "" for line in PROGRAM.split("\n"))
    assert replies(rule, web, message(f"What does this print?\n{lines}\n\nThanks!"))
    assert web.shared == [f"// What does this print?\n{PROGRAM}\n\n// Thanks!"]


TABLE = "```\n" + "\n".join(f"{n} = {n}" for n in range(12)) + "\n```"
SHORT = "```\nx := 1\nif err != nil {\n\treturn err\n}\n\nfoo()\nbar()\n```\nwhy?"
"""With nine line breaks."""


@pytest.mark.parametrize(
    "left",
    [
        *(message(ESSAY), message(f"Look:\n```\n{ESSAY}\n```\nIdeas?"), message(TABLE)),
        message(f"\n\n{SHORT}\n\n"),
        replace(message(QUESTION), code_languages=("rust",)),
        *(message(f"{word} {QUESTION}", go_file()) for word in ("nolink", "NoLink", "NOLINK,")),
        message(f"{QUESTION}\nnolink", go_file()),
        *(message(QUESTION, go_file(), channel=channel) for channel in QUIET),
        replace(message(QUESTION, user="UBOT"), bot_users=frozenset({"UBOT"})),
        message("", File("F1", "photo.png", "image/png", "png")),
        message("", File("F1", "main.py", "text/plain", "python")),
        message("", File("F1", "app.yaml", "text/plain", "yaml")),
        message("", File("F1", "README.md", "text/plain", "markdown")),
        message("", File("F1", "main.go.zip", "application/zip", "zip")),
    ],
)
def test_what_is_no_go_or_not_to_be_shared_is_left_alone(rule: Rule, left: Message) -> None:
    assert rule.skip_reason(left)


def test_ten_line_breaks_or_the_authors_mark_are_enough(rule: Rule, web: Web) -> None:
    assert replies(rule, web, message(f"{SHORT}\nreally, why?"))
    assert replies(rule, web, replace(message(TABLE), code_languages=("go",)))


@pytest.mark.parametrize("fence", ["", "```\n"])
def test_go_is_shared_as_it_was_typed(fence: str) -> None:
    """Slack makes links and escapes of it, in code too."""
    code = (SAMPLES / "go" / "http_server.txt").read_text("utf-8").strip()
    code = code.replace(
        "import (", 'import (\n\t"github.com/gorilla/mux" // see https://go.dev/x?a=1&b', 1
    )
    code += "\n\n// errors.Is(user.Name, <-c) &x\n// by me@go.dev"
    assert "github.com" in code
    assert bot.say(f"{fence}{code}{fence[::-1]}").shared == (code,)


@pytest.mark.parametrize(
    "file",
    [
        go_file(),
        File("F1", filetype="go"),
        File("F1", name="main.go"),
        File("F1", name="MAIN.GO", mimetype="application/octet-stream", filetype="binary"),
        File("F1", name="x", mimetype="text/x-go"),
        text_file(),
        text_file(name="Untitled"),
        File("F1", name="NOTES.TXT", filetype="x"),
        File("F1", name="Untitled", mimetype="text/plain"),
        File("F1"),
    ],
)
def test_a_file_of_go_is_shared_as_it_is(rule: Rule, web: Web, file: File) -> None:
    web.files = {"F1": PROGRAM + "\n"}
    public, note = replies(rule, web, message("my file", file))
    assert web.shared == [PROGRAM + "\n"]
    assert "https://go.dev/play/p/id0" in public.text
    assert note.to is Audience.ASKER_ONLY


@pytest.mark.parametrize(("lines", "shared"), [(5, False), (6, True)])
def test_a_go_file_of_six_lines_counts_whatever_is_in_it(
    rule: Rule, web: Web, lines: int, shared: bool
) -> None:
    web.files = {"F1": "bread\n" * lines + "\n\n"}
    assert bool(replies(rule, web, message("", go_file()))) == shared


def test_several_files_and_the_text_share_one_reply(rule: Rule, web: Web) -> None:
    """Each program once, though it's in two files."""
    web.files = {"F1": PROGRAM, "F2": ESSAY, "F3": PROGRAM, "F4": PROGRAM + "\n// four"}
    files = (go_file("F1"), text_file("F2"), go_file("F3"), go_file("F4"))
    public, _ = replies(rule, web, message(QUESTION, *files))
    assert [public.text.count(f"id{n}>") for n in range(4)] == [1, 1, 1, 0]
    assert replies(rule, web, message("", text_file("F2"))) == []


def test_only_the_first_files_that_may_be_go_are_read(rule: Rule, web: Web) -> None:
    pictures = [File(f"P{n}", "photo.png", "image/png", "png") for n in range(5)]
    files = [go_file(f"F{n}") for n in range(10)]
    web.files = {file.id: PROGRAM for file in files}
    replies(rule, web, message("", *pictures, *files))
    assert web.opened == ["F0", "F1", "F2", "F3", "F4"]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(rule: Rule, web: Web) -> None:
    for error in (ServiceError("too large"), ServiceUnreachable("files.slack.com answered 503")):
        web.files = {"F1": error, "F2": PROGRAM}
        public, _ = replies(rule, web, message("", go_file("F1"), go_file("F2")))
        assert "id0" in public.text
        assert replies(rule, web, message("", go_file("F1"))) == []


def test_after_an_edit_an_outage_of_the_files_is_tried_again(rule: Rule, web: Web) -> None:
    edited = replace(message("", go_file()), edited_ts="2.0")
    web.files = {"F1": ServiceError("too large")}
    assert replies(rule, web, edited) == []
    web.files = {"F1": ServiceUnreachable("files.slack.com answered 503")}
    with pytest.raises(RetryLater, match="not read: files"):
        replies(rule, web, edited)
    web.files = {"F1": RetryLater("Slack doesn't know it yet")}
    with pytest.raises(RetryLater, match="know it yet"):
        replies(rule, web, message("", go_file()))


def test_an_outage_of_the_playground_is_tried_again(rule: Rule, web: Web) -> None:
    web.away = ServiceError("the Playground answered 503")
    with pytest.raises(RetryLater, match="503"):
        replies(rule, web, message(QUESTION))
    web.away = None
    assert replies(rule, web, message(QUESTION))


@pytest.mark.parametrize(("more", "shared"), [(0, True), (1, False)])
def test_the_playground_takes_64_kibibytes(rule: Rule, web: Web, more: int, shared: bool) -> None:
    room = 64 * 1024 + more - len(PROGRAM) - 4
    web.files = {"F1": f"{PROGRAM}\n// {'ä' * (room // 2)}{'x' * (room % 2)}"}
    assert bool(replies(rule, web, message("", go_file()))) is shared


LONG = "x" * 150


@pytest.mark.parametrize(
    ("checked", "said"),
    [
        (CodeCheck(), ""),
        (CodeCheck(is_formatted=False), "`gofmt` would format it differently"),
        (CodeCheck(unreadable=LONG), f"`gofmt` can't read it: `{LONG}`"),
        (CodeCheck(vet=(f"{LONG}x",)), f"`go vet` reports `{LONG[1:]}…`"),
        (CodeCheck(vet=("`a`", "b")), "`go vet` reports `'a'` and 1 more"),
        (ServiceError("down"), ""),
    ],
)
def test_one_line_says_what_gofmt_and_go_vet_object_to(
    tmp_path: Path,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    checked: CodeCheck | Exception,
    said: str,
) -> None:
    (tmp_path / "playground.toml").write_text('shared = "x"\nobjections = "{objections}"')
    rules = Bot(tmp_path).content.rules.rules
    [rule] = [rule for rule in rules if rule.name == "dynamic:playground check"]
    web.checked = checked
    asked = Ask(message(QUESTION), playground=web)
    assert rule.handler(asked) == (Reply(said) if said else None)
    monkeypatch.setattr(playground, "CHECK_SECONDS", -1.0)
    assert rule.handler(asked) is None


def test_without_a_note_only_the_link_is_posted() -> None:
    [said] = BAKERS.say(f"```{PROGRAM}\n\n\n```").replies
    assert said.text.startswith("@you baked ")
