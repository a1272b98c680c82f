"""The control API's commands for slash commands, shortcuts, elements and views."""

import msgspec

from slack_simulator.apps import named
from slack_simulator.components import Components
from slack_simulator.control.commands import Body
from slack_simulator.interactivity.values import Choice
from slack_simulator.members.whole import WithMembers
from slack_simulator.web_api.methods import connect
from slack_simulator.workspace.objects import Json


class WriteCommand(Body, kw_only=True):
    """A member writes `/command text` in a channel."""

    command: str
    text: str = ""
    channel: str = "general"
    user: str = "regular"


class StartShortcut(Body, kw_only=True):
    """A member starts a shortcut: a message shortcut with `ts`, else a global one."""

    callback_id: str
    user: str = "regular"
    channel: str = ""
    ts: str = ""


class Action(Body, kw_only=True):
    """A member uses a button or another element in a view or a message.

    `action` is the payload's entry in `actions`: type, action_id, block_id and a value. `state`
    holds the values of all elements in the view or message.
    """

    action: Json
    user: str = "regular"
    view_id: str = ""
    channel: str = ""
    ts: str = ""
    state: Json = msgspec.field(default_factory=dict)


class Suggestion(Body, kw_only=True):
    """A member types `value` in an external select in a view or a message."""

    action_id: str
    block_id: str
    value: str = ""
    user: str = "regular"
    view_id: str = ""
    channel: str = ""
    ts: str = ""


class Submission(Body, kw_only=True):
    """A member submits a modal with the values of its elements."""

    view_id: str
    user: str = "regular"
    state: Json = msgspec.field(default_factory=dict)


class Dismissal(Body, kw_only=True):
    """A member closes a modal, and with `everything` the whole stack."""

    view_id: str
    user: str = "regular"
    everything: bool = False


class OpenHome(Body, kw_only=True):
    """A member opens the app's Home tab, or returns to its Messages tab."""

    user: str = "regular"
    tab: str = "home"


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


class Assistant(Body, kw_only=True):
    """A member opens the app's assistant, looking at the channel `context`."""

    user: str = "regular"
    context: str = ""


class RunFunction(Body, kw_only=True):
    """A workflow runs a step of the app."""

    callback_id: str
    inputs: Json = msgspec.field(default_factory=dict)


class SendExample(Body, kw_only=True):
    """Slack sends an event that nothing here causes; `fields` replace the example's."""

    type: str
    fields: Json = msgspec.field(default_factory=dict)


class OpenDetails(Body, kw_only=True):
    """A member opens what the app shows beside a link; `reference` is the app's ID of it."""

    url: str
    user: str = "regular"
    reference: str = "1"


class EditDetails(OpenDetails, kw_only=True):
    """A member changes such an object: its fields by their names."""

    fields: dict[str, str] = msgspec.field(default_factory=dict)


class RequestApp(Body, kw_only=True):
    """A member asks the admins for an app."""

    name: str
    user: str = "regular"
    scopes: tuple[str, ...] = ()
    message: str = ""


class ReceiveInvite(Body, kw_only=True):
    """Another workspace invites a member to a channel, by Slack Connect."""

    channel: str = "partners"
    user: str = "regular"


class AnswerInvite(Body, kw_only=True):
    """Another workspace answers the app's invitation."""

    invite: str
    answer: connect.Answer


def slash_command(components: Components, wanted: WriteCommand) -> Json:
    """Send a slash command as a member."""
    app = named.of_command(components, wanted.command)
    channel = wanted.channel
    if channel.startswith("@"):
        workspace = components.workspace
        channel = workspace.open_dm(workspace.user(channel[1:]), app.bot).id
    app.interactivity.slash_command(wanted.command, wanted.text, channel, wanted.user)
    return {}


def shortcut(components: Components, wanted: StartShortcut) -> Json:
    """Start a shortcut as a member."""
    id, user = wanted.callback_id, wanted.user
    interactivity = named.of_shortcut(components, id).interactivity
    if wanted.ts:
        interactivity.message_shortcut(id, wanted.channel, wanted.ts, user)
    else:
        interactivity.shortcut(id, user)
    return {}


