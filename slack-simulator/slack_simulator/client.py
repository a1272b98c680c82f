"""A client for the control API, for command lines and for tests in other processes."""

import os
from datetime import datetime
from typing import Any, Self

import urllib3

from slack_simulator.workspace.objects import Json

DEFAULT_URL = "http://127.0.0.1:8065"


class SimulatorClientError(Exception):
    """The simulator rejected a request or can't be reached; the message says what to do."""


class SimulatorUnreachable(SimulatorClientError):
    """No simulator answers at the address."""


class SimulatorClient:
    """Drive the simulator at `url`. Every method may raise `SimulatorClientError`.

    Without `url`, it is the one in SLACK_SIMULATOR_URL, as in `slack-simulator test`.
    """

    def __init__(self, url: str = "", timeout: float = 10.0) -> None:
        self.url = (url or os.environ.get("SLACK_SIMULATOR_URL") or DEFAULT_URL).rstrip("/")
        self._timeout = timeout
        self._http = urllib3.PoolManager(maxsize=4)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.clear()

    def say(
        self,
        text: str,
        channel: str = "general",
        user: str = "regular",
        thread_ts: str | None = None,
        *,
        markup: bool = False,
    ) -> Json:
        """Post `text` as a member: as typed, or as Slack markup with `markup`.

        Return `channel` (an ID), `ts` and `event_ids`, with the message's own event first.
        """
        said = {"text" if markup else "typed": text, "channel": channel, "user": user}
        return self._post("/sim/messages", said | {"thread_ts": thread_ts})

    def upload(self, name: str, content: str, **more: Any) -> Json:
        """Upload a text file as a member. Return `file` (an ID) and what `say` returns."""
        return self._post("/sim/files", {"name": name, "content": content, **more})

    def join_team(self, user: str = "") -> Json:
        """Add a new member to the workspace. Return `user` (an ID) and `event_ids`."""
        return self._post("/sim/joins", {"user": user})

    def join_channel(self, channel: str = "newbies", user: str = "newcomer") -> Json:
        """Add a member to a channel. Return `event_ids`."""
        return self._post("/sim/joins", {"channel": channel, "user": user})

    def leave_channel(self, channel: str = "newbies", user: str = "newcomer") -> Json:
        """Remove a member from a channel. Return `event_ids`."""
        return self._post("/sim/leaves", {"channel": channel, "user": user})

    def edit(self, channel: str, ts: str, text: str, user: str = "") -> Json:
        """Edit a message as its author or as `user`. Return `event_ids`."""
        wanted = {"channel": channel, "ts": ts, "typed": text, "user": user}
        return self._post("/sim/messages/edit", wanted)

    def delete(self, channel: str, ts: str, user: str = "") -> Json:
        """Delete a message as its author or as `user`. Return `event_ids`."""
        return self._post("/sim/messages/delete", {"channel": channel, "ts": ts, "user": user})

    def react(self, channel: str, ts: str, emoji: str, user: str = "regular") -> Json:
        """Add a reaction as a member."""
        reaction = {"channel": channel, "ts": ts, "emoji": emoji, "user": user}
        return self._post("/sim/reactions", reaction)

    def unreact(self, channel: str, ts: str, emoji: str, user: str = "regular") -> Json:
        """Remove a reaction as a member."""
        reaction = {"channel": channel, "ts": ts, "emoji": emoji, "user": user}
        return self._post("/sim/reactions/remove", reaction)

    def add_channel(self, name: str, **more: Any) -> Json:
        """Create a channel. `more` may contain `purpose` and `user`. Return `channel` (an ID)."""
        return self._post("/sim/channels", {"name": name, **more})

    def change_channel(self, channel: str, **changes: Any) -> Json:
        """Rename (`name`), archive or unarchive (`archived`), or delete (`deleted`) a channel."""
        return self._post("/sim/channels", {"channel": channel, **changes})

    def add_emoji(self, name: str) -> Json:
        """Announce a new custom emoji."""
        return self._post("/sim/emoji", {"name": name})

    def fault(self, kind: str, **more: Any) -> Json:
        """Add a fault. `more` takes the fields of `Fault`."""
        return self._post("/sim/faults", {"kind": kind, **more})

    def clear_faults(self) -> Json:
        """Remove all faults."""
        return self._post("/sim/faults/clear", {})

    def set(self, **settings: Any) -> Json:
        """Change settings, for example `latency=0.1` or `redeliver=4`."""
        return self._post("/sim/settings", settings)

    def trace(self, *traces: Json) -> Json:
        """Add entries to the feed."""
        return self._post("/sim/traces", list(traces))

    def merge(self, number: int, subject: str, **more: Any) -> Json:
        """Merge a Gerrit change."""
        change = {"number": number, "subject": subject, **more}
        return self._post("/sim/services/gerrit/changes", change)

    def set_live(self, *, streaming: bool, next_episode: datetime | None = None) -> Json:
        """Set what the simulated changelog.com reports."""
        moment = None if next_episode is None else next_episode.isoformat()
        air = {"streaming": streaming, "next_episode": moment}
        return self._post("/sim/services/changelog", air)

    def post_status(self, text: str) -> Json:
        """Post a status as Go Time's Mastodon account."""
        return self._post("/sim/services/mastodon/statuses", {"text": text})

    def publish(self, feed: str, title: str, **more: str) -> Json:
        """Publish an item in the feed at this address."""
        return self._post("/sim/services/feeds/items", {"feed": feed, "title": title, **more})

    def fail_service(self, service: str, kind: str | None, **more: Any) -> Json:
        """Make a service fail, or with `kind` None work again."""
        fault = None if kind is None else {"kind": kind, **more}
        return self._post(f"/sim/services/{service}/fault", {"fault": fault})

    def health(self) -> Json:
        """Return the health that the app reports: see `extensions.py`. `version` is its rules'."""
        return self._request("GET", "/sim/health", self._timeout)

    def state(self) -> Json:
        """Return the whole state of the workspace."""
        return self._request("GET", "/sim/state", self._timeout)

    def feed(self, after: int = 0, wait: float = 0.0, kind: str = "") -> list[Json]:
        """Return the feed's entries after number `after`. Wait up to `wait` seconds for one."""
        path = f"/sim/feed?after={after}&wait={wait}&kind={kind}"
        entries: list[Json] = self._request("GET", path, self._timeout + wait)["entries"]
        return entries

    def _post(self, path: str, body: object) -> Json:
        return self._request("POST", path, self._timeout, body)

    def _request(self, method: str, path: str, timeout: float, body: object = None) -> Json:
        try:
            response = self._http.request(
                method,
                self.url + path,
                json=body,
                timeout=timeout,
                retries=False,
            )
            answer: Json = response.json()
        except (urllib3.exceptions.HTTPError, ValueError) as problem:
            raise SimulatorUnreachable(
                f"no simulator answers at {self.url}: start one, or pass its address ({problem})"
            ) from problem
        if not answer.get("ok"):
            raise SimulatorClientError(str(answer.get("error", response.status)))
        return answer
