from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import urllib3

from slack_simulator import Simulator
from slack_simulator.services.github import HOURLY_LIMIT, Issue
from slack_simulator.services.vulndb import Vulnerability


class Site:
    def __init__(self, slack: Simulator, http: urllib3.PoolManager) -> None:
        self._url, self._http = slack.url, http

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        return self._http.request("GET", self._url + path)

    def changes(self, query: str = "q=status:merged&O=12&n=100") -> list[dict[str, Any]]:
        body = self.get(f"/gerrit/changes/?{query}").data
        first, _, rest = body.partition(b"\n")
        assert first == b")]}'"
        changes: list[dict[str, Any]] = msgspec.json.decode(rest)
        return changes

    def statuses(self, query: str = "", account: str = "109349735213354404") -> list[str]:
        path = f"/mastodon/api/v1/accounts/{account}/statuses?{query}"
        return [status["id"] for status in self.get(path).json()]


@pytest.fixture
def site(slack: Simulator, http: urllib3.PoolManager) -> Site:
    return Site(slack, http)


def test_the_playground_shares_and_shows(
    slack: Simulator, http: urllib3.PoolManager, site: Site
) -> None:
    code = "package main // <b>\n"
    share = f"{slack.url}/playground/_/share"
    answer = http.request("POST", share, body=code.encode())
    snippet = answer.data.decode()
    assert slack.services.playground.shares == {snippet: code}
    assert len(snippet) >= 11
    page = site.get(f"/playground/play/p/{snippet}")
    assert "&lt;b&gt;" in page.data.decode()
    assert http.request("POST", share, body=code.encode()).data.decode() == snippet
    assert http.request("POST", share, body=b"x" * 65_537).status == 413
    assert site.get("/playground/_/share").status == 405
    assert site.get("/playground/play/p/nothing").status == 404
    assert slack.feed.after(0, "service")[0]["path"] == "/_/share"


