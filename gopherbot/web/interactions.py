"""`POST /slack/interactivity`: checks what members do with shortcuts and modals, and queues it.

It passes the same checks as an event (`checks.py`), and waits sealed: it says who clicked.
https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs

import falcon
import msgspec

from gopherbot.metrics import counters
from gopherbot.metrics.counters import Reason
from gopherbot.queues import messages
from gopherbot.queues.sealing import Sealer
from gopherbot.table import InteractionActor, InteractionKind
from gopherbot.web.checks import RequestChecks, enqueue
from gopherbot.web.envelope import Malformed, decode
from gopherbot.web.http import refusals
from gopherbot.web.http.refusals import refused
from gopherbot.web.queue_writer import QueueWriter

_FORM = "application/x-www-form-urlencoded"
_MAY_BE_NOBODYS = frozenset({"block_actions", "view_closed"})
"""What Slack sends although nobody may want it, such as a click on a button that is a link."""


class _Team(msgspec.Struct):
    id: str


class _View(msgspec.Struct):
    id: str
    callback_id: str = ""
    hash: str = ""


class _Action(msgspec.Struct):
    action_id: str


class _Payload(msgspec.Struct):
    """The fields that the checks and the routing need. The whole payload is forwarded."""

    type: str
    api_app_id: str
    team: _Team
    trigger_id: str = ""
    token: str | None = None
    callback_id: str = ""
    view: _View | None = None
    actions: list[_Action] = []

    @property
    def subject(self) -> str:
        """The `callback_id` or `action_id` by which a row of the table is found."""
        if self.actions:
            return self.actions[0].action_id
        return self.callback_id or (self.view.callback_id if self.view else "")

    @property
    def identity(self) -> tuple[str, ...]:
        """What is the same if Slack's client sends it again: a modal is submitted once."""
        if self.view and self.type.startswith("view_"):
            return self.type, self.view.id, self.view.hash
        return self.type, self.trigger_id, self.subject


_decoder = msgspec.json.Decoder(_Payload)


class InteractionResource:
    """Handles what members do with the shortcuts, modals and buttons of `rows`."""

    def __init__(
        self, checks: RequestChecks, writer: QueueWriter, rows: Iterable[InteractionActor]
    ) -> None:
        self.checks = checks
        self.writer = writer
        self._sealer = Sealer(checks.settings.signing_secret)
        self._rows: dict[tuple[InteractionKind | str, str], InteractionActor] = {
            (row.kind, row.id): row for row in rows
        }
        if self._rows:
            self._sealer.seal(b"")  # Loads the library before a member waits for it.

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer one request. Raise Falcon's HTTP errors to refuse it."""
        environ = request.env
        body = self.checks.signed_body(environ, _FORM)
        try:
            payload, body = decode(_field(body), _decoder)
        except Malformed as error:
            raise refused(Reason.MALFORMED, str(error)) from None
        self.checks.check_token(payload.token)
        self.checks.check_origin(payload.api_app_id, payload.team.id)
        self.writer.counts.happened(counters.SLACK_HEARD)
        response.content_type = falcon.MEDIA_TEXT
        row = self._rows.get((payload.type, payload.subject))
        if row is None:
            self.writer.counts.add(counters.IGNORED)
            if payload.type not in _MAY_BE_NOBODYS:
                # The member's client says that the app failed, rather than nothing.
                raise falcon.HTTPNotFound(description="the bot offers nothing of this name")
            return
        id = f"In{self._sealer.digest('interaction', *payload.identity)}"
        request.context.event_id = id
        request_id = refusals.request_id(request)
        message = messages.pack(
            row.queue,
            row.name,
            self._sealer.seal(body),
            request_id,
            id,
            sent_at=float(environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"]),
            gateway=self.checks.settings.identity.dyno,
            max_age=row.max_age,
        )
        enqueue(self.writer, message, event_id=id, request_id=request_id)


def _field(body: bytes) -> bytes:
    """Return the form's `payload`. Raise `Malformed`."""
    try:
        form = parse_qs(body.decode("ascii"), errors="strict", max_num_fields=10)
    except ValueError:  # a UnicodeDecodeError, too
        raise Malformed("the body is not a form") from None
    if "payload" not in form:
        raise Malformed("payload: missing")
    return form["payload"][-1].encode()
