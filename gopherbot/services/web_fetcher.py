"""Requests of handlers and watchers to services outside Slack, over a shared pool.

Errors are `ServiceError`s that name a host and a reason, never a full address or a token.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
import urllib3
from urllib3.util import Url, parse_url

from gopherbot import decoding, logs
from gopherbot.errors import RetryLater, ServiceError, ServiceUnreachable
from gopherbot.http.fetch import REDIRECTS, fetch, host_of, new_pool
from gopherbot.http.response import Response
from gopherbot.model import CodeCheck, File
from gopherbot.settings import Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable

Shape = TypeVar("Shape")

CONNECT_SECONDS = 2.0
READ_SECONDS = 4.0
"""The timeout for each read."""
TOTAL_SECONDS = 10.0
"""The time limit for a whole response, including its head."""
CHECK_SECONDS = 3.0
"""The time limit for each of the two responses that check code: an event has ten seconds."""
FILE_BYTES = 64 * 1024
"""The size of the largest file to read, and of the largest program that the Playground accepts."""

_PLACE = re.compile(r"(?:vet: )?(?:\./)?prog\.go:")
"""What begins a line of go vet's that reports something."""
_CODE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SLACK_HOST = re.compile(r"slack\.com|(?:[a-z0-9-]{1,63}\.){1,8}slack(?:|-edge|-files)\.com")
MISSING_SECONDS = 8.0
"""How long after sharing a file Slack may not find it yet."""
OUTAGE_SECONDS = 20.0
"""How long after sharing a file failed reads are retried. The rest of the message's code waits
meanwhile, and is dropped after 30 s."""
_OUTAGE = frozenset({408, 429, 500, 502, 503, 504})
_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

log = logs.get_logger(__name__)


class _Formatted(msgspec.Struct):
    """The response of the Playground's `fmt`."""

    body: str = msgspec.field(name="Body", default="")
    error: str = msgspec.field(name="Error", default="")


class _Compiled(msgspec.Struct):
    """The response of the Playground's `compile`, as far as it's read."""

    vet_errors: str = msgspec.field(name="VetErrors", default="")


