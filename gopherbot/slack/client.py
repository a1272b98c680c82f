"""The only user of slack-sdk: kept-open connections, and answers sorted by what they mean.

slack-sdk opens a connection for every call. `PooledClient` is its own client over connections
that stay open (`kept_open.py`), and with no retries: whether a call may be made again is the
ledger's to decide, by these errors:

    Retryable        surely nothing happened: try again, after `retry_after` seconds if told
    OutcomeUnknown   it may have happened: look it up before trying again
    Rejected         Slack will never do it: `error` is Slack's word for why
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.request import Request

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse, WebClient

from gopherbot import logs
from gopherbot.errors import GopherbotError
from gopherbot.settings import Settings
from gopherbot.slack.http_pool import ConnectError, HttpPool, ReadError

METADATA_TYPE = "gopherbot_reply"
_PAGE = 200
_ASK_AGAIN_SECONDS = 1.0
_REJECTED_SECONDS = 30.0
_PAGES = 5

# https://api.slack.com/methods/chat.postMessage#errors: what may have happened all the same.
_DOUBTFUL = frozenset({"fatal_error", "internal_error", "request_timeout"})
_NOT_DONE = frozenset({"ratelimited", "rate_limited", "service_unavailable", "accesslimited"})
_ERROR_WORD = re.compile(r"[a-z0-9_]+")

# slack-sdk writes every call out in words for a logger that might be at DEBUG; this one never is.
_quiet = logging.getLogger("slack_sdk.gopherbot")
_quiet.setLevel(logging.WARNING)

log = logs.get_logger(__name__)


class SlackError(GopherbotError):
    """A call to Slack that did not work."""

    retry_after: float | None = None
    """When Slack says to try again, in seconds."""


class Retryable(SlackError):
    """Surely nothing happened."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class OutcomeUnknown(SlackError):
    """It may have happened."""