def test_github_has_an_issues_shape_and_an_hourly_limit(slack: Simulator, site: Site) -> None:
    slack.services.github.add(
        Issue(number=7, title="all: x", labels=("NeedsFix",), milestone="Go1")
    )
    issue = site.get("/github/repos/golang/go/issues/7").json()
    assert (issue["title"], issue["state"], issue["milestone"]["title"]) == (
        "all: x",
        "open",
        "Go1",
    )
    assert [label["name"] for label in issue["labels"]] == ["NeedsFix"]
    assert site.get("/github/repos/golang/go/issues/8").status == 404
    slack.services.github.used = HOURLY_LIMIT
    refused = site.get("/github/repos/golang/go/issues/7")
    assert (refused.status, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert site.get("/github/rate_limit").json()["rate"]["limit"] == HOURLY_LIMIT


def test_the_vulnerability_database_has_its_indexes_and_reports(
    slack: Simulator, site: Site
) -> None:
    found = Vulnerability(id="GO-2026-4001", module="stdlib", ranges=(("0", "1.25.8"),))
    slack.services.vulndb.add(found)
    entry = {"id": "GO-2026-4001", "fixed": "1.25.8"}
    [module] = site.get("/vulndb/index/modules.json").json()
    assert (module["path"], module["vulns"][0].items() >= entry.items()) == ("stdlib", True)
    assert [each["id"] for each in site.get("/vulndb/index/vulns.json").json()] == [found.id]
    assert site.get("/vulndb/index/db.json").json()["modified"].endswith("Z")
    [affected] = site.get("/vulndb/ID/GO-2026-4001.json").json()["affected"]
    assert affected["ranges"][0]["events"] == [{"introduced": "0"}, {"fixed": "1.25.8"}]
    assert site.get("/vulndb/ID/GO-2026-4002.json").status == 404


def test_merged_changes_come_last_updated_first(slack: Simulator, site: Site) -> None:
    gerrit = slack.services.gerrit
    for number in (1, 2, 3):
        gerrit.merge(number, f"all: change {number}", message=f"all: change {number}\n\nWhy.\n")
    gerrit.merge(4, "tools: one more", project="tools")
    assert [change["_number"] for change in site.changes()] == [4, 3, 2, 1]
    gerrit.touch(2)
    assert [change["_number"] for change in site.changes()] == [2, 4, 3, 1]
    gerrit.reorder([1, 3])
    assert [change["_number"] for change in site.changes()] == [1, 3, 2, 4]
    assert [c["_number"] for c in site.changes("q=status:merged+project:tools")] == [4]
    assert [c["_number"] for c in site.changes("q=change:3&n=1")] == [3]
    assert site.changes("q=status:open") == []


def test_a_change_has_gerrits_shape(slack: Simulator, site: Site) -> None:
    slack.services.gerrit.merge(42, "net: fix", message="net: fix\n\nFixes #1\n")
    [change] = site.changes()
    assert (change["project"], change["subject"], change["status"]) == ("go", "net: fix", "MERGED")
    assert change["change_id"].startswith("I")
    datetime.strptime(change["updated"][:-3], "%Y-%m-%d %H:%M:%S.%f")
    revision = change["revisions"][change["current_revision"]]
    assert revision["_number"] == 1
    assert revision["commit"]["message"] == "net: fix\n\nFixes #1\n"
    [without_commit] = site.changes("O=2")
    assert "commit" not in without_commit["revisions"][without_commit["current_revision"]]
    [bare] = site.changes("q=status:merged")
    assert "revisions" not in bare


def test_a_full_page_says_that_there_is_more(slack: Simulator, site: Site) -> None:
    for number in range(5):
        slack.services.gerrit.merge(number, "x")
    page = site.changes("n=3")
    assert [change.get("_more_changes") for change in page] == [None, None, True]
    assert site.get("/gerrit/changes/?n=x").status == 400
    assert site.get("/gerrit/projects/").status == 404


def test_changelog_says_what_is_on_air(slack: Simulator, site: Site) -> None:
    assert site.get("/changelog/live/status").json() == {"streaming": False}
    assert site.get("/changelog/slack/countdown/gotime").json() == {"data": None}
    slack.services.changelog.streaming = True
    slack.services.changelog.next_episode = datetime(2024, 5, 7, 19, tzinfo=UTC)
    assert site.get("/changelog/live/status").json() == {"streaming": True}
    countdown = site.get("/changelog/slack/countdown/gotime").json()
    assert countdown == {"data": "2024-05-07T19:00:00Z"}
    assert site.get("/changelog/other").status == 404


def test_mastodon_lists_statuses_newest_first(slack: Simulator, site: Site) -> None:
    mastodon = slack.services.mastodon
    old = mastodon.post("old", created_at=datetime.now(UTC) - timedelta(hours=1))
    new, newest = mastodon.post("<new>"), mastodon.post("newest")
    mastodon.post("elsewhere", account="1")
    assert site.statuses() == [newest.id, new.id, old.id]
    assert site.statuses(f"since_id={old.id}") == [newest.id, new.id]
    assert site.statuses("limit=1") == [newest.id]
    assert site.statuses(f"since_id={newest.id}") == []
    [_, shape, _] = site.get("/mastodon/api/v1/accounts/109349735213354404/statuses").json()
    assert shape["url"] == mastodon.address(new)
    assert shape["content"] == "<p>&lt;new&gt;</p>"
    datetime.fromisoformat(shape["created_at"])
    assert site.get("/mastodon/api/v1/accounts/nobody/statuses").status == 404
    bad = site.get("/mastodon/api/v1/accounts/1/statuses?since_id=x")
    assert bad.status == 400


def test_a_service_can_fail_and_recover(slack: Simulator, site: Site) -> None:
    changelog = slack.services.changelog
    changelog.fail("down")
    assert site.get("/changelog/live/status").status == 503
    changelog.fail("malformed", times=1)
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(site.get("/changelog/live/status").data)
    assert site.get("/changelog/live/status").status == 200
    changelog.fail("cut")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        site.get("/changelog/live/status")
    changelog.fail("slow", seconds=0.05)
    started = datetime.now(UTC)
    assert site.get("/changelog/live/status").status == 200
    assert datetime.now(UTC) - started >= timedelta(seconds=0.049)
    changelog.recover()
    assert site.get("/changelog/live/status").status == 200
    assert site.get("/gerrit/changes/").status == 200
