"""Members of the simulated Slack who click: through a real gateway's app to a worker's actors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from web.client import InProcess

from actors.conftest import NewWorker, run_background
from gopherbot import actors, table
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import GopherbotError
from gopherbot.queues import messages
from gopherbot.queues.messages import EncodedMessage
from slack_simulator import Fault, Simulator
from slack_simulator.feed.exchanges import Exchange
from slack_simulator.workspace.changes import Posted
from slack_simulator.workspace.objects import Message

REPORTS = '[reports]\nchannel = "moderators"\n'
MODERATORS = "G0MODTEAM"
SPAM = "buy <https://spam.example|cheap> watches, <!channel> & <@U0MODERATOR>!"
DETAILS = "What should the moderators know?"


class Desk(InProcess):
    """A gateway's app whose queue a worker empties: at once, or when `work` is called."""

    def __init__(self, slack: Simulator, context: WorkerContext) -> None:
        identity = slack.identity
        super().__init__(
            table.interaction_actors(context.content.moderation.tables),
            GOPHER_SLACK_REQUEST_SECRET=slack.signing_secret,
            GOPHER_SLACK_REQUEST_TOKEN="",
            GOPHER_SLACK_APP_ID=identity.app_id,
            GOPHER_SLACK_TEAM_ID=identity.team_id,
        )
        self.slack = slack
        self.context = context
        self.holds = False
        self.failed: list[BaseException] = []
        slack.interactivity._requests._send = self._send  # type: ignore[method-assign]

    def _send(self, kind: str, payload: dict[str, Any]) -> tuple[str, Exchange]:
        """Take the place of the simulator's requests, which would need a server."""
        body = urlencode({"payload": msgspec.json.encode(payload).decode()}).encode()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        path = self.slack.setup.app.interactivity_path
        answer = self.send("POST", path, self.slack.deliveries.sign(body) | form, body)
        exchange = Exchange(
            method="POST", url=path, headers={}, body=body, status=answer.status, answer=answer.body
        )
        return answer.body.decode(), exchange

    def put(self, message: EncodedMessage) -> None:
        super().put(message)
        if not self.holds:
            self.work()

    def work(self, context: WorkerContext | None = None, times: int = 1) -> None:
        """Attempt all that waits, in a worker. What fails stays in the queue for the next time."""
        context = context or self.context
        for _ in range(times):
            waiting, self.queued = self.queued, []
            for message in waiting:
                try:
                    self.attempt(message, context)
                except GopherbotError as error:
                    self.failed.append(error)
                    self.queued.append(message)
            try:
                run_background(context)
            except GopherbotError as error:
                self.failed.append(error)

    def attempt(self, message: EncodedMessage, context: WorkerContext) -> None:
        decoded = messages.decode(message.data)
        row = table.interaction_actor(decoded.actor_name)
        assert row
        actors._with_interaction(actors.clicked(row), context, *decoded.args)

    # What members and moderators do and see.

    def reported(self, user: str = "regular", words: str = SPAM, **how: Any) -> Posted:
        """Have a member report a message of the newcomer's. Return that message."""
        said = self.slack.say(words, "general", "newcomer")
        self.report(said, user, **how)
        return said

    def report(self, said: Posted, user: str = "regular", **how: Any) -> None:
        self.open_form(said, user)
        self.submit(user, **how)

    def open_form(self, said: Posted, user: str = "regular") -> None:
        self.slack.interactivity.message_shortcut("report_message", said.channel, said.ts, user)

    def submit(self, user: str = "regular", details: str = "", *, anonymous: bool = False) -> None:
        given: dict[str, Any] = {"What's wrong?": "Spam or a scam"}
        given |= {DETAILS: details} if details else {}
        given |= {"Your name": ["anonymous"]} if anonymous else {}
        assert self.slack.submit(given, user) == {}

    def click(self, label: str, user: str = "moderator") -> None:
        self.slack.click(label, user)

    def limit(self, method: str = "chat.postMessage", **more: Any) -> None:
        self.slack.faults.add(Fault(kind="ratelimited", method=method, **more))

    @property
    def there(self) -> dict[str, Message]:
        """The messages in the moderators' channel."""
        return self.slack.workspace.conversations[MODERATORS].messages

    def cards(self) -> list[str]:
        """Return what the cards show: the messages there that are in no thread."""
        return [str(each.blocks) for each in self.there.values() if not each.is_reply]

    def replies(self) -> list[str]:
        return [str(each.blocks) for each in self.there.values() if each.is_reply]

    def told(self, user: str = "regular") -> list[str]:
        dm = self.slack.workspace.open_dm(self.slack.workspace.user(user))
        return [message.text for message in dm.messages.values()]

    def heard(self) -> list[int]:
        """Return how often the two who report were told something."""
        return [len(self.told(user)) for user in ("regular", "reviewer")]


@pytest.fixture
def moderated(tmp_path: Path) -> Path:
    """A content folder whose moderators take reports."""
    (tmp_path / "workspace.toml").write_text('name = "Gophers"\ncontact = "mods@example.org"\n')
    (tmp_path / "moderation.toml").write_text(REPORTS)
    return tmp_path


@pytest.fixture
def context(new_worker: NewWorker, moderated: Path) -> WorkerContext:
    return new_worker(GOPHER_CONTENT=str(moderated))


@pytest.fixture
def desk(slack: Simulator, context: WorkerContext) -> Desk:
    slack.web_api.scopes = [*slack.web_api.scopes, "groups:read"]
    return Desk(slack, context)


@pytest.fixture
def another_worker(new_worker: NewWorker, moderated: Path) -> Callable[[], WorkerContext]:
    """Workers that remember nothing but what Redis does."""
    return lambda: new_worker(GOPHER_CONTENT=str(moderated))
