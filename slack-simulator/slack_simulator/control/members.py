"""The control API's commands for tests in any language: click, submit and expect."""

import msgspec

from slack_simulator.control.commands import Body
from slack_simulator.members.values import Choice
from slack_simulator.members.whole import WithMembers
from slack_simulator.workspace.objects import Json


class Click(Body, kw_only=True):
    """A member uses an element, by its text or `action_id`. `choose` is what to choose in it."""

    element: str
    user: str = "regular"
    choose: Choice = None


class Fill(Body, kw_only=True):
    """A member submits their open modal. `fields` are values by label, block or action ID."""

    fields: dict[str, Choice] = msgspec.field(default_factory=dict)
    user: str = "regular"


class Expect(Body, kw_only=True):
    """The app's next post contains `text`, in `channel`, visible only to `user`."""

    text: str = ""
    channel: str = ""
    user: str = ""
    timeout: float | None = None


class ExpectView(Body, kw_only=True):
    """The next modal or Home tab that the app opens or changes contains `text`."""

    text: str = ""
    timeout: float | None = None


def click(slack: WithMembers, wanted: Click) -> Json:
    """Use an element as a member."""
    slack.click(wanted.element, wanted.user, choose=wanted.choose)
    return {}


def submit(slack: WithMembers, wanted: Fill) -> Json:
    """Submit a modal as a member. Return the app's `errors` by block, if any."""
    return {"errors": slack.submit(wanted.fields, wanted.user)}


def expect(slack: WithMembers, wanted: Expect) -> Json:
    """Wait for a post. The error, if it doesn't come, shows the conversation."""
    where = {"channel": wanted.channel, "user": wanted.user}
    return {"post": slack.expect(wanted.text, **where, timeout=wanted.timeout)}


def expect_view(slack: WithMembers, wanted: ExpectView) -> Json:
    """Wait for a view. The error, if it doesn't come, shows the conversation."""
    return {"view": slack.expect_view(wanted.text, timeout=wanted.timeout).shape}
