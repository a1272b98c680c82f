import pytest
import urllib3
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

CODE = "package main\n\nfunc main() {}\n"
BEARER = {"Authorization": "Bearer xoxb-test"}


def test_a_file_is_described_and_downloaded(
    slack: Simulator, web: WebClient, http: urllib3.PoolManager
) -> None:
    [upload] = slack.upload(CODE).message.files
    answer = web.files_info(file=upload.id)
    assert answer["content"] == CODE
    assert answer["file"]["lines"] == 3
    url = answer["file"]["url_private_download"]
    download = http.request("GET", url, headers=BEARER)
    assert download.data.decode() == CODE
    assert download.headers["Content-Type"] == "text/plain"
    assert http.request("GET", answer["file"]["url_private"], headers=BEARER).data == download.data


def test_without_a_token_or_scope_a_download_is_a_web_page(
    slack: Simulator, web: WebClient, http: urllib3.PoolManager
) -> None:
    [upload] = slack.upload(CODE).message.files
    url = web.files_info(file=upload.id)["file"]["url_private_download"]
    slack.web_api.scopes = ["chat:write"]
    for headers in ({}, {"Authorization": "Bearer nonsense"}, BEARER):
        page = http.request("GET", url, headers=headers)
        assert page.status == 200
        assert page.headers["Content-Type"].startswith("text/html")
        assert b"<html>" in page.data


def test_a_new_file_can_be_unknown_for_a_while(
    slack: Simulator, web: WebClient, http: urllib3.PoolManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    [upload] = slack.upload(CODE, hidden_for=60).message.files
    with pytest.raises(SlackApiError) as failure:
        web.files_info(file=upload.id)
    assert failure.value.response["error"] == "file_not_found"
    url = f"{slack.url}/files-pri/T0GOPHERS-{upload.id}/download/main.go"
    assert http.request("GET", url, headers=BEARER).status == 404
    upload.visible_at -= 60
    assert web.files_info(file=upload.id)["file"]["id"] == upload.id


def test_an_unknown_file_is_not_found(web: WebClient) -> None:
    with pytest.raises(SlackApiError) as failure:
        web.files_info(file="F0NOTHING")
    assert failure.value.response["error"] == "file_not_found"


@pytest.mark.parametrize(
    ("name", "filetype", "mimetype", "mode"),
    [
        ("main.go", "go", "text/plain", "snippet"),
        ("Untitled", "text", "text/plain", "snippet"),
        ("notes.txt", "text", "text/plain", "snippet"),
        ("gopher.png", "png", "image/png", "hosted"),
        ("a.out", "binary", "application/octet-stream", "hosted"),
    ],
)
def test_a_file_is_what_its_name_says(
    slack: Simulator, web: WebClient, name: str, filetype: str, mimetype: str, mode: str
) -> None:
    [upload] = slack.upload(b"\x89PNG", name=name).message.files
    file = web.files_info(file=upload.id)["file"]
    assert (file["filetype"], file["mimetype"], file["mode"]) == (filetype, mimetype, mode)
