"""bookmarks.*: links at the top of a channel."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.changes import Announced
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Json

MOST_BOOKMARKS = 100


def add(caller: Caller, arguments: Arguments) -> Json:
    """Add a bookmark. Its type is `link`."""
    caller.require("bookmarks:write")
    conversation = _conversation(caller, arguments)
    if arguments.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    title, link = arguments.required("title"), arguments.required("link", "invalid_link")
    if not link.startswith(("http://", "https://")):
        raise SlackError("invalid_link")
    workspace = caller.workspace
    with workspace.lock:
        if len(conversation.bookmarks) >= MOST_BOOKMARKS:
            raise SlackError("too_many_bookmarks")
        bookmark: Json = {
            "id": workspace.ids.new("Bk0"),
            "channel_id": conversation.id,
            "title": title,
            "link": link,
            "emoji": arguments.text("emoji") or None,
            "icon_url": None,
            "type": "link",
            "entity_id": None,
            "date_created": int(workspace.clock.now()),
            "date_updated": 0,
            "rank": chr(ord("U") + len(conversation.bookmarks) % 6),
            "last_updated_by_user_id": caller.actor.id,
            "last_updated_by_team_id": caller.identity.team_id,
            "shortcut_id": None,
            "app_id": None,
        }
        conversation.bookmarks[bookmark["id"]] = bookmark
    _tell(caller, conversation)
    return {"bookmark": bookmark}


def edit(caller: Caller, arguments: Arguments) -> Json:
    """Change a bookmark's `title`, `link` or `emoji`."""
    caller.require("bookmarks:write")
    conversation = _conversation(caller, arguments)
    bookmark = _bookmark(conversation, arguments)
    for name in ("title", "link", "emoji"):
        if arguments.text(name):
            bookmark[name] = arguments.text(name)
    bookmark["date_updated"] = int(caller.workspace.clock.now())
    _tell(caller, conversation)
    return {"bookmark": bookmark}


def remove(caller: Caller, arguments: Arguments) -> Json:
    """Remove a bookmark."""
    caller.require("bookmarks:write")
    conversation = _conversation(caller, arguments)
    del conversation.bookmarks[_bookmark(conversation, arguments)["id"]]
    _tell(caller, conversation)
    return {}


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return a channel's bookmarks."""
    caller.require("bookmarks:read")
    conversation = _conversation(caller, arguments)
    return {"bookmarks": list(conversation.bookmarks.values())}


def _tell(caller: Caller, conversation: Conversation) -> None:
    """Show the bookmarks on the page. Slack has no event about them."""
    with caller.workspace.lock:
        change = Announced(what="bookmarks", user=caller.actor, conversation=conversation)
        caller.workspace.tell(change)


def _conversation(caller: Caller, arguments: Arguments) -> Conversation:
    return caller.enter(caller.find(arguments.named("channel_id", "channel_not_found")))


def _bookmark(conversation: Conversation, arguments: Arguments) -> Json:
    found = conversation.bookmarks.get(arguments.required("bookmark_id", "not_found"))
    if found is None:
        raise SlackError("not_found")
    return found