def act(components: Components, wanted: Action) -> Json:
    """Use an element as a member."""
    if wanted.view_id:
        interactivity = named.of_view(components, wanted.view_id).interactivity
        interactivity.act_on_view(wanted.action, wanted.view_id, wanted.user, wanted.state)
    else:
        where = wanted.channel, wanted.ts
        interactivity = named.of_message(components, *where).interactivity
        interactivity.act_on_message(wanted.action, *where, wanted.user, wanted.state)
    return {}


def suggest(components: Components, wanted: Suggestion) -> Json:
    """Ask the app for the options of an external select."""
    asked = {name: getattr(wanted, name) for name in ("action_id", "block_id", "value")}
    if wanted.view_id:
        interactivity = named.of_view(components, wanted.view_id).interactivity
        return {"options": interactivity.suggest_in_view(asked, wanted.view_id, wanted.user)}
    where = wanted.channel, wanted.ts
    interactivity = named.of_message(components, *where).interactivity
    return {"options": interactivity.suggest_in_message(asked, *where, wanted.user)}


def submit(components: Components, wanted: Submission) -> Json:
    """Submit a modal as a member. Return the app's `errors` by block, if any."""
    interactivity = named.of_view(components, wanted.view_id).interactivity
    return {"errors": interactivity.submit(wanted.view_id, wanted.user, wanted.state)}


def dismiss(components: Components, wanted: Dismissal) -> Json:
    """Close a modal as a member."""
    interactivity = named.of_view(components, wanted.view_id).interactivity
    interactivity.dismiss(wanted.view_id, wanted.user, everything=wanted.everything)
    return {}


def open_home(components: Components, wanted: OpenHome) -> Json:
    """Open the Home tab as a member."""
    components.open_home(wanted.user, wanted.tab)
    return {}


def open_assistant(components: Components, wanted: Assistant) -> Json:
    """Open the assistant as a member. Return its thread."""
    return {"thread_ts": components.open_assistant(wanted.user, wanted.context)}


def run_function(components: Components, wanted: RunFunction) -> Json:
    """Run a step of the app."""
    return {"function_execution_id": components.run_function(wanted.callback_id, wanted.inputs)}


def send_example(components: Components, wanted: SendExample) -> Json:
    """Send an event that nothing here causes."""
    return {"event_id": components.deliver_example(wanted.type, wanted.fields)}


def open_details(components: Components, wanted: OpenDetails) -> Json:
    """Open an object that the app unfurled, as a member."""
    return {"trigger_id": components.open_details(wanted.url, wanted.user, wanted.reference)}


def edit_details(components: Components, wanted: EditDetails) -> Json:
    """Change an object that the app unfurled, as a member."""
    components.edit_details(wanted.url, wanted.user, wanted.reference, **wanted.fields)
    return {}


def request_app(slack: WithMembers, wanted: RequestApp) -> Json:
    """Ask the admins for an app, as a member. Return the request's ID."""
    asked = slack.request_app(
        wanted.name, wanted.user, scopes=wanted.scopes, message=wanted.message
    )
    return {"request": asked}


def receive_invite(components: Components, wanted: ReceiveInvite) -> Json:
    """Invite a member to another workspace's channel. Return the invitation's ID."""
    return {"invite": components.receive_invite(wanted.channel, wanted.user)}


def answer_invite(components: Components, wanted: AnswerInvite) -> Json:
    """Answer the app's invitation, as the workspace that it invited."""
    components.answer_invite(wanted.invite, wanted.answer)
    return {}


def click(slack: WithMembers, wanted: Click) -> Json:
    """Use an element as a member."""
    slack.click(wanted.element, wanted.user, choose=wanted.choose)
    return {}


def fill(slack: WithMembers, wanted: Fill) -> Json:
    """Submit a modal as a member. Return the app's `errors` by block, if any."""
    return {"errors": slack.submit(wanted.fields, wanted.user)}


def expect(slack: WithMembers, wanted: Expect) -> Json:
    """Wait for a post. The error, if it doesn't come, shows the conversation."""
    where = {"channel": wanted.channel, "user": wanted.user}
    return {"post": slack.expect(wanted.text, **where, timeout=wanted.timeout)}


def expect_view(slack: WithMembers, wanted: ExpectView) -> Json:
    """Wait for a view. The error, if it doesn't come, shows the conversation."""
    return {"view": slack.expect_view(wanted.text, timeout=wanted.timeout).shape}
