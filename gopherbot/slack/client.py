"""The Slack Web API calls that the bot makes.

Only this module and `http_pool.py` use slack-sdk.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from gopherbot.settings import Settings
from gopherbot.slack import errors
from gopherbot.slack.directory import Directory
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable, TokenRefused
from gopherbot.slack.http_pool import ConnectError, HttpPool, PooledClient, ReadError
from gopherbot.slack.objects import OwnIdentity, ReplyMetadata

_PAGE = 200
_PAGES = 5
_LATER_SECONDS = 60.0
"""How far ahead of this machine's clock Slack's may be."""
# Errors that members' actions can cause at any time. They are not counted as rejections.
_DELETED_SINCE = "duplicate_message_not_found"
_ORDINARY = frozenset(
    {"message_not_found", "thread_not_found", "edit_window_closed", _DELETED_SINCE}
)


Blocks = Sequence[Mapping[str, Any]]
"""Block Kit's blocks, instead of a message's text: https://docs.slack.dev/reference/block-kit."""


class Slack(Directory):
    """The calls that the bot makes. Methods raise only `SlackError`s (`errors.py`)."""

    def __init__(
        self,
        settings: Settings,
        connections: HttpPool,
        on_rejection: Callable[[str], object] = lambda error: None,
    ) -> None:
        """`on_rejection` is called with Slack's error code when Slack rejects a call."""
        self._on_rejection = on_rejection
        token, url = settings.bot_token.reveal(), settings.slack_api_url
        self.client = PooledClient(token, url, connections)
        self._sends_client_msg_id = settings.client_msg_id
        self._own = OwnIdentity(lambda: self._call("auth.test"))

    def sending_by(self, deadline: float) -> Slack:
        """Return the same calls, of which none is sent after `deadline`, by `boot_time`.

        They raise `Retryable` then. A process that was frozen does not notice, and would otherwise
        make a call that another process has made in its place.
        """
        slack = copy.copy(self)
        slack.client = self.client.sending_by(deadline)
        return slack

    @property
    def known_user(self) -> str:
        """The bot's own user id if `own_user` has returned it before; otherwise ""."""
        return self._own.known_user

    def own_user(self) -> str:
        """Return the bot's own user id. Slack is asked until a call succeeds, then never again."""
        return self._own.user()

    def post(
        self,
        channel: str,
        text: str,
        metadata: ReplyMetadata,
        *,
        thread_ts: str | None = None,
        attachments: Sequence[Mapping[str, Any]] = (),
        blocks: Blocks = (),
        unfurl: bool = False,
        username: str = "",
        icon: str = "",
    ) -> str:
        """Post a message: https://docs.slack.dev/reference/methods/chat.postMessage.

        Return its `ts`. With `GOPHER_CLIENT_MSG_ID`, Slack may recognize a post that it has.
        """
        arguments = _message(channel, text, thread_ts, attachments, blocks)
        arguments |= {"unfurl_links": unfurl, "unfurl_media": unfurl}
        arguments["metadata"] = metadata.encode()
        if username:
            arguments["username"] = username
        if icon:
            arguments["icon_url" if icon.startswith("https://") else "icon_emoji"] = icon
        try:
            id = {"client_msg_id": metadata.client_msg_id} if self._sends_client_msg_id else {}
            answer = self._call("chat.postMessage", json=arguments | id)
        except Rejected as rejection:
            if rejection.error != _DELETED_SINCE:
                raise
            answer = self._call("chat.postMessage", json=arguments)
        return str(answer.get("ts") or "")

    def update(
        self,
        channel: str,
        ts: str,
        text: str,
        metadata: ReplyMetadata,
        *,
        attachments: Sequence[Mapping[str, Any]] = (),
        blocks: Blocks = (),
    ) -> None:
        """Replace the bot's own message: https://docs.slack.dev/reference/methods/chat.update.

        An update pings nobody. Attachments are always sent: Slack keeps those that are omitted.
        """
        arguments = _message(channel, text, None, (), blocks) | {"ts": ts}
        arguments |= {"attachments": list(attachments), "metadata": metadata.encode()}
        self._call("chat.update", json=arguments)

    def delete(self, channel: str, ts: str) -> None:
        """Delete the bot's own message. Succeed if it is already gone."""
        self._call("chat.delete", json={"channel": channel, "ts": ts}, done="message_not_found")

    def post_ephemeral(
        self,
        channel: str,
        user: str,
        text: str,
        *,
        thread_ts: str | None = None,
        attachments: Sequence[Mapping[str, Any]] = (),
        blocks: Blocks = (),
    ) -> None:
        """Show a message to one user: https://docs.slack.dev/reference/methods/chat.postEphemeral."""
        arguments = _message(channel, text, thread_ts, attachments, blocks)
        self._call("chat.postEphemeral", json=arguments | {"user": user})

    def react(self, channel: str, ts: str, emoji: str) -> None:
        """Add an emoji. Succeed if it is already there."""
        arguments = {"channel": channel, "timestamp": ts, "name": emoji}
        self._call("reactions.add", params=arguments, done="already_reacted")

    def unreact(self, channel: str, ts: str, emoji: str) -> None:
        """Remove the bot's own emoji. Succeed if the emoji or its message is already gone."""
        arguments = {"channel": channel, "timestamp": ts, "name": emoji}
        try:
            self._call("reactions.remove", params=arguments, done="no_reaction")
        except Rejected as rejection:
            if rejection.error != "message_not_found":
                raise

    def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal: https://docs.slack.dev/reference/methods/views.open.

        Slack takes a trigger for three seconds, and once: succeed if it has been used.
        """
        arguments = {"trigger_id": trigger_id, "view": view}
        self._call("views.open", json=arguments, done="exchanged_trigger_id")

    def open_dm(self, user: str) -> str:
        """Return the id of the DM with a user. Opening a DM is idempotent."""
        answer = self._call("conversations.open", json={"users": user})
        return str(answer["channel"]["id"])

    def find(
        self, channel: str, wanted: ReplyMetadata, *, oldest: str, thread_ts: str | None
    ) -> str:
        """Return the `ts` of the bot's own post with this metadata in a channel or a thread.

        Return "" if there is none since `oldest`. Only the newest 1,000 messages of a channel are
        searched, and the oldest 1,000 of a thread.
        """
        method = "conversations.replies" if thread_ts else "conversations.history"
        arguments: dict[str, Any] = {
            "channel": channel,
            "oldest": oldest,
            # Without it, Slack begins with the messages closest to `oldest`.
            "latest": f"{time.time() + _LATER_SECONDS:.6f}",
            "limit": _PAGE,
            "include_all_metadata": True,
        }
        if thread_ts:
            arguments["ts"] = thread_ts
        for page in self._pages(method, arguments, most=_PAGES):
            for message in page.get("messages") or ():
                if wanted.matches(message.get("metadata")) and self._own.wrote(message):
                    return str(message.get("ts") or "")
        return ""

    def message(self, channel: str, ts: str, *, thread_ts: str = "") -> Mapping[str, Any] | None:
        """Return a message as it is now, or None. `thread_ts` is that of its thread, if known."""
        thread = self._thread(channel, thread_ts or ts, oldest=ts, latest=ts, inclusive=True)
        return next((each for each in thread if each.get("ts") == ts), None)

    def permalink(self, channel: str, ts: str, thread_ts: str = "") -> str:
        """Return the address of a message, perhaps in a thread. Raise `SlackError`."""
        inside = f"?thread_ts={thread_ts}&cid={channel}" if thread_ts not in ("", ts) else ""
        return f"{self.site()}archives/{channel}/p{ts.replace('.', '')}{inside}"

    def site(self) -> str:
        """Return the workspace's address, with a slash at the end. Raise `SlackError`."""
        return self._own.site()

    def has_replies(self, channel: str, ts: str, *, besides: str = "") -> bool:
        """Return whether a human has replied in the thread of a message, `besides` this user."""
        return any(
            each.get("ts") != ts
            and not each.get("bot_id")
            and each.get("user") != (besides or None)
            for each in self._thread(channel, ts)
        )

    def _thread(self, channel: str, ts: str, **span: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the messages of a thread; none if it is gone."""
        arguments = {"channel": channel, "ts": ts, "limit": _PAGE} | span
        try:
            for page in self._pages("conversations.replies", arguments, most=_PAGES):
                yield from page.get("messages") or ()
        except Rejected as rejection:
            if rejection.error not in ("thread_not_found", "message_not_found"):
                raise

    def _pages(
        self,
        method: str,
        arguments: dict[str, Any],
        most: int | None = None,
        max_wait: float = 0.0,
    ) -> Iterator[SlackResponse]:
        cursor = ""
        seen = 0
        while most is None or seen < most:
            page = self._page(method, arguments | ({"cursor": cursor} if cursor else {}), max_wait)
            yield page
            seen += 1
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _page(self, method: str, arguments: dict[str, Any], max_wait: float) -> SlackResponse:
        while True:
            try:
                return self._call(method, params=arguments)
            except Retryable as reason:
                if reason.retry_after is None or not reason.retry_after <= max_wait:
                    raise
                time.sleep(reason.retry_after)

    def _call(self, method: str, *, done: str = "", **arguments: Any) -> SlackResponse:
        """Call a method. The error `done` counts as success: its effect is already in place."""
        try:
            return self.client.api_call(method, **arguments)
        except SlackApiError as error:
            answer: SlackResponse = error.response
            failure = errors.of_response(method, answer.status_code, answer.data, answer.headers)
            if isinstance(failure, Rejected) and failure.error == done:
                return answer
            if isinstance(failure, (Rejected, TokenRefused)) and failure.error not in _ORDINARY:
                self._on_rejection(failure.error)
            raise failure from None
        except ConnectError as error:
            raise Retryable(f"{method}: {error}") from None
        except ReadError as error:
            raise OutcomeUnknown(f"{method}: {error}") from None


def _message(
    channel: str,
    text: str,
    thread_ts: str | None,
    attachments: Sequence[Mapping[str, Any]],
    blocks: Blocks = (),
) -> dict[str, Any]:
    arguments: dict[str, Any] = {"channel": channel, "text": text}
    if thread_ts:
        arguments["thread_ts"] = thread_ts
    if attachments:
        arguments["attachments"] = list(attachments)
    if blocks:
        arguments["blocks"] = list(blocks)
    return arguments
