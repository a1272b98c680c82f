"""The arguments of an API call, read from the query and a form or JSON body."""

import base64
from collections.abc import Sequence
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from slack_simulator.http.messages import Request
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

_TRUE = {"1", "true", "True"}


class Arguments:
    """Named values. Those from a form are strings, those from JSON have their own types.

    A file in a form is its bytes.
    """

    def __init__(self, values: Json) -> None:
        self.values = values

    def given(self, name: str) -> bool:
        """Return whether there is a value, even an empty one."""
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """Return a string. A number is converted."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def present(self, name: str) -> str:
        """Return a string, which may be empty. Raise `invalid_arguments` without one."""
        return self.text(name) if self.given(name) else self.required(name)

    def named(self, name: str, missing: str) -> str:
        """Return the ID or name of a thing. Raise `invalid_arguments` without one.

        Raise `missing`, such as `channel_not_found`, only for an empty one, as Slack does.
        """
        if not self.present(name):
            raise SlackError(missing)
        return self.text(name)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """Return a string. Raise `error` if it is missing or empty."""
        value = self.text(name)
        if not value:
            raise SlackError(error, **_missing(name))
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean. True values are true, "true", "True", 1 and "1"."""
        value = self.values.get(name)
        return default if value is None else value is True or str(value) in _TRUE

    def optional_flag(self, name: str) -> bool | None:
        """Return a boolean, or None if it isn't given."""
        return None if self.values.get(name) is None else self.flag(name)

    def limit(self, default: int, highest: int) -> int:
        """Return the page size, `limit`. Raise `invalid_limit` above `highest`."""
        value = self.text("limit")
        if not value:
            return default
        if not value.isdecimal() or int(value) > highest:
            raise SlackError("invalid_limit")
        return int(value) or default

    def whole(self, name: str, default: int) -> int:
        """Return a number above 0, or `default` for anything else."""
        value = self.text(name)
        return int(value) if value.isdecimal() and int(value) > 0 else default

    def items(self, name: str, error: str) -> list[Json]:
        """Return a list of objects, which forms carry as JSON text. Raise `error` if invalid."""
        value = self.structure(name, error)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise SlackError(error)
        return value

    def structure(self, name: str, error: str) -> Any:
        """Return a JSON value or None; forms carry it as JSON text. Raise `error` if invalid."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            return value or None
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise SlackError(error) from None

    def names(self, name: str) -> Sequence[str]:
        """Return a list of strings, which forms separate by commas."""
        value = self.values.get(name) or []
        words = value if isinstance(value, list) else str(value).split(",")
        return [str(word).strip() for word in words if str(word).strip()]


def read(request: Request) -> Arguments:
    """Return all arguments of a call. Those of the body override those of the query.

    Raise `invalid_json`, `json_not_object`, `invalid_form_data`, `missing_post_type` or
    `invalid_post_type`.
    """
    values: Json = dict(request.query) | _credentials(request)
    if request.body:
        values |= _body(request)
    return Arguments(values)


def _credentials(request: Request) -> Json:
    """Return the app's ID and secret, which slack_sdk sends as a user and a password."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": id, "client_secret": secret}


def _body(request: Request) -> Json:
    match request.content_type:
        case "application/x-www-form-urlencoded":
            return _form(request.body)
        case "application/json":
            return _json(request.body)
        case "multipart/form-data":
            return _multipart(request)
        case "":
            raise SlackError("missing_post_type")
    raise SlackError("invalid_post_type")


def _form(body: bytes) -> Json:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError:
        raise SlackError("invalid_form_data") from None


def _multipart(request: Request) -> Json:
    """Return the fields of a form with files: a file is its bytes."""
    kind = request.headers.get("content-type", "")
    whole = message_from_bytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body, policy=HTTP
    )
    if not whole.is_multipart():
        raise SlackError("invalid_form_data")
    values: Json = {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        raw = part.get_payload(decode=True)
        content = raw if isinstance(raw, bytes) else b""
        is_file = part.get_filename() is not None
        values[str(name)] = content if is_file else content.decode("utf-8", "replace")
    return values


def _json(body: bytes) -> Json:
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SlackError("invalid_json") from None
    if not isinstance(values, dict):
        raise SlackError("json_not_object")
    return values


def _missing(name: str) -> Json:
    return {"response_metadata": {"messages": [f"[ERROR] missing required field: {name}"]}}
