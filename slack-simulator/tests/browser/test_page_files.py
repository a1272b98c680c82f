"""How the page's files are served."""

import re
from pathlib import Path

import pytest
import urllib3
from playwright.sync_api import Browser, expect

from slack_simulator import Simulator
from slack_simulator.http.page_files import FOLDER

from .conftest import a_page
from .window import Window


def get(slack: Simulator, path: str, method: str = "GET") -> urllib3.BaseHTTPResponse:
    return urllib3.request(method, f"{slack.url}{path}", retries=False)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/page/scripts/app.js", "text/javascript; charset=utf-8"),
        ("/page/styles/base.css", "text/css; charset=utf-8"),
        ("/page/images/emoji.svg", "image/svg+xml"),
    ],
)
def test_files_come_with_their_type_and_a_strict_policy(
    still: Simulator, path: str, kind: str
) -> None:
    response = get(still, path)

    assert response.status == 200
    assert response.headers["Content-Type"] == kind
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "trusted-types 'none'" in policy


@pytest.mark.parametrize(
    "path",
    [
        "/page/",
        "/page/index.html",
        "/page/scripts/",
        "/page/scripts/nothing.js",
        "/page/scripts/elements/deeper/dom.js",
        "/page/elements/dom.js",
        "/page/../http/page_files.py",
        "/page/scripts/../scripts/app.js",
        "/page/..%2f..%2fsimulator.py",
        "/page/%2e%2e/server.py",
        "/page//etc/passwd",
        "/page/scripts/app.js/",
        "/page/scripts/app.js%00.css",
        "/page/scripts/page_files.py",
        "/index.html",
    ],
)
def test_nothing_else_is_served(still: Simulator, path: str) -> None:
    connection = urllib3.HTTPConnectionPool("127.0.0.1", still._server.port)
    # As it stands: urllib3.request would tidy the path up.
    response = connection.urlopen("GET", path, retries=False, assert_same_host=False)

    assert response.status == 404


def test_only_get_is_taken(still: Simulator) -> None:
    assert get(still, "/", "POST").status == 405


def test_no_file_asks_for_anything_from_elsewhere() -> None:
    harmless = "http://www.w3.org/2000/svg", "https://docs.slack.dev/"
    for path in filter(Path.is_file, FOLDER.rglob("*")):
        named = re.findall(r"https?://[\w./-]+\w", path.read_text())
        found = [address for address in named if not address.startswith(harmless)]
        assert not found, path.name


def test_no_room_of_the_page_is_crowded() -> None:
    folders = [FOLDER, *filter(Path.is_dir, FOLDER.rglob("*"))]
    crowded = {str(folder): len(list(folder.iterdir())) for folder in folders}
    assert {name: number for name, number in crowded.items() if number > 12} == {}


def test_no_file_parses_text_as_html() -> None:
    for path in FOLDER.rglob("*.js"):
        sinks = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|new Function",
            path.read_text(),
        )
        assert sinks == [], path.name


def test_the_browser_asks_the_simulator_alone(browser: Browser, still: Simulator) -> None:
    asked: list[str] = []
    with a_page(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        still.say("see <https://go.dev/> and :tada:")
        window = Window(page, still).open()
        expect(window.messages.last).to_be_visible()

    assert len(asked) > 20
    assert [url for url in asked if not url.startswith(f"{still.url}/")] == []
