"""User groups, which Slack's events call subteams."""

import itertools
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from slack_simulator.workspace.changes import Announced
from slack_simulator.workspace.directory import Directory
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json, User

LONGEST_DESCRIPTION: Final = 140
LONGEST_NAME: Final = 255
#: Words that mention everybody in a place, and so can't be a group's handle.
RESERVED: Final = frozenset({"channel", "everyone", "group", "here"})
_HANDLE: Final = re.compile(r"[^\W_A-Z][\w.-]*")


class UserGroup(msgspec.Struct, kw_only=True):
    """A user group. `disabled_at` is 0 while it is enabled; times are in Unix seconds."""

    id: str
    name: str
    handle: str
    description: str = ""
    channels: list[str] = []
    users: list[str] = []
    created: int
    created_by: str
    updated: int
    updated_by: str
    disabled_at: int = 0


class UserGroups:
    """The user groups of a workspace."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._groups: dict[str, UserGroup] = {}

    def all(self) -> list[UserGroup]:
        """Return all user groups, also disabled ones, in the order of their creation."""
        with self._directory.lock:
            return list(self._groups.values())

    def get(self, id: str) -> UserGroup:
        """Return a user group by its ID. Raise `no_such_subteam`."""
        with self._directory.lock:
            if id not in self._groups:
                raise SlackError("no_such_subteam")
            return self._groups[id]

    def create(
        self,
        by: User,
        name: str,
        handle: str = "",
        *,
        description: str = "",
        channels: Sequence[str] = (),
    ) -> UserGroup:
        """Create a user group. Raise what is wrong with it, as https://docs.slack.dev lists it."""
        with self._directory.lock:
            handle = handle or self._free_handle(name)
            self._check(None, name=name, handle=handle, description=description, channels=channels)
            now = int(self._directory.clock.now())
            group = UserGroup(
                id=self._directory.ids.new("S0"),
                name=name,
                handle=handle,
                description=description,
                channels=list(channels),
                created=now,
                created_by=by.id,
                updated=now,
                updated_by=by.id,
            )
            self._groups[group.id] = group
            self._tell("subteam_created", by, {"subteam": self.shape(group)})
            return group

    def change(self, id: str, by: User, **fields: object) -> UserGroup:
        """Change fields of a user group. Raise as `create` does."""
        with self._directory.lock:
            group = self.get(id)
            given = {name: value for name, value in fields.items() if value is not None}
            self._check(group, **given)
            before = set(group.users)
            for name, value in given.items():
                setattr(group, name, value)
            group.updated, group.updated_by = int(self._directory.clock.now()), by.id
            self._tell("subteam_updated", by, {"subteam": self.shape(group)})
            if before != set(group.users):
                self._tell_members(group, by, before)
            return group

    def _check(self, changed: UserGroup | None, **given: Any) -> None:
        """Raise what is wrong with the fields of a new group, or with those that are changed."""
        others = [group for group in self._groups.values() if group is not changed]
        name, handle = given.get("name"), given.get("handle")
        if name == "":
            raise SlackError("missing_subteam_name")
        if len(name or "") > LONGEST_NAME:
            raise SlackError("name_too_long")
        if any(group.name == name for group in others):
            raise SlackError("name_already_exists")
        if handle is not None and not (changed and handle == changed.handle):
            self._check_handle(handle, {group.handle for group in others})
        if len(given.get("description") or "") > LONGEST_DESCRIPTION:
            raise SlackError("description_too_long")
        if not all(self._is_channel(id) for id in given.get("channels") or ()):
            raise SlackError("invalid_channel_provided")

    def _free_handle(self, name: str) -> str:
        """Return a handle like the name, for a group that is given none."""
        like = re.sub(r"[^\w.-]+", "-", name.lower()).strip("-._") or "group"
        taken = self._taken() | {group.handle for group in self._groups.values()} | RESERVED
        numbered = (f"{like}-{number}" for number in itertools.count(2))
        return next(each for each in itertools.chain([like], numbered) if each not in taken)

    def _taken(self) -> set[str]:
        """Return the names of channels and members, which no handle may be."""
        channels = {each.name for each in self._directory.conversations.values()}
        return channels | {each.name for each in self._directory.users.values()}

    def _check_handle(self, handle: str, others: set[str]) -> None:
        """Raise what is wrong with a handle."""
        if not _HANDLE.fullmatch(handle) or handle != handle.lower():
            raise SlackError("bad_handle")
        if handle in RESERVED:
            raise SlackError("forbidden_handle")
        if handle in others | self._taken():
            raise SlackError("handle_already_exists")

    def _is_channel(self, id: str) -> bool:
        found = self._directory.conversations.get(id)
        return found is not None and found.kind in {"channel", "group"}

    def shape(self, group: UserGroup, *, users: bool = True) -> Json:
        """Return Slack's user group object, with its members if `users`."""
        identity = self._directory.identity
        members = {"users": list(group.users)} if users else {}
        return {
            "id": group.id,
            "team_id": identity.team_id,
            "is_usergroup": True,
            "is_subteam": True,
            "name": group.name,
            "description": group.description,
            "handle": group.handle,
            "is_external": False,
            "date_create": group.created,
            "date_update": group.updated,
            "date_delete": group.disabled_at,
            "auto_type": None,
            "auto_provision": False,
            "is_section": False,
            "enterprise_subteam_id": "",
            "created_by": group.created_by,
            "updated_by": group.updated_by,
            "deleted_by": group.updated_by if group.disabled_at else None,
            "prefs": {"channels": list(group.channels), "groups": []},
            "user_count": len(group.users),
            "channel_count": len(group.channels),
            **members,
        }

    def _tell_members(self, group: UserGroup, by: User, before: set[str]) -> None:
        now = set(group.users)
        added, removed = sorted(now - before), sorted(before - now)
        facts = {
            "subteam_id": group.id,
            "team_id": self._directory.identity.team_id,
            "date_previous_update": group.created,
            "date_update": group.updated,
            "added_users": added,
            "added_users_count": len(added),
            "removed_users": removed,
            "removed_users_count": len(removed),
        }
        self._tell("subteam_members_changed", by, facts)

    def _tell(self, what: str, by: User, facts: Json) -> None:
        event = {"type": what, **facts}
        self._directory.tell(Announced(what=what, user=by, events=[event]))
