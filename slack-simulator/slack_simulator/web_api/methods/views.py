"""views.*: modals and the Home tab; dialog.open for what came before modals."""

from slack_simulator.interactivity import dialogs
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def open_modal(caller: Caller, arguments: Arguments) -> Json:
    """Open a modal for the member who caused the trigger."""
    shape = _view(arguments)
    trigger = caller.interactivity.triggers.use(arguments.required("trigger_id"))
    view = caller.interactivity.views.open(trigger.user, shape)
    view.execution = caller.execution
    return {"view": view.shape}


def push(caller: Caller, arguments: Arguments) -> Json:
    """Push a modal onto the one that the trigger comes from."""
    shape = _view(arguments)
    trigger = caller.interactivity.triggers.use(arguments.required("trigger_id"))
    if trigger.view_id is None:
        raise SlackError("no_open_view")
    views = caller.interactivity.views
    view = views.open(trigger.user, shape, previous=trigger.view_id)
    view.execution = caller.execution
    return {"view": view.shape}


def update(caller: Caller, arguments: Arguments) -> Json:
    """Replace a view, identified by `view_id` or `external_id`."""
    if arguments.text("view_id") and arguments.text("external_id"):
        told = "[ERROR] Cannot provide both `view_id` and `external_id`"
        raise SlackError("invalid_arguments", response_metadata={"messages": [told]})
    view_id = arguments.text("view_id") or arguments.required("external_id")
    views = caller.interactivity.views
    return {"view": views.update(view_id, _view(arguments), arguments.text("hash")).shape}


def publish(caller: Caller, arguments: Arguments) -> Json:
    """Replace a member's Home tab."""
    user = caller.workspace.user(arguments.required("user_id"))
    views = caller.interactivity.views
    return {"view": views.publish(user.id, _view(arguments), arguments.text("hash")).shape}


def open_dialog(caller: Caller, arguments: Arguments) -> Json:
    """Open a dialog for the member who caused the trigger."""
    dialog = arguments.structure("dialog", "invalid_arguments")
    shape = dialogs.as_view(dialog)
    interactivity = caller.interactivity
    trigger = interactivity.triggers.use(arguments.required("trigger_id"))
    member = caller.workspace.users[trigger.user]
    channel = trigger.channel or caller.workspace.open_dm(member, caller.bot).id
    interactivity.views.open(trigger.user, shape, dialog=dialog | {"channel": channel})
    return {}


def _view(arguments: Arguments) -> Json:
    arguments.required("view")
    shape = arguments.structure("view", "invalid_arguments")
    if not isinstance(shape, dict):
        told = "[ERROR] failed to match all allowed schemas [json-pointer:/view]"
        raise SlackError("invalid_arguments", response_metadata={"messages": [told]})
    return shape
