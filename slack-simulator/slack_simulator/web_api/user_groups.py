"""User groups, which Slack's events call subteams."""

from collections.abc import Sequence

import msgspec

from slack_simulator.workspace.changes import Announced
from slack_simulator.workspace.directory import Directory
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json, User


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
        """Create a user group. Raise `name_already_exists` or `handle_already_exists`."""
        handle = handle or name.lower().replace(" ", "-")
        with self._directory.lock:
            self._check(name, handle)
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
            self._check(str(given.get("name", "")), str(given.get("handle", "")), group)
            before = set(group.users)
            for name, value in given.items():
                setattr(group, name, value)
            group.updated, group.updated_by = int(self._directory.clock.now()), by.id
            self._tell("subteam_updated", by, {"subteam": self.shape(group)})
            if before != set(group.users):
                self._tell_members(group, by, before)
            return group

    def _check(self, name: str, handle: str, but: UserGroup | None = None) -> None:
        others = [group for group in self._groups.values() if group is not but]
        if name and any(group.name == name for group in others):
            raise SlackError("name_already_exists")
        if handle and any(group.handle == handle for group in others):
            raise SlackError("handle_already_exists")

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
