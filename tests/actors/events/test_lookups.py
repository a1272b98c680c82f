"""What members look up in Go's trackers, in the sites' own formats over real connections."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from cases import cases

from actors.conftest import handle_one
from gopherbot.actors.context import WorkerContext
from gopherbot.content.commands import vulnerabilities
from gopherbot.services import json_apis
from slack_simulator import Simulator
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.http.messages import Request, Response, json_response
from slack_simulator.services.gerrit import Change
from slack_simulator.services.github import HOURLY_LIMIT, Issue
from slack_simulator.services.vulndb import Vulnerability

NET = "golang.org/x/net"

Told = Callable[..., list[str]]


@pytest.fixture
def told(context: WorkerContext, slack: Simulator, heard: list[EventEnvelope]) -> Told:
    """Say something; return what everybody sees, and in brackets what only the asker does."""

    def say(text: str, channel: str = "general") -> list[str]:
        before = len(slack.posts())
        heard.clear()
        slack.say(text.replace("@gopher", f"<@{slack.identity.bot_user_id}>"), channel)
        for event in [event for event in heard if event.event_type == "message"]:
            handle_one(context, event)
        return [_shown(post) for post in slack.posts()[before:]]

    return say


def _shown(post: Any) -> str:
    text = "\n".join([post.text, *(each["text"] for each in post.attachments)])
    return f"({text})" if post.ephemeral else text


def requests(slack: Simulator, service: str) -> list[str]:
    found = [each for each in slack.feed.after(0, "service") if each["service"] == service]
    return [each["path"] for each in found]


@cases("fields", "said")
def test_an_issue_is_shown_with_its_title_state_and_milestone(
    told: Told, slack: Simulator, fields: dict[str, Any], said: str
) -> None:
    slack.services.github.add(Issue(number=77273, **{"title": "x"} | fields))
    assert told("issue 77273") == [f"<https://go.dev/issue/77273|issue 77273>: {said}"]


@cases("fields", "said")
def test_a_change_is_shown_with_its_title_and_state(
    told: Told, slack: Simulator, fields: dict[str, Any], said: str
) -> None:
    slack.services.gerrit.add(Change(number=738822, subject="net: fix", **fields))
    assert told("cl 738822") == [f"<https://go.dev/cl/738822|cl 738822>: {said}"]


@cases("text", "is_answered")
def test_only_a_message_that_is_nothing_else_is_looked_up(
    told: Told, slack: Simulator, text: str, is_answered: bool
) -> None:
    for number in (77, 77273):
        slack.services.github.add(Issue(number=number, title="x"))
    assert bool(told(text)) is is_answered
    assert len(requests(slack, "github")) == is_answered


def test_what_is_not_there_is_told_to_an_asker_alone(told: Told) -> None:
    assert told("issue 99999") == []
    assert told("@gopher issue 99999") == ["(There's no issue 99999.)"]
    assert told("@gopher cl 99999") == ["(There's no cl 99999.)"]


def test_who_is_mentioned_is_pinged_and_a_long_title_cut(told: Told, slack: Simulator) -> None:
    slack.services.github.add(Issue(number=77273, title="y" * 301))
    link = "<https://go.dev/issue/77273|issue 77273>"
    assert told("issue 77273 <@U0REGULAR>") == [f"<@U0REGULAR> {link}: {'y' * 299}… (open)"]


@pytest.mark.parametrize("kind", ["down", "cut", "malformed"])
def test_a_tracker_that_is_away_is_silence_and_an_asker_gets_the_link(
    told: Told, slack: Simulator, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    monkeypatch.setattr(json_apis, "UNREACHABLE_SECONDS", 0.0)
    slack.services.github.fail(kind)
    slack.services.vulndb.fail(kind)
    link = "<https://go.dev/issue/77273|issue 77273>"
    assert told("issue 77273") == []
    assert told("@gopher issue 77273") == [f"(GitHub isn't answering right now: {link})"]
    [said] = told(f"@gopher vuln {NET}")
    assert said.startswith("(Go's vulnerability database isn't answering right now: <https://pkg")
    slack.services.github.recover()
    slack.services.github.add(Issue(number=77273, title="x"))
    assert told("issue 77273") == [f"{link}: x (open)"]


@cases("elsewhere", "said")
def test_an_issue_that_was_moved_is_found_in_its_new_repository(
    told: Told,
    context: WorkerContext,
    slack: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    elsewhere: str,
    said: str,
) -> None:
    github = slack.services.github
    github.add(Issue(number=9, title="vet: moved"), "golang/vscode-go")
    where, answer = elsewhere.format(base=context.settings.services.github), github.answer

    def moved(request: Request, path: str) -> Response:
        if path.endswith("/77273"):
            return json_response({"message": "Moved Permanently"}, 301, Location=where)
        return answer(request, path)

    monkeypatch.setattr(github, "answer", moved)
    assert said in told("@gopher issue 77273")[0]


@cases("place", "is_answered")
def test_a_change_of_another_gerrit_is_not_gos(
    told: Told, slack: Simulator, place: str, is_answered: bool
) -> None:
    slack.services.gerrit.add(Change(number=738822, subject="net: fix"))
    assert bool(told(f"cl <https://{place}>")) is is_answered
    assert bool(told(f"cl <https://{place}|{place}>")) is is_answered


def test_what_was_asked_for_is_remembered_for_ten_minutes(
    told: Told, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.services.github.add(Issue(number=77273, title="then"))
    for text in ("issue 77273", "proposal 77273", "@gopher issue 99999", "@gopher issue 99999"):
        told(text)
    assert len(requests(slack, "github")) == 2
    slack.services.github.add(Issue(number=77273, title="now"))
    assert "then" in told("issue 77273")[0]
    monkeypatch.setattr(json_apis, "KEPT_SECONDS", 0.0)
    assert "now" in told("issue 77273")[0]


def test_github_is_left_alone_until_its_limit_is_over(told: Told, slack: Simulator) -> None:
    slack.services.github.used = HOURLY_LIMIT
    for number in (77273, 77274, 77275):
        assert told(f"issue {number}") == []
    assert len(requests(slack, "github")) == 1


def test_slow_tracker_keeps_no_other_member_waiting(told: Told, slack: Simulator) -> None:
    slack.services.github.fail("cut")
    assert told("issue 77273") == []
    slack.services.github.recover()
    slack.services.github.add(Issue(number=77274, title="x"))
    assert told("issue 77274") == []


def reported(slack: Simulator, number: int, *ranges: tuple[str, str], **more: Any) -> None:
    fields: dict[str, Any] = {"module": NET, "summary": f"Flaw <{number}>"} | more
    slack.services.vulndb.add(Vulnerability(id=f"GO-2026-{number}", ranges=ranges, **fields))


def test_vulnerabilities_are_listed_newest_first_with_fixes(told: Told, slack: Simulator) -> None:
    reported(slack, 4001, ("0", "0.33.0"))
    reported(slack, 14002, ("0", ""))
    reported(slack, 4003, ("0", "1.0.0"), module="example.com/other")
    reported(slack, 4000, ("0", "0.1.0"), summary="y" * 121)
    [said] = told(f"@gopher vuln {NET}")
    link = "<https://pkg.go.dev/vuln/GO-2026-{0}|GO-2026-{0}>: Flaw &lt;{0}&gt;"
    assert said.splitlines() == [
        f"Known vulnerabilities in `{NET}`, newest first:",
        f"• {link.format(14002)} (no fix yet)",
        f"• {link.format(4001)} (fixed in v0.33.0)",
        f"• {link.format(4000).partition('Flaw')[0]}{'y' * 119}… (fixed in v0.1.0)",
    ]


GO = (("0", "1.9.8"), ("1.10.0-0", "1.10.2"))


@cases("asked", "fix")
def test_only_what_a_version_is_affected_by_is_told_with_its_next_fix(
    told: Told, slack: Simulator, asked: str, fix: str
) -> None:
    reported(slack, 4001, ("0", "0.33.0"))
    reported(slack, 4002, *GO, module="stdlib")
    reported(slack, 4003, ("0", "1.9.5"), ("1.10.0-0", "1.10.0-rc.10"), module="toolchain")
    [said] = told(f"@gopher vuln {asked}")
    if fix:
        assert said.endswith(f"({fix})")
        assert said.count("•") == 1
    else:
        assert said.startswith("No vulnerability is known in ")
        assert "Go v" not in said
        assert len(requests(slack, "vulndb")) == 1 + ("1.9" in asked), "the index tells enough"


def test_what_was_withdrawn_or_is_no_longer_there_is_no_vulnerability(
    told: Told, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (4001, 4002):
        reported(slack, number, ("0", ""))
    for number in range(13):
        reported(slack, 5000 + number, ("0", ""), module="example.com/withdrawn")
    reported(slack, 4003, ("0", ""), module="example.com/undescribed", summary="")
    vulndb = slack.services.vulndb
    answer = vulndb.answer

    def changed(request: Request, path: str) -> Response:
        if "4002" in path:
            return json_response({"message": "not found"}, 404)
        response = answer(request, path)
        if not path.startswith("/ID/"):
            return response
        shape = msgspec.json.decode(response.body)
        if "4003" in path:
            return json_response(shape | {"details": "A flaw,\nat length."})
        return json_response(shape | {"withdrawn": "2026-11-30T10:00:00Z"})

    monkeypatch.setattr(vulndb, "answer", changed)
    assert told(f"@gopher vuln {NET}") == [f"No vulnerability is known in `{NET}`."]
    assert "A flaw, at length. (no fix yet)" in told("@gopher vuln example.com/undescribed")[0]
    assert told("@gopher vuln example.com/withdrawn")[0].endswith(
        "\n… and 1 older one that may concern it: <https://pkg.go.dev/vuln/list>"
    )


def test_of_many_vulnerabilities_the_newest_are_read(told: Told, slack: Simulator) -> None:
    for number in range(4001, 4013):
        reported(slack, number, ("0", ""))
    [said] = told(f"@gopher vuln {NET}@v0.1.0")
    assert said.splitlines()[1].startswith("• <https://pkg.go.dev/vuln/GO-2026-4012|")
    assert said.endswith("… and 4 older ones that may concern it: <https://pkg.go.dev/vuln/list>")
    assert len(requests(slack, "vulndb")) == 9


def test_a_slow_database_gets_no_more_requests_than_there_is_time_for(
    told: Told, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (4001, 4002, 4003):
        reported(slack, number, ("0", ""))
    slow = SimpleNamespace(monotonic=lambda: 4.0 * len(requests(slack, "vulndb")))
    monkeypatch.setattr(vulnerabilities, "time", slow)
    assert told(f"@gopher vuln {NET}")[0].count("•") == 1
    assert len(requests(slack, "vulndb")) == 2


@pytest.mark.parametrize("name", ["gin", "log4j@1.2", "GO-2026-4002"])
def test_invalid_module_path_is_not_taken_for_go(told: Told, slack: Simulator, name: str) -> None:
    reported(slack, 4002, *GO, module="stdlib")
    [said] = told(f"@gopher vuln {name}")
    assert said.startswith(f"(`{name.partition('@')[0]}` isn't a module's path.")
    assert requests(slack, "vulndb") == []


@pytest.mark.parametrize("text", ["vuln golang.org/x/net", "@gopher vuln scanner for Go, which?"])
def test_a_sentence_is_no_module(told: Told, slack: Simulator, text: str) -> None:
    told(text)
    assert requests(slack, "vulndb") == []
