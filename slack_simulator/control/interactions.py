"""What members do to the app besides talking, asked for from outside."""

import msgspec

from slack_simulator.components import Components
from slack_simulator.control.commands import Body
from slack_simulator.workspace.objects import Json


class SlashCommand(Body, kw_only=True):
    """`/command text`, written by a member in a channel."""

    command: str
    text: str = ""
    channel: str = "general"
    user: str = "regular"


class Shortcut(Body, kw_only=True):
    """A shortcut; with `ts` one of that message's."""

    callback_id: str
    user: str = "regular"
    channel: str = ""
    ts: str = ""


class Action(Body, kw_only=True):
    """A button or another element, used in a view or in a message.

    `action` is what the payload has in `actions`: type, action_id, block_id, and a value. `state`
    are the values of all elements there.
    """

    action: Json
    user: str = "regular"
    view_id: str = ""
    channel: str = ""
    ts: str = ""
    state: Json = msgspec.field(default_factory=dict)


class Submission(Body, kw_only=True):
    """A modal, submitted with the values of its elements."""

    view_id: str
    user: str = "regular"
    state: Json = msgspec.field(default_factory=dict)


class Dismissal(Body, kw_only=True):
    """A modal, closed; with `everything` all those below it, too."""

    view_id: str
    user: str = "regular"
    everything: bool = False


class OpenHome(Body, kw_only=True):
    """A member opens the app's Home tab, or goes back to the messages."""

    user: str = "regular"
    tab: str = "home"


def slash_command(components: Components, wanted: SlashCommand) -> Json:
    """Send a slash command as a member."""
    channel = wanted.channel
    if channel.startswith("@"):
        workspace = components.workspace
        channel = workspace.open_dm(workspace.user(channel[1:])).id
    components.interactivity.slash_command(wanted.command, wanted.text, channel, wanted.user)
    return {}


def shortcut(components: Components, wanted: Shortcut) -> Json:
    """Start a shortcut as a member."""
    interactivity = components.interactivity
    if wanted.ts:
        interactivity.message_shortcut(wanted.callback_id, wanted.channel, wanted.ts, wanted.user)
    else:
        interactivity.shortcut(wanted.callback_id, wanted.user)
    return {}


def act(components: Components, wanted: Action) -> Json:
    """Use an element as a member."""
    interactivity = components.interactivity
    if wanted.view_id:
        interactivity.act_on_view(wanted.action, wanted.view_id, wanted.user, wanted.state)
    else:
        where = wanted.channel, wanted.ts
        interactivity.act_on_message(wanted.action, *where, wanted.user, wanted.state)
    return {}


def submit(components: Components, wanted: Submission) -> Json:
    """Submit a modal as a member. Return `errors` by block if the app finds any."""
    errors = components.interactivity.submit(wanted.view_id, wanted.user, wanted.state)
    return {"errors": errors}


def dismiss(components: Components, wanted: Dismissal) -> Json:
    """Close a modal as a member."""
    interactivity = components.interactivity
    interactivity.dismiss(wanted.view_id, wanted.user, everything=wanted.everything)
    return {}


def open_home(components: Components, wanted: OpenHome) -> Json:
    """Open the Home tab as a member."""
    components.open_home(wanted.user, wanted.tab)
    return {}
