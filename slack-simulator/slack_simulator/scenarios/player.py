"""The player, which repeats a scenario's actions in a simulator."""

import functools
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec

from slack_simulator.apps import named
from slack_simulator.apps.app import App
from slack_simulator.components import Components
from slack_simulator.feed.feed import Entry
from slack_simulator.feed.recordings import is_post
from slack_simulator.scenarios.scenario import (
    Click,
    Close,
    Command,
    Delete,
    Deliver,
    Edit,
    Fault,
    JoinChannel,
    JoinTeam,
    LeaveChannel,
    React,
    Say,
    Scenario,
    Shortcut,
    Submit,
)

T = TypeVar("T")

_USER = re.compile(r"<@(\w+)")
_SECONDS_BETWEEN_LOOKS = 0.05


class Player:
    """Play scenarios. Wait for the posts, modals and elements that an action refers to."""

    def __init__(
        self, components: Components, *, timeout: float = 10.0, pause: Callable[[float], Any]
    ) -> None:
        self._components = components
        self._workspace = components.workspace
        self._timeout = timeout
        self._pause = pause
        self._after = components.feed.seq
        self._stamps: dict[str, str] = {}
        self._users: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def play(
        self,
        scenario: Scenario,
        *,
        speed: float | None = None,
        proceed: Callable[[], bool] = lambda: True,
    ) -> None:
        """Play all actions: at `speed` times the original speed, or without pauses if None.

        `proceed` is called before each action, and ends the play if it returns False.

        Raise `TimeoutError` if the bot doesn't show what an action refers to, `SlackError` if an
        action is rejected, `ValueError` for a wrong fault, or `LookupError` for an input that
        isn't there.
        """
        start = time.monotonic()
        for action in scenario.actions:
            if speed:
                self._pause(max(0.0, start + action.at / speed - time.monotonic()))
            if not proceed():
                return
            self._do(action)

    @functools.singledispatchmethod
    def _do(self, action: object) -> None:
        raise TypeError(f"{type(action).__name__} can't be played")

    @_do.register
    def _say(self, action: Say) -> None:
        where = self._channel(action.channel), self._user(action.user)
        text, thread_ts = self._text(action.text), self._thread(action.thread_ts)
        if action.file_name:
            file = action.file_content, action.file_name
            posted = self._workspace.upload(*file, *where, text=text, thread_ts=thread_ts)
        else:
            broadcast = action.broadcast
            posted = self._workspace.say(text, *where, thread_ts=thread_ts, broadcast=broadcast)
        self._stamps[action.ts] = posted.ts

    @_do.register
    def _edit(self, action: Edit) -> None:
        text = self._text(action.text)
        self._workspace.edit(*self._message(action), text, self._user(action.user))

    @_do.register
    def _delete(self, action: Delete) -> None:
        self._workspace.delete(*self._message(action), self._user(action.user))

    @_do.register
    def _react(self, action: React) -> None:
        do = self._workspace.unreact if action.removed else self._workspace.react
        do(*self._message(action), action.emoji, self._user(action.user))

    @_do.register
    def _join_team(self, action: JoinTeam) -> None:
        joined = self._workspace.join_team(action.name).user
        self._users[action.id] = joined.id
        self._names[action.name] = joined.name

    @_do.register
    def _join_channel(self, action: JoinChannel) -> None:
        self._workspace.join_channel(action.channel, self._user(action.user))

    @_do.register
    def _leave_channel(self, action: LeaveChannel) -> None:
        self._workspace.leave_channel(action.channel, self._user(action.user))

    @_do.register
    def _command(self, action: Command) -> None:
        command, _, text = action.text.partition(" ")
        where = self._channel(action.channel), self._user(action.user)
        named.of_command(self._components, command).interactivity.slash_command(
            command, text, *where
        )

    @_do.register
    def _shortcut(self, action: Shortcut) -> None:
        user, id = self._user(action.user), action.callback_id
        interactivity = named.of_shortcut(self._components, id).interactivity
        if action.ts:
            interactivity.message_shortcut(id, *self._message(action), user)
        else:
            interactivity.shortcut(id, user)

    @_do.register
    def _click(self, action: Click) -> None:
        user, on = self._user(action.user), None
        if action.ts:
            name, ts = self._message(action)
            channel = self._workspace.conversation(name).id
            on = msgspec.structs.replace(action, channel=channel, ts=ts)
            app = cast("App", named.of_message(self._components, channel, ts))
        else:
            app = self._app_showing(action.view, user)
        choose, number = action.choose, action.number
        self._once_shown(
            lambda: app.click(action.element, user, on=on, choose=choose, number=number)
        )

    @_do.register
    def _submit(self, action: Submit) -> None:
        user = self._user(action.user)
        self._app_showing(action.view, user).submit(action.fields, user)

    @_do.register
    def _close(self, action: Close) -> None:
        user = self._user(action.user)
        app = self._app_showing(action.view, user)
        app.interactivity.dismiss(app.modal(user).id, user, everything=action.everything)

    @_do.register
    def _deliver(self, action: Deliver) -> None:
        self._components.deliver(action.event)

    @_do.register
    def _fault(self, action: Fault) -> None:
        self._components.fault(action.line)

    def _app_showing(self, view: str, user: str) -> App:
        """Wait until a member sees a view with that `callback_id`. Return its app."""

        def look() -> App:
            member = self._workspace.user(user).id
            for app in self._components.shared.apps.values():
                shown = [each for each in app.interactivity.views.all() if each.user == member]
                if any(each.shape["callback_id"] == view for each in shown):
                    return app
            raise LookupError(f"{user} sees no view {view!r}")

        return self._once_shown(look)

    def _once_shown(self, use: Callable[[], T]) -> T:
        """Return what a function returns, as soon as it finds what it looks for."""
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                return use()
            except LookupError as problem:
                if time.monotonic() > deadline:
                    raise TimeoutError(str(problem)) from None
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _message(self, action: Edit | Delete | React | Shortcut | Click) -> tuple[str, str]:
        return self._channel(action.channel), self._ts(action.ts)

    def _user(self, name: str) -> str:
        return self._names.get(name, name)

    def _channel(self, name: str) -> str:
        if not name.startswith("@"):
            return name
        return self._workspace.open_dm(self._workspace.user(self._user(name[1:]))).id

    def _text(self, text: str) -> str:
        return _USER.sub(lambda match: f"<@{self._users.get(match[1], match[1])}", text)

    def _thread(self, ts: str | None) -> str | None:
        return None if ts is None else self._ts(ts)

    def _ts(self, ts: str) -> str:
        _, _, number = ts.partition(":")
        if not number:
            return self._stamps.get(ts, ts)
        count = int(number) + 1
        posts: list[Entry] = self._components.feed.collect(
            is_post, count, self._timeout, after=self._after
        )
        return str(posts[-1]["message"]["ts"])
