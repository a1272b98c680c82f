"""Plays a scenario: what members do, a line each, and what they see in the end.

    regular: @gopher go tour             regular asks in #general; this is message 1
    newcomer in #newbies: text           … elsewhere; `in dm`, `in the thread of 1`,
                                         `in the answer's thread`
    edit 1: text
    delete 1                             or `moderator deletes 1`
    regular puts :x: on the answer to 1  or `:mega: on 1`, the message itself
    grace joins                          the workspace; `newcomer joins #newbies` a channel
    gerrit merges runtime: fix it
    regular opens the form for 1         a kill comes later: a form opens within 3 s or not at all
    regular reports it: Spam or a scam   submits the form; or `reports it anonymously: …`
    moderator clicks Done                on the newest card
    slack redelivers
    slack: chat.postMessage ratelimited retry_after=1

    => general: go.dev/tour              one post in #general, whose text matches this
    => thread of 1: …, dm: …, only to regular: …, :ghost: on 1
    => 1 answered                        what `gopherbot why` says of message 1

Texts are typed as on the page: the simulator marks up mentions and links as Slack does, and `\\n`
ends a line. Each step begins when the bot is done with the one before. What isn't named under `=>`
must not be seen.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_simulator import Fault, Simulator
from slack_simulator.composing import compose
from slack_simulator.interactivity.values import Choice
from slack_simulator.workspace.changes import Posted
from slack_simulator.workspace.errors import SlackError

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.scenario"))
RECORDINGS = sorted((Path(__file__).parent / "recordings").glob("*.json"))
"""What members did on the simulator's page, exported there. What is seen stands beside each."""


@dataclass(frozen=True)
class Scenario:
    """A file's steps, the posts and emoji to be seen as (place, pattern), and the verdicts."""

    name: str
    steps: tuple[str, ...]
    seen: tuple[tuple[str, str], ...]
    verdicts: tuple[tuple[int, str], ...]

    @classmethod
    def read(cls, path: Path) -> Scenario:
        """Read a file. Raise `ValueError` for a line that isn't understood."""
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        steps = [line for line in lines if line and not line.startswith(("#", "=>"))]
        for step in steps:
            _read(step)
        seen, verdicts = [], []
        for line in (line.removeprefix("=>").strip() for line in lines if line.startswith("=>")):
            if verdict := re.fullmatch(r"(\d+) (.+)", line):
                verdicts.append((int(verdict[1]), verdict[2]))
            elif line.startswith(":"):
                seen.append((line, ""))
            else:
                place, _, pattern = line.partition(": ")
                seen.append((place, pattern))
        return cls(path.stem, tuple(steps), tuple(seen), tuple(verdicts))