class HttpFetcher:
    """The real `model.Playground` and `model.Files`, with further requests for watchers."""

    def __init__(
        self,
        settings: Settings,
        tls: ssl.SSLContext,
        slack: Slack,
        *,
        read_seconds: float = READ_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self.services = settings.services
        self.slack_api_url = settings.slack_api_url
        self.token = settings.bot_token
        self.pool = new_pool(tls, total_seconds=total_seconds)
        self.quick_pool = new_pool(tls, total_seconds=min(CHECK_SECONDS, total_seconds))
        self.slack = slack
        self.timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds)

    def get(self, url: str, *, limit: int = 4 * 1024 * 1024) -> bytes:
        """Return the body at `url`. Raise `ServiceError` for any status but 200."""
        response = self._request("GET", url, limit=limit)
        if response.status != 200:
            raise ServiceError(f"{host_of(url)} answered {response.status}")
        return response.body

    def get_json(self, url: str, shape: type[Shape], *, guard: bytes = b"") -> Shape:
        """Return a service's JSON response as `shape`, without an optional prefix `guard`.

        Raise `ServiceError` if the service is unavailable or the response does not fit.
        """
        body = self.get(url).removeprefix(guard)
        try:
            return decoding.decode(body, shape)
        except decoding.UNREADABLE as error:
            raise ServiceError(f"unexpected response: {error}") from None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a POST request, possibly twice. Return the status. Raise `ServiceError`."""
        return self._request("POST", url, limit=4096, body=body, headers=headers).status

    def respond(self, url: str, text: str) -> None:
        """Show a text to the member alone whose click came with this `response_url`.

        It may be shown twice. Raise `SlackError`.
        """
        method = "response_url"
        try:
            address = self._slack_address(url, method)
            body = {"text": text, "response_type": "ephemeral", "replace_original": False}
            status = self.post(address, msgspec.json.encode(body), _JSON)
        except ServiceUnreachable as error:
            raise OutcomeUnknown(f"{method}: {error}") from None
        except ServiceError as error:
            log.warning("no response", error=str(error))
            raise Rejected(method, "not_slacks") from None
        if status in _OUTAGE:
            raise OutcomeUnknown(f"{method}: status {status}")
        if status != 200:
            raise Rejected(method, f"status_{status}")

    def share_code(self, code: str) -> str:
        """Store Go code in the Playground. Return its address there.

        Raise `ServiceError`. Sharing is idempotent: the same code always gets the same address.
        """
        base = self.services.playground
        response = self._request(
            "POST",
            f"{base}/_/share",
            limit=1024,
            body=code.encode("utf-8", "replace"),
            headers={"Content-Type": "text/plain; charset=utf-8"},
        )
        if response.status != 200:
            raise ServiceError(f"the Playground answered {response.status}")
        id = response.body.decode("ascii", "replace").strip()
        if not _CODE_ID.fullmatch(id):
            raise ServiceError("the Playground's response is not an id")
        return f"{base}/play/p/{id}"

    def check_code(self, code: str) -> CodeCheck:
        """Have the Playground format, compile and vet Go code. Raise `ServiceError`.

        Of code that doesn't compile, vet says nothing: its author asks about that already.
        """
        formatted = self._post_form("fmt", _Formatted, body=code)
        if formatted.error:
            return CodeCheck(unreadable=formatted.error.splitlines()[0].removeprefix("prog.go:"))
        compiled = self._post_form("compile", _Compiled, version="2", body=code, withVet="true")
        lines = (line.strip() for line in compiled.vet_errors.splitlines())
        return CodeCheck(
            is_formatted=formatted.body.rstrip() == code.rstrip(),
            vet=tuple(_PLACE.sub("", line) for line in lines if _PLACE.match(line)),
        )

    def _post_form(self, action: str, shape: type[Shape], **form: str) -> Shape:
        response = self._request(
            "POST",
            f"{self.services.playground}/_/{action}",
            limit=1024 * 1024,
            body=urlencode(form, errors="replace").encode(),
            headers=_FORM,
            pool=self.quick_pool,
        )
        if response.status != 200:
            raise ServiceError(f"the Playground answered {response.status}")
        try:
            return decoding.decode(response.body, shape)
        except decoding.UNREADABLE as error:
            raise ServiceError(f"unexpected response: {error}") from None

    def read_file(self, file: File) -> str:
        """Return the text of a file that a member shared. Files are fetched only from Slack.

        Raise `RetryLater` for a temporary failure while the file is new, such as a file that Slack
        does not find yet: the event is retried without blocking a thread. Raise
        `ServiceUnreachable` for such a failure later on. Raise and log `ServiceError` for a file
        that is too large, not UTF-8 text, hosted elsewhere, or not readable with the token.
        """
        try:
            return self._read_file(file)
        except ServiceError as error:
            log.warning("file not read", file=file.id, error=str(error))
            raise

    def _read_file(self, file: File) -> str:
        if not file.url_private_download:
            file = self._looked_up(file)
        if file.size > FILE_BYTES:
            raise ServiceError(f"file {file.id}: more than {FILE_BYTES} bytes")
        url = self._slack_address(file.url_private_download, f"file {file.id}")
        bearer = {"Authorization": f"Bearer {self.token.reveal()}"}
        try:
            response = self._request("GET", url, limit=FILE_BYTES, headers=bearer)
        except ServiceUnreachable as error:
            raise _temporary(file, str(error), OUTAGE_SECONDS) from None
        status, kind = response.status, response.headers.get("content-type", "")
        if status == 404 or status in _OUTAGE:
            seconds = MISSING_SECONDS if status == 404 else OUTAGE_SECONDS
            raise _temporary(file, f"{host_of(url)} answered {status}", seconds)
        if status in REDIRECTS or _is_web_page(kind, response.body):
            # Without access, Slack redirects to its sign-in page or answers with that page.
            raise ServiceError(f"file {file.id}: got a web page; does the token have files:read?")
        if status != 200:
            raise ServiceError(f"file {file.id}: {host_of(url)} answered {status}")
        return _text(file, response.body)

    def _looked_up(self, file: File) -> File:
        """Ask Slack for the fields that events lack for new files and files from elsewhere."""
        try:
            found = self.slack.file(file.id)
        except (Retryable, OutcomeUnknown) as error:
            raise _temporary(file, str(error), OUTAGE_SECONDS, error.retry_after) from None
        except Rejected as error:
            if error.error == "file_not_found":
                raise _temporary(file, "Slack cannot find it", MISSING_SECONDS) from None
            raise ServiceError(f"file {file.id}: {error}; reading it needs files:read") from None
        size = found.get("size")
        known = File(
            id=file.id,
            name=str(found.get("name") or ""),
            mimetype=str(found.get("mimetype") or ""),
            filetype=str(found.get("filetype") or ""),
            size=size if isinstance(size, int) else 0,
            url_private_download=str(found.get("url_private_download") or ""),
            created=file.created,
        )
        if known.mimetype and not known.mimetype.startswith("text/"):
            raise ServiceError(f"file {file.id} is not text")
        return known

    def _slack_address(self, address: str, what: str) -> str:
        """Return the address of `what`. Raise `ServiceError` if it is not Slack's.

        The address is reassembled from its checked parts, so that the host that was checked is the
        host that is connected to.
        """
        try:
            url = parse_url(address)
        except urllib3.exceptions.LocationParseError:
            raise ServiceError(f"{what}: its address is malformed") from None
        origin = _origin(url)
        secure = url.scheme == "https" and origin[2] == 443
        ours = secure and _SLACK_HOST.fullmatch(url.host or "") is not None
        if url.auth is not None or not (ours or origin == self._stand_in()):
            raise ServiceError(f"{what}: its address is not Slack's")
        return Url(url.scheme, None, url.host, url.port, url.path, url.query).url

    def _stand_in(self) -> tuple[str | None, str | None, int | None] | None:
        """Return the origin of the Web API if it is the simulator rather than Slack itself."""
        api = parse_url(self.slack_api_url)
        return None if _SLACK_HOST.fullmatch(api.host or "") else _origin(api)

    def _request(
        self,
        method: str,
        url: str,
        *,
        limit: int,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        pool: urllib3.PoolManager | None = None,
    ) -> Response:
        """Send a request, possibly twice: all here are idempotent. Raise `ServiceError`."""
        try:
            return fetch(
                pool or self.pool,
                method,
                url,
                headers={"User-Agent": "gopherbot", **(headers or {})},
                timeout=self.timeout,
                max_bytes=limit,
                body=body,
            )
        except ServiceError as error:
            raise type(error)(f"{host_of(url)}: {error}") from None


def _temporary(
    file: File, reason: str, seconds: float, delay: float | None = None
) -> RetryLater | ServiceUnreachable:
    """Return the error for a failure that is retried until the file is `seconds` old."""
    reason = f"file {file.id}: {reason}"
    if time.time() - file.created < seconds:
        return RetryLater(reason, delay=delay)
    return ServiceUnreachable(reason)


def _is_web_page(kind: str, body: bytes) -> bool:
    return "html" in kind.lower() or body.lstrip()[:14].lower() == b"<!doctype html"


def _text(file: File, body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ServiceError(f"file {file.id} is not UTF-8") from None
    if "\0" in text:
        raise ServiceError(f"file {file.id} is not text")
    return text


def _origin(url: Url) -> tuple[str | None, str | None, int | None]:
    port = {"https": 443, "http": 80}.get(url.scheme or "") if url.port is None else url.port
    return url.scheme, url.host, port
