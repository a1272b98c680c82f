"""What the app did, and waiting for what it will do."""

import re
import time
from collections import Counter
from collections.abc import Callable

from slack_simulator.components import Components
from slack_simulator.coverage import advice
from slack_simulator.feed.feed import PATIENCE, Entry
from slack_simulator.feed.recordings import Call, Post, Reaction, is_post, is_reaction
from slack_simulator.interactivity.views import View
from slack_simulator.members.transcript import transcript
from slack_simulator.shared import Shared
from slack_simulator.workspace.objects import AppIdentity, Json
from slack_simulator.workspace.setup import AppSetup


class Expecting(Components):
    """A Slack that knows what its app did.

    Expectations may come in another order than what they find: each finds what fits and wasn't
    found before.

    `patience` is their default timeout in seconds, and can be set.
    """

    def __init__(
        self, shared: Shared, identity: AppIdentity, app: AppSetup, signing_secret: str
    ) -> None:
        super().__init__(shared, identity, app, signing_secret)
        self.patience = PATIENCE
        self._found: set[int] = set()

    def expect(
        self,
        text: str | re.Pattern[str] = "",
        *,
        channel: str = "",
        user: str = "",
        timeout: float | None = None,
    ) -> Post:
        """Wait for a post of the app that contains `text`, or matches it as a pattern.

        It is in `channel` (a name or an ID; a member's name for their DM), and with `user` visible
        only to that member. Raise `AssertionError`, which shows the conversation.
        """

        def fits(entry: Entry) -> bool:
            if not self._is_post(entry):
                return False
            post = Post.of(entry)
            there = not channel or channel in self._names_of(post)
            seen = not user or post.user == self.workspace.user(user).id
            return there and seen and _has(text, post.words)

        what = f"a post with {text!r}" if text else "a post"
        where = f"{what} in {channel}" if channel else what
        return Post.of(self._expect(fits, f"{where} for {user}" if user else where, timeout))

    def expect_reaction(self, emoji: str = "", *, timeout: float | None = None) -> Reaction:
        """Wait for a reaction of the app, or raise `AssertionError` as `expect` does."""

        def fits(entry: Entry) -> bool:
            return self._is_reaction(entry) and emoji in {"", entry["emoji"]}

        return Reaction.of(self._expect(fits, f"a reaction {emoji}".rstrip(), timeout))

    def expect_view(self, text: str = "", *, timeout: float | None = None) -> View:
        """Wait for a modal or Home tab that the app opens or changes, with `text` in it.

        Raise `AssertionError`, which shows the conversation.
        """

        def fits(entry: Entry) -> bool:
            changed = self._is("view", entry) and entry["action"] != "closed"
            return changed and text in str(entry["view"])

        entry = self._expect(fits, f"a view with {text!r}" if text else "a view", timeout)
        return View(id=entry["view_id"], user=entry["user"], shape=entry["view"])

    def expect_silence(self, seconds: float = 0.5) -> None:
        """Raise `AssertionError` for a post after the last one expected.

        Wait until all events are taken, and for `seconds`.
        """
        self.deliveries.wait_attempted(self.patience)
        time.sleep(seconds)
        after = max(self._found, default=0)
        came = [entry for entry in self.feed.after(after) if self._is_post(entry)]
        if came:
            post = Post.of(came[0])
            raise AssertionError(f"the app posted {post.text!r}\n\n{transcript(self)}")

    def _expect(self, fits: Callable[[Entry], bool], what: str, timeout: float | None) -> Entry:
        wait = self.patience if timeout is None else timeout
        try:
            entry = self.feed.wait(lambda entry: entry.seq not in self._found and fits(entry), wait)
        except TimeoutError:
            raise AssertionError(f"no {what[2:]} within {wait:g} s\n\n{transcript(self)}") from None
        self._found.add(entry.seq)
        return entry

    def _names_of(self, post: Post) -> set[str]:
        """Return what the conversation of a post may be called."""
        members = self.workspace.conversation(post.channel).members
        names = {post.channel, post.channel_name}
        if post.channel_name:
            return names
        return names | {self.workspace.users[member].name for member in members}

    def calls(self, method: str | None = None) -> list[Call]:
        """Return the app's API calls (of one method), oldest first."""
        entries = [e for e in self.feed.after(0, "api_call") if self._is("api_call", e)]
        return [Call.of(e) for e in entries if method is None or e["method"] == method]

    def posts(self, channel: str | None = None) -> list[Post]:
        """Return the bot's messages (in a channel, by ID or name), including ephemeral ones."""
        posts = [Post.of(entry) for entry in self.feed.after() if self._is_post(entry)]
        return [p for p in posts if channel is None or channel in {p.channel, p.channel_name}]

    def reactions(self) -> list[Reaction]:
        """Return the bot's reactions."""
        return [Reaction.of(entry) for entry in self.feed.after() if self._is_reaction(entry)]

    def wait_for_posts(
        self, count: int, timeout: float = PATIENCE, *, after: int = 0
    ) -> list[Post]:
        """Wait for the bot's first `count` posts after entry `after`. Raise `TimeoutError`."""
        entries = self._collect(self._is_post, "posts", count, timeout, after)
        return [Post.of(entry) for entry in entries]

    def wait_for_reactions(
        self, count: int, timeout: float = PATIENCE, *, after: int = 0
    ) -> list[Reaction]:
        """Wait for the bot's first `count` reactions after entry `after`. Raise `TimeoutError`."""
        entries = self._collect(self._is_reaction, "reactions", count, timeout, after)
        return [Reaction.of(entry) for entry in entries]

    def wait_for_calls(
        self, method: str, count: int = 1, timeout: float = PATIENCE, *, after: int = 0
    ) -> list[Call]:
        """Wait for a method's first `count` calls after entry `after`. Raise `TimeoutError`.

        Raise `LookupError` for a method that isn't simulated: a refused call is no call.
        """
        if not self.web_api.knows(method):
            raise LookupError(advice(method))

        def is_call(entry: Entry) -> bool:
            return self._is("api_call", entry) and bool(entry["method"] == method)

        entries = self._collect(is_call, f"calls of {method}", count, timeout, after)
        return [Call.of(entry) for entry in entries]

    def _collect(
        self, fits: Callable[[Entry], bool], what: str, count: int, timeout: float, after: int
    ) -> list[Entry]:
        try:
            return self.feed.collect(fits, count, timeout, after=after)
        except TimeoutError:
            came = sum(map(fits, self.feed.after(after)))
            made = Counter(call.method for call in self.calls() if call.seq > after)
            called = ", ".join(f"{name} ({n})" for name, n in made.items()) or "nothing"
            raise TimeoutError(
                f"{came} of {count} {what} came within {timeout:g} s; the app called {called}"
                f"\n\n{transcript(self)}"
            ) from None

    def wait_for_view(
        self, action: str = "opened", timeout: float = PATIENCE, *, after: int = 0
    ) -> Json:
        """Wait for the first view opened, pushed, updated or published. Raise `TimeoutError`."""

        def is_view(entry: Entry) -> bool:
            return self._is("view", entry) and bool(entry["action"] == action)

        view: Json = self.feed.wait(is_view, timeout, after=after)["view"]
        return view

    def _is(self, kind: str, entry: Entry) -> bool:
        """Return whether an entry of this kind is about this app."""
        return entry.kind == kind and bool(entry["app"] == self.identity.app_id)

    def _is_post(self, entry: Entry) -> bool:
        return is_post(entry) and bool(entry["app"] == self.identity.app_id)

    def _is_reaction(self, entry: Entry) -> bool:
        return is_reaction(entry) and bool(entry["app"] == self.identity.app_id)


def _has(text: str | re.Pattern[str], words: str) -> bool:
    return text in words if isinstance(text, str) else bool(text.search(words))
