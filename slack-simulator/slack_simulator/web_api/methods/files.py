"""files.*: what's known of a file, and uploading in Slack's two steps."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import chat
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Draft, File, Json


def info(caller: Caller, arguments: Arguments) -> Json:
    """Return a file, with its text if it has any. Raise `file_not_found`, also while hidden."""
    caller.require("files:read")
    file = _file(caller, arguments.named("file", "file_not_found"))
    text = file.content.decode("utf-8", "replace") if file.mimetype.startswith("text/") else ""
    content = {"content": text, "is_truncated": False} if text else {}
    paged = {"comments": [], "response_metadata": {"next_cursor": ""}}
    return {"file": _shape(caller, file), **content, **paged}


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of the files (of a `user`, in a `channel`), the newest first."""
    caller.require("files:read")
    channel, user = arguments.text("channel"), arguments.text("user")
    with caller.workspace.lock:
        files = [
            file
            for file in reversed(caller.workspace.files.values())
            if channel in {"", *file.channels} and user in {"", file.user}
        ]
    count, number = arguments.whole("count", 100), arguments.whole("page", 1)
    shown = files[(number - 1) * count : number * count]
    pages = -(-len(files) // count)
    paging = {"count": count, "total": len(files), "page": number, "pages": pages}
    return {"files": [_shape(caller, file) for file in shown], "paging": paging}


def delete(caller: Caller, arguments: Arguments) -> Json:
    """Delete one of the bot's files."""
    caller.require("files:write")
    file = _file(caller, arguments.named("file", "file_not_found"))
    if file.user != caller.actor.id:
        raise SlackError("cant_delete_file")
    caller.workspace.delete_file(file, caller.actor)
    return {}


def new_upload(caller: Caller, arguments: Arguments) -> Json:
    """Return where to send the content of a file of `length` bytes."""
    caller.require("files:write")
    name, length = arguments.required("filename", "missing_argument"), arguments.text("length")
    if not length.isdecimal() or int(length) < 1:
        raise SlackError("missing_argument" if not length else "invalid_arguments")
    id, token = caller.uploads.new(name, int(length))
    return {"upload_url": f"{caller.files_url}/upload/v1/{token}", "file_id": id}


def complete_upload(caller: Caller, arguments: Arguments) -> Json:
    """Share files whose content was sent, in the given channels or nowhere yet."""
    caller.require("files:write")
    wanted = arguments.items("files", "invalid_arguments")
    if not wanted:
        raise SlackError("invalid_arguments")
    channels = [*arguments.names("channels"), *arguments.names("channel_id")]
    conversations = [caller.enter(chat.addressee(caller, channel)) for channel in channels]
    uploads = [caller.uploads.take(str(each.get("id"))) for each in wanted]
    files = []
    for each, upload in zip(wanted, uploads, strict=True):
        content, owner = upload.content, caller.actor
        file = caller.workspace.add_file(upload.name, content, owner, id=upload.file_id)
        file.title = str(each.get("title") or upload.name)
        files.append(file)
    for conversation in conversations:
        draft = Draft(
            text=arguments.text("initial_comment"),
            blocks=chat.blocks_of(arguments),
            thread_ts=arguments.text("thread_ts") or None,
            files=files,
            app=caller.bot,
        )
        caller.workspace.post(conversation, caller.actor, draft)
    return {"files": [_shape(caller, file) for file in files]}


def share_publicly(caller: Caller, arguments: Arguments) -> Json:
    """Give a file an address that needs no token. Raise `already_public`."""
    return _publish(caller, arguments, public=True)


def unshare_publicly(caller: Caller, arguments: Arguments) -> Json:
    """Take the public address away."""
    return _publish(caller, arguments, public=False)


def _publish(caller: Caller, arguments: Arguments, *, public: bool) -> Json:
    caller.require("files:write")
    file = _file(caller, arguments.named("file", "file_not_found"))
    if public and file.more.get("public_url_shared"):
        raise SlackError("already_public")
    link = f"https://slack-files.com/{caller.identity.team_id}-{file.id}-{caller.identity.team_id}"
    file.more |= {"public_url_shared": public, "permalink_public": link}
    if public:
        caller.workspace.file_event("file_public", file, caller.actor)
    return {"file": _shape(caller, file)}


def retired(_caller: Caller, _arguments: Arguments) -> Json:
    """Raise `method_deprecated`: Slack retired files.upload in November 2025."""
    raise SlackError("method_deprecated")


def _file(caller: Caller, id: str) -> File:
    file = caller.workspace.files.get(id)
    if file is None or caller.workspace.clock.monotonic() < file.visible_at:
        raise SlackError("file_not_found")
    return file


def _shape(caller: Caller, file: File) -> Json:
    shape = shapes.file(caller.identity, file, files_url=caller.files_url)
    return shape | {"shares": _shares(caller, file)}


def _shares(caller: Caller, file: File) -> Json:
    """Return the messages that share a file, by channel: an app finds its post's `ts` there."""
    shares: Json = {}
    with caller.workspace.lock:
        for id in dict.fromkeys(file.channels):
            conversation = caller.workspace.conversations.get(id)
            posts = conversation.messages.values() if conversation else ()
            found = [
                {
                    "ts": post.ts,
                    "channel_name": conversation.name,
                    "team_id": caller.identity.team_id,
                    "share_user_id": file.user,
                    "source": "UNKNOWN",
                    "reply_users": post.reply_users,
                    "reply_users_count": len(post.reply_users),
                    "reply_count": len(post.replies),
                    **({"thread_ts": post.thread_ts} if post.thread_ts else {}),
                }
                for post in posts
                if conversation and any(each.id == file.id for each in post.files)
            ]
            if conversation and found:
                kind = "public" if conversation.kind == "channel" else "private"
                shares.setdefault(kind, {})[id] = found
    return shares
