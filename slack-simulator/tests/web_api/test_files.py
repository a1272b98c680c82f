import pytest
import urllib3
from gateway import Gateway
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

CODE = "package main\n\nfunc main() {}\n"
GENERAL = "C029RQSEE"
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


def test_a_file_is_uploaded_in_two_steps_and_shared(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    web.files_upload_v2(
        content="1,2\n", filename="numbers.csv", title="Numbers", channel=GENERAL,
        initial_comment="Here they are",
    )  # fmt: skip
    (post,) = slack.wait_for_posts(1)
    assert post.text == "Here they are"
    (file,) = web.files_list(channel=GENERAL)["files"]
    assert (file["title"], file["user"]) == ("Numbers", "U0GOPHERBOT")
    assert slack.workspace.files[file["id"]].content == b"1,2\n"
    kinds = sorted(event["type"] for event in gateway.events(3))
    assert kinds == ["file_created", "file_shared", "message"]


def test_several_files_are_shared_in_one_message(web: WebClient, slack: Simulator) -> None:
    uploads = [{"content": "a", "filename": "a.txt"}, {"content": "b", "filename": "b.txt"}]
    web.files_upload_v2(file_uploads=uploads, channel=GENERAL)
    (message,) = web.conversations_history(channel=GENERAL)["messages"]
    assert [file["name"] for file in message["files"]] == ["a.txt", "b.txt"]


def test_a_multipart_upload_is_taken(
    web: WebClient, slack: Simulator, http: urllib3.PoolManager
) -> None:
    ticket = web.files_getUploadURLExternal(filename="a.png", length=4)
    answer = http.request("POST", ticket["upload_url"], fields={"file": ("a.png", b"\r\n\0x")})
    assert answer.data == b"OK - 4"
    (file,) = web.files_completeUploadExternal(files=[{"id": ticket["file_id"]}])["files"]
    assert slack.workspace.files[file["id"]].content == b"\r\n\0x"


def test_a_file_whose_content_is_missing_or_of_another_length_is_not_shared(
    web: WebClient, http: urllib3.PoolManager
) -> None:
    ticket = web.files_getUploadURLExternal(filename="a.txt", length=4)
    assert http.request("POST", ticket["upload_url"], body=b"too long").status == 400
    with pytest.raises(SlackApiError, match="file_not_found"):
        web.files_completeUploadExternal(files=[{"id": ticket["file_id"]}], channel_id=GENERAL)
    assert http.request("POST", ticket["upload_url"] + "x", body=b"abcd").status == 404


def test_the_bot_deletes_its_own_files_only(web: WebClient, slack: Simulator) -> None:
    web.files_upload_v2(content="x", filename="x.txt", channel=GENERAL)
    (own,) = web.files_list(user="U0GOPHERBOT")["files"]
    web.files_delete(file=own["id"])
    assert web.files_list()["files"] == []
    assert "files" not in web.conversations_history(channel=GENERAL)["messages"][0]
    other = slack.upload("y").message.files[0].id
    with pytest.raises(SlackApiError, match="cant_delete_file"):
        web.files_delete(file=other)


def test_the_retired_upload_says_so(web: WebClient) -> None:
    with pytest.raises(SlackApiError, match="method_deprecated"):
        web.api_call("files.upload", params={"channels": GENERAL, "content": "x"})


def test_a_files_shares_lead_to_its_posts(web: WebClient, slack: Simulator) -> None:
    posted = slack.upload("package main")
    file = web.files_info(file=posted.message.files[0].id)["file"]
    (share,) = file["shares"]["public"]["C029RQSEE"]
    assert (share["ts"], share["channel_name"]) == (posted.ts, "general")
    assert web.files_list()["files"][0]["shares"] == file["shares"]