class Stage:
    """A simulated Slack and a bot. `settle` waits until the bot is done with all that happened."""

    def __init__(
        self, slack: Simulator, settle: Callable[[], object], run_job: Callable[[str], object]
    ) -> None:
        self.slack = slack
        self.settle = settle
        self.run_job = run_job
        self.prepared: Callable[[], object] = lambda: None
        """Called once forms are open: a member has three seconds for that, or opens it again."""
        self.said: list[Posted] = []
        self._after = 0

    def play(self, scenario: Scenario) -> None:
        """Do what members do, step by step."""
        self._begin()
        forms = [number for number, step in enumerate(scenario.steps) if _OPENS in step]
        for number, step in enumerate(scenario.steps):
            if number == max(forms, default=-1) + 1:
                self.prepared()
            does, found = _read(step)
            does(self, found)
            self.settle()
        self.slack.deliveries.redeliver = 1

    def play_recording(self, path: Path) -> None:
        """Do what members did, without their pauses."""
        self._begin()
        self.slack.play(path)
        self.settle()

    def _begin(self) -> None:
        self.said.clear()
        self._after = self.slack.feed.seq

    def seen(self) -> list[tuple[str, str]]:
        """Return the posts that stand now, as (place, text), and the emoji."""
        return [*self._posts(), *self._emoji()]

    def _posts(self) -> Iterator[tuple[str, str]]:
        for post in self.slack.posts():
            messages = self.slack.workspace.conversations[post.channel].messages
            if post.seq <= self._after or not (post.ephemeral or post.ts in messages):
                continue
            shown = post if post.ephemeral else messages[post.ts]
            text = "\n".join([shown.text, *(str(each.get("text")) for each in shown.attachments)])
            if post.ephemeral:
                yield f"only to {self.slack.workspace.user(post.user or '').name}", text
            elif parent := self._number(post.thread_ts):
                yield f"thread of {parent}", text
            else:
                yield "dm" if post.channel.startswith("D") else post.channel_name, text

    def _emoji(self) -> Iterator[tuple[str, str]]:
        bot = self.slack.identity.bot_user_id
        for number, said in enumerate(self.said, 1):
            message = self.slack.workspace.conversations[said.channel].messages.get(said.ts)
            for emoji, users in message.reactions.items() if message else ():
                if bot in users:
                    yield f":{emoji}: on {number}", ""

    def _number(self, ts: str | None) -> int:
        return next((n for n, said in enumerate(self.said, 1) if said.ts == ts), 0)

    def _answer(self, number: int) -> tuple[str, str]:
        """Return channel and `ts` of the first post after a message."""
        said = self.said[number - 1]
        first = next(
            post for post in self.slack.posts() if post.ts > said.ts and not post.ephemeral
        )
        return first.channel, first.ts

    # The steps.

    def say(self, found: re.Match[str]) -> None:
        typed = found["text"].replace("\\n", "\n")
        workspace = self.slack.workspace
        users = {user.name: user.id for user in workspace.users.values()}
        channels = {each.name: each.id for each in workspace.conversations.values()}
        text = compose(typed, user=users.get, channel=channels.get)
        place, user = found["place"] or "#general", found["user"]
        if place == "dm":
            said = self.slack.dm(text, user)
        elif place == "the answer's thread":
            channel, ts = self._answer(1)
            said = self.slack.say(text, channel, user, thread_ts=ts)
        elif parent := re.fullmatch(r"the thread of (\d+)", place):
            root = self.said[int(parent[1]) - 1]
            said = self.slack.say(text, root.channel, user, thread_ts=root.ts)
        else:
            said = self.slack.say(text, place.removeprefix("#"), user)
        self.said.append(said)

    def edit(self, found: re.Match[str]) -> None:
        said = self.said[int(found["number"]) - 1]
        text = found["text"].replace("@gopher", f"<@{self.slack.identity.bot_user_id}>")
        self.slack.workspace.edit(said.channel, said.ts, text, said.author.id)

    def delete(self, found: re.Match[str]) -> None:
        said = self.said[int(found["number"]) - 1]
        user = found["user"] or said.author.id
        self.slack.workspace.delete(said.channel, said.ts, user)

    def react(self, found: re.Match[str]) -> None:
        number = int(found["number"])
        said = self.said[number - 1]
        channel, ts = self._answer(number) if found["answer"] else (said.channel, said.ts)
        self.slack.workspace.react(channel, ts, found["emoji"], found["user"])

    def join(self, found: re.Match[str]) -> None:
        if found["place"]:
            self.slack.join_channel(found["place"], found["user"])
        else:
            self.slack.join_team(found["user"])

    def merge(self, found: re.Match[str]) -> None:
        gerrit = self.slack.services.gerrit
        gerrit.merge(len(gerrit.changes) + 1, found["text"])
        self.run_job("gerrit")

    def open_form(self, found: re.Match[str]) -> None:
        said = self.said[int(found["number"]) - 1]
        where = said.channel, said.ts, found["user"]
        self._insist(lambda: self.slack.interactivity.message_shortcut("report_message", *where))

    def report(self, found: re.Match[str]) -> None:
        fields: dict[str, Choice] = {"What's wrong?": found["reason"]}
        if found["how"]:
            fields["Your name"] = ["anonymous"]
        self._insist(lambda: self.slack.submit(fields, found["user"]))

    def click(self, found: re.Match[str]) -> None:
        self._insist(lambda: self.slack.click(found["element"], found["user"]))

    def _insist(self, does: Callable[[], object]) -> None:
        """Do what a member does until the app takes it: Slack's client says if it doesn't."""
        for number in range(100):
            try:
                does()
                return
            except SlackError:
                time.sleep(0.2)
            except LookupError:
                if not number:
                    raise
                return  # It was taken after all: the button is gone.
        raise AssertionError("the app takes no click")

    def redeliver(self, _: re.Match[str]) -> None:
        self.slack.deliveries.redeliver = 2

    def fault(self, found: re.Match[str]) -> None:
        more: dict[str, Any] = dict(pair.split("=") for pair in found["more"].split())
        more = {key: int(value) if value.isdigit() else value for key, value in more.items()}
        self.slack.faults.add(Fault(kind=found["kind"], method=found["method"], **more))  # type: ignore[arg-type]


_OPENS = " opens the form "
_PLACE = r"#\w+|dm|the thread of \d+|the answer's thread"
_WHAT = r"(?P<answer>the answer to )?(?P<number>\d+)"
_STEPS: dict[str, Callable[[Stage, re.Match[str]], None]] = {
    r"edit (?P<number>\d+): (?P<text>.+)": Stage.edit,
    r"(?:delete|(?P<user>\w+) deletes) (?P<number>\d+)": Stage.delete,
    rf"(?P<user>\w+) puts :(?P<emoji>\w+): on {_WHAT}": Stage.react,
    r"(?P<user>\w+) joins(?: #(?P<place>\w+))?": Stage.join,
    r"gerrit merges (?P<text>.+)": Stage.merge,
    r"(?P<user>\w+) opens the form for (?P<number>\d+)": Stage.open_form,
    r"(?P<user>\w+) reports it(?P<how> anonymously)?: (?P<reason>.+)": Stage.report,
    r"(?P<user>\w+) clicks (?P<element>.+)": Stage.click,
    r"slack redelivers": Stage.redeliver,
    r"slack: (?P<method>\S+) (?P<kind>\w+)(?P<more>( \w+=\S+)*)": Stage.fault,
    rf"(?P<user>\w+)(?: in (?P<place>{_PLACE}))?: (?P<text>.+)": Stage.say,
}


def _read(step: str) -> tuple[Callable[[Stage, re.Match[str]], None], re.Match[str]]:
    for pattern, does in _STEPS.items():
        if found := re.fullmatch(pattern, step):
            return does, found
    raise ValueError(f"not a step: {step!r}")


def differences(expected: Scenario, seen: list[tuple[str, str]]) -> list[str]:
    """Return in words what was expected and not seen, or seen and not expected."""
    left = list(seen)
    wrong = []
    for place, pattern in expected.seen:
        match = next((one for one in left if one[0] == place and re.search(pattern, one[1])), None)
        if match:
            left.remove(match)
        else:
            wrong.append(f"not seen: {place}: {pattern}".removesuffix(": "))
    return wrong + [f"seen: {place}: {text}".removesuffix(": ") for place, text in left]
