"""Modals and Home tabs: the open views of each member, with stacked modals."""

import threading
from collections.abc import Callable, Iterator

import msgspec

from slack_simulator import blocks
from slack_simulator.blocks import rules
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.ids import Ids
from slack_simulator.workspace.objects import AppIdentity, Json
from slack_simulator.workspace.timestamps import Clock

MOST_STACKED = 3
LONGEST_TITLE = 24
_LONGEST = {
    "private_metadata": 3000,
    "callback_id": 255,
    "external_id": 255,
    **dict.fromkeys(("title", "submit", "close"), LONGEST_TITLE),
}
LARGEST_VIEW = 250_000
_KEPT = ("private_metadata", "callback_id", "external_id", "clear_on_close", "notify_on_close")
_FIELDS = frozenset({"type", "title", "blocks", "close", "submit", "submit_disabled", *_KEPT})
_EMPTY: Json = {
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "clear_on_close": False,
    "notify_on_close": False,
}


class View(msgspec.Struct, kw_only=True):
    """A modal or a Home tab. `shape` is Slack's view object."""

    id: str
    user: str
    shape: Json
    execution: str = ""
    """The ID of the workflow step that opened it, if one did."""
    dialog: Json | None = None
    """The dialog that a modal stands for, and the `channel` it was opened in."""


class Views:
    """All open views. `observe(action, view)` is called for each change."""

    def __init__(
        self,
        identity: AppIdentity,
        observe: Callable[[str, View], None],
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._identity = identity
        self._clock = clock
        self._ids = ids
        self._observe = observe
        self._lock = threading.RLock()
        self._modals: dict[str, View] = {}
        self._homes: dict[str, View] = {}

    def all(self) -> list[View]:
        """Return all open views: modals from the bottom of their stack up, then Home tabs."""
        with self._lock:
            return [*self._modals.values(), *self._homes.values()]

    def get(self, view_id: str) -> View:
        """Return a view by its ID or external ID. Raise `not_found`."""
        with self._lock:
            for view in self.all():
                if view_id in {view.id, view.shape.get("external_id")} and view_id:
                    return view
        raise SlackError("not_found")

    def home(self, user: str) -> View | None:
        """Return the view published in a member's Home tab, or None."""
        return self._homes.get(user)

    def open(
        self, user: str, shape: Json, *, previous: str | None = None, dialog: Json | None = None
    ) -> View:
        """Open a modal for a member, or push it onto the modal with the ID `previous`."""
        _check(shape, "modal")
        with self._lock:
            self._check_external_id(shape)
            root = self.get(previous) if previous else None
            if root and len([v for v in self._modals.values() if v.user == user]) >= MOST_STACKED:
                raise SlackError("push_limit_reached")
            if root is None:
                self._clear(user)
            view = self._new(user, shape, root)
            view.dialog = dialog
            self._modals[view.id] = view
            self._observe("pushed" if root else "opened", view)
            return view

    def update(self, view_id: str, shape: Json, given_hash: str = "") -> View:
        """Replace a view's content. Raise `not_found` or `hash_conflict`."""
        with self._lock:
            view = self.get(view_id)
            _check(shape, view.shape["type"])
            self._check_external_id(shape, view)
            if given_hash and given_hash != view.shape["hash"]:
                raise SlackError("hash_conflict")
            self._fill(view, shape)
            self._observe("updated", view)
            return view

    def publish(self, user: str, shape: Json, given_hash: str = "") -> View:
        """Replace a member's Home tab. Raise `hash_conflict`."""
        _check(shape, "home")
        with self._lock:
            view = self._homes.get(user)
            if view is None:
                view = self._homes[user] = self._new(user, shape, None)
            elif given_hash and given_hash != view.shape["hash"]:
                raise SlackError("hash_conflict")
            else:
                self._fill(view, shape)
            self._observe("published", view)
            return view

    def close(self, view_id: str) -> View:
        """Close a modal and uncover the one below."""
        with self._lock:
            view = self.get(view_id)
            self._modals.pop(view.id, None)
            self._observe("closed", view)
            return view

    def clear(self, user: str) -> None:
        """Close all of a member's modals."""
        with self._lock:
            self._clear(user)

    def _clear(self, user: str) -> None:
        for view in [view for view in self._modals.values() if view.user == user]:
            self.close(view.id)

    def _check_external_id(self, shape: Json, but: View | None = None) -> None:
        external_id = shape.get("external_id")
        others = [view for view in self.all() if view is not but]
        if external_id and any(view.shape["external_id"] == external_id for view in others):
            raise SlackError("duplicate_external_id")

    def _new(self, user: str, shape: Json, previous: View | None) -> View:
        view = View(id=self._ids.new("V0", 10), user=user, shape={})
        identity = self._identity
        view.shape = {
            "id": view.id,
            "team_id": identity.team_id,
            "type": shape["type"],
            "state": {"values": {}},
            "root_view_id": previous.shape["root_view_id"] if previous else view.id,
            "previous_view_id": previous.id if previous else None,
            "app_id": identity.app_id,
            "app_installed_team_id": identity.team_id,
            "bot_id": identity.bot_id,
        }
        self._fill(view, shape)
        return view

    def _fill(self, view: View, shape: Json) -> None:
        given = {name: shape[name] for name in _KEPT if name in shape}
        hash = f"{self._clock.stamp()}.{self._ids.hex(8)}"
        fresh = {"hash": hash, "blocks": blocks.completed(shape["blocks"], self._ids.short)}
        words = {
            name: blocks.with_defaults(shape.get(name)) for name in ("title", "submit", "close")
        }
        view.shape = view.shape | _EMPTY | given | words | fresh


def _check(shape: Json, kind: str) -> None:
    found = list(problems(shape, kind))
    if found:
        messages = [f"[ERROR] {problem}" for problem in found]
        raise SlackError("invalid_arguments", response_metadata={"messages": messages})
    if len(msgspec.json.encode(shape)) > LARGEST_VIEW:
        raise SlackError("view_too_large")


def problems(shape: Json, kind: str) -> Iterator[str]:
    """Yield what is wrong with a view, as Slack's messages with the place as a JSON pointer."""
    for name in shape.keys() - _FIELDS:
        yield f"invalid additional property: {name} [json-pointer:/view]"
    if shape.get("type") != kind:
        yield f"must be one of [{kind}] [json-pointer:/view/type]"
    given = shape.get("blocks")
    if not isinstance(given, list):
        yield "missing required field: blocks [json-pointer:/view]"
        return
    for problem in rules.problems(given, rules.MOST_IN_VIEW):
        yield problem.replace("[json-pointer:", "[json-pointer:/view")
    for name, longest in _LONGEST.items():
        if len(_words(shape.get(name))) > longest:
            yield f"must be less than {longest + 1} characters [json-pointer:/view/{name}]"
    if kind != "modal":
        return
    if not isinstance(shape.get("title"), dict):
        yield "missing required field: title [json-pointer:/view]"
    if not shape.get("submit") and any(
        isinstance(block, dict) and block.get("type") == "input" for block in given
    ):
        yield "must define `submit` to use an `input` block in modals [json-pointer:/view]"


def _words(value: object) -> str:
    """Return a text, or that of a text object."""
    return str((value.get("text") if isinstance(value, dict) else value) or "")
