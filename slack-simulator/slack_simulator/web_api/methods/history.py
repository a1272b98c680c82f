"""conversations.history and conversations.replies: the posted messages."""

from collections.abc import Iterable

from slack_simulator.web_api import paging
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Json, Message
from slack_simulator.workspace.timestamps import to_micros

_CURSOR = "next_ts"


def of_channel(caller: Caller, arguments: Arguments) -> Json:
    """Return a channel's messages, newest first, without thread replies.

    As in Slack, the first page has the newest messages, but with `oldest` and without `latest`
    those closest to `oldest`.
    """
    conversation = _readable(caller, arguments)
    limit = arguments.limit(100, 999)
    span = _Span(arguments)
    start = _position(arguments)
    found: list[Message] = []
    with caller.workspace.lock:
        kept = conversation.messages.values()
        for message in kept if span.is_forward else reversed(kept):
            at = to_micros(message.ts)
            if len(found) > limit or (span.is_before(at) and not span.is_forward):
                break
            begun = start is None or (at >= start if span.is_forward else at <= start)
            if span.holds(at) and message.in_history and begun:
                found.append(message)
        page = found[:limit]
        messages = _shapes(caller, arguments, reversed(page) if span.is_forward else page)
    following = _cursor(found[limit]) if len(found) > limit else ""
    answer: Json = {"messages": messages, "has_more": bool(following), "pin_count": 0}
    answer |= {"channel_actions_ts": None, "channel_actions_count": 0}
    return answer | ({"response_metadata": {"next_cursor": following}} if following else {})


def of_thread(caller: Caller, arguments: Arguments) -> Json:
    """Return a thread, oldest first: its parent, then the replies in the requested time range.

    The parent counts toward `limit`, and is on the first page only. As in Slack, the `ts` of a
    reply returns that reply alone.
    """
    conversation = _readable(caller, arguments)
    limit = arguments.limit(1000, 1000)
    span = _Span(arguments)
    after = _position(arguments)
    with caller.workspace.lock:
        parent = conversation.messages.get(arguments.named("ts", "thread_not_found"))
        if parent is None:
            raise SlackError("thread_not_found")
        replies = [
            conversation.messages[ts] for ts in parent.replies if ts in conversation.messages
        ]
        found = [] if after is not None else [parent]
        for reply in replies:
            at = to_micros(reply.ts)
            if span.holds(at) and (after is None or at >= after):
                found.append(reply)
        messages = _shapes(caller, arguments, found[:limit])
    following = _cursor(found[limit]) if len(found) > limit else ""
    answer: Json = {"messages": messages, "has_more": bool(following)}
    return answer | ({"response_metadata": {"next_cursor": following}} if following else {})


class _Span:
    """The time range given by `oldest`, `latest` and `inclusive`."""

    def __init__(self, arguments: Arguments) -> None:
        self._oldest = _time(arguments, "oldest")
        self._latest = _time(arguments, "latest")
        self._slack = 0 if arguments.flag("inclusive") else 1

    @property
    def is_forward(self) -> bool:
        """Whether pages proceed from the oldest message to the newest."""
        return self._oldest is not None and self._latest is None

    def is_before(self, at: int) -> bool:
        """Return whether time `at` is before the range."""
        return self._oldest is not None and at < self._oldest + self._slack

    def holds(self, at: int) -> bool:
        """Return whether time `at` is in the range."""
        too_late = self._latest is not None and at > self._latest - self._slack
        return not too_late and not self.is_before(at)


def _time(arguments: Arguments, name: str) -> int | None:
    value = arguments.text(name)
    if not value or value in {"0", "now"}:
        return None
    try:
        return to_micros(value)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _position(arguments: Arguments) -> int | None:
    """Return the time at which the requested page starts; None for the first page."""
    given = arguments.text("cursor")
    if not given:
        return None
    position = paging.position(_CURSOR, given)
    if not position.isdecimal():
        raise SlackError("invalid_cursor")
    return int(position)


def _cursor(first_left_out: Message) -> str:
    return paging.cursor(_CURSOR, str(to_micros(first_left_out.ts)))


def _readable(caller: Caller, arguments: Arguments) -> Conversation:
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    caller.require_for(conversation, "history")
    return caller.enter(conversation)


def _shapes(caller: Caller, arguments: Arguments, found: Iterable[Message]) -> list[Json]:
    # Metadata needs its own scope. Whether the bot's own messages need it too is unconfirmed.
    wanted = arguments.flag("include_all_metadata") and "metadata.message:read" in caller.scopes
    return [caller.message(message, metadata=wanted) for message in found]