class Rejected(SlackError):
    """Slack will not do it, now or later."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.error = error


class PooledClient(WebClient):
    """slack-sdk's client over a pool of connections, shared by all threads.

    It overrides a private method, so `setup.cfg` admits only versions that are known to call it.
    """

    def __init__(self, token: str, base_url: str, pool: HttpPool) -> None:
        super().__init__(token=token, base_url=base_url, retry_handlers=[], logger=_quiet)
        self.pool = pool

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        body = cast("bytes | None", req.data) or b""
        response = self.pool.post(req.selector, body, dict(req.header_items()))
        text = response.body.decode("utf-8", "replace")
        # slack-sdk takes for granted that JSON from Slack is an object.
        is_object = text.lstrip().startswith("{")
        return {
            "status": response.status,
            "headers": response.headers,
            "body": text if is_object else "{}",
        }


@dataclass(frozen=True, slots=True)
class ReplyMetadata:
    """What a post carries as message metadata, so that it can be found again."""

    event_id: str
    rule: str
    number: int

    def metadata(self) -> dict[str, Any]:
        payload = {"event_id": self.event_id, "rule": self.rule, "number": self.number}
        return {"event_type": METADATA_TYPE, "event_payload": payload}


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """Who a token is, and what it may do."""

    user: str
    team: str
    team_id: str
    bot_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Channel:
    """A public channel, from `conversations.list`."""

    id: str
    name: str


class Slack:
    """The calls that the bot makes. Every method raises the errors above and nothing else."""

    def __init__(self, settings: Settings, connections: HttpPool) -> None:
        token, url = settings.bot_token.reveal(), settings.slack_api_url
        self.client = PooledClient(token, url, connections)
        self._identity_lock = threading.Lock()
        self._user_id: str | None = None
        self._ask_again_at = 0.0

    @property
    def known_user(self) -> str:
        """The bot's own user id if it has been asked for; "" before."""
        return self._user_id or ""

    def own_user(self) -> str:
        """Return the bot's own user id. Asks Slack until it has told, then never again."""
        if self._user_id is None:
            with self._identity_lock:
                if self._user_id is None:
                    self._user_id = self._ask_own_user()
        return self._user_id

    def _ask_own_user(self) -> str:
        # Many threads ask when a worker starts; while Slack does not tell, few of them call it.
        if time.monotonic() < self._ask_again_at:
            raise Retryable("auth.test: asked a moment ago")
        pause = _ASK_AGAIN_SECONDS
        try:
            answer = self._call("auth.test")
            user = answer.get("user_id")
            if not isinstance(user, str) or not user:
                raise OutcomeUnknown("auth.test: no user id in the answer")
        except SlackError as error:
            if isinstance(error, Rejected):
                # Not for good: a workspace that joins an organisation rejects for a while.
                log.error("slack rejects the bot token", error=error.error)
                pause = _REJECTED_SECONDS
            self._ask_again_at = time.monotonic() + pause
            raise
        log.info("slack knows us", user=user, team=answer.get("team_id"))
        return user

    def post(
        self,
        channel: str,
        text: str,
        mark: ReplyMetadata,
        *,
        thread_ts: str | None = None,
        attachments: Sequence[Mapping[str, Any]] = (),
        unfurl: bool = False,
        username: str = "",
        icon: str = "",
    ) -> None:
        """Post a message: https://api.slack.com/methods/chat.postMessage."""
        arguments = _message(channel, text, thread_ts, attachments)
        arguments |= {"unfurl_links": unfurl, "unfurl_media": unfurl, "metadata": mark.metadata()}
        if username:
            arguments["username"] = username
        if icon:
            arguments["icon_url" if icon.startswith("https://") else "icon_emoji"] = icon
        self._call("chat.postMessage", json=arguments)

    def post_ephemeral(
        self,
        channel: str,
        user: str,
        text: str,
        *,
        thread_ts: str | None = None,
        attachments: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Show a message to one user: https://api.slack.com/methods/chat.postEphemeral."""
        arguments = _message(channel, text, thread_ts, attachments)
        self._call("chat.postEphemeral", json=arguments | {"user": user})

    def react(self, channel: str, ts: str, emoji: str) -> None:
        """Add an emoji; one that is there already is done."""
        try:
            self._call("reactions.add", params={"channel": channel, "timestamp": ts, "name": emoji})
        except Rejected as refusal:
            if refusal.error != "already_reacted":
                raise

    def open_dm(self, user: str) -> str:
        """Give the id of the DM with a user; opening it twice is the same as once."""
        answer = self._call("conversations.open", json={"users": user})
        return str(answer["channel"]["id"])

    def find(
        self, channel: str, mark: ReplyMetadata, *, oldest: str, thread_ts: str | None
    ) -> bool:
        """Whether a post with this mark stands in a channel or a thread since `oldest`."""
        method = "conversations.replies" if thread_ts else "conversations.history"
        arguments: dict[str, Any] = {
            "channel": channel,
            "oldest": oldest,
            "limit": _PAGE,
            "include_all_metadata": True,
        }
        if thread_ts:
            arguments["ts"] = thread_ts
        wanted = mark.metadata()
        pages = self._pages(method, arguments, most=_PAGES)
        return any(
            _holds(message.get("metadata"), wanted)
            for page in pages
            for message in page.get("messages") or ()
        )

    def public_channels(self, *, patience: float = 0.0) -> Iterator[list[Channel]]:
        """Give all public channels that are not archived, page by page.

        Between pages it waits for as long as Slack asks, but up to `patience` seconds: a workspace
        may have more pages than Slack gives in a minute, and beginning anew would never end.
        """
        arguments = {"types": "public_channel", "exclude_archived": True, "limit": _PAGE}
        for page in self._pages("conversations.list", arguments, patience=patience):
            yield [
                Channel(str(channel["id"]), str(channel["name"]))
                for channel in page.get("channels") or ()
                if not channel.get("is_archived")
            ]

    def channel(self, id: str) -> Channel | None:
        """Return a channel, or None if it is archived.

        https://docs.slack.dev/reference/methods/conversations.info
        """
        found = self._call("conversations.info", params={"channel": id}).get("channel") or {}
        return None if found.get("is_archived") else Channel(id, str(found.get("name") or ""))

    def file(self, id: str) -> Mapping[str, Any]:
        """Give what Slack knows of a file: https://api.slack.com/methods/files.info."""
        answer = self._call("files.info", params={"file": id})
        found = answer.get("file")
        return found if isinstance(found, dict) else {}

    def who_am_i(self) -> TokenIdentity:
        """Give what Slack knows of the token: https://api.slack.com/methods/auth.test."""
        answer = self._call("auth.test")
        granted = str(answer.headers.get("x-oauth-scopes") or "")
        return TokenIdentity(
            user=str(answer.get("user") or ""),
            team=str(answer.get("team") or ""),
            team_id=str(answer.get("team_id") or ""),
            bot_id=str(answer.get("bot_id") or ""),
            scopes=frozenset(scope.strip() for scope in granted.split(",") if scope.strip()),
        )

    def app_of(self, bot_id: str) -> str:
        """Give the id of the app that a bot belongs to: https://api.slack.com/methods/bots.info."""
        bot = self._call("bots.info", params={"bot": bot_id}).get("bot") or {}
        return str(bot.get("app_id") or "")

    def _pages(
        self,
        method: str,
        arguments: dict[str, Any],
        most: int | None = None,
        patience: float = 0.0,
    ) -> Iterator[SlackResponse]:
        cursor = ""
        seen = 0
        while most is None or seen < most:
            page = self._page(method, arguments | ({"cursor": cursor} if cursor else {}), patience)
            yield page
            seen += 1
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _page(self, method: str, arguments: dict[str, Any], patience: float) -> SlackResponse:
        while True:
            try:
                return self._call(method, params=arguments)
            except Retryable as reason:
                if reason.retry_after is None or not reason.retry_after <= patience:
                    raise
                time.sleep(reason.retry_after)

    def _call(self, method: str, **arguments: Any) -> SlackResponse:
        try:
            answer = self.client.api_call(method, **arguments)
        except SlackApiError as error:
            raise _sort(method, error.response) from None
        except ConnectError as error:
            raise Retryable(f"{method}: {error}") from None
        except ReadError as error:
            raise OutcomeUnknown(f"{method}: {error}") from None
        return answer


def _message(
    channel: str,
    text: str,
    thread_ts: str | None,
    attachments: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    arguments: dict[str, Any] = {"channel": channel, "text": text}
    if thread_ts:
        arguments["thread_ts"] = thread_ts
    if attachments:
        arguments["attachments"] = list(attachments)
    return arguments


def _holds(metadata: object, wanted: Mapping[str, Any]) -> bool:
    return isinstance(metadata, dict) and all(metadata.get(k) == v for k, v in wanted.items())


def _sort(method: str, response: SlackResponse) -> SlackError:
    """Say what an answer that is not `ok` means for doing it again."""
    data = response.data if isinstance(response.data, dict) else {}
    given = data.get("error")
    error = given if isinstance(given, str) else ""
    if response.status_code >= 500 or error in _DOUBTFUL:
        return OutcomeUnknown(f"{method}: status {response.status_code} {error[:40]}".strip())
    if response.status_code == 429 or error in _NOT_DONE:
        return Retryable(f"{method}: {error}", retry_after=_retry_after(response))
    if _ERROR_WORD.fullmatch(error):
        return Rejected(method, error)
    # A proxy's page, perhaps; and slack-sdk has a sentence of its own for what is not JSON.
    return OutcomeUnknown(f"{method}: status {response.status_code} without a word of Slack's")


def _retry_after(response: SlackResponse) -> float | None:
    try:
        return max(0.0, float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
