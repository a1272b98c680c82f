"""assistant.threads.* and functions.*: what an assistant or a workflow step says of its work.

Nothing of it changes the workspace; the calls are in the feed.
"""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

ENDED = "ended executions"
"""The IDs of the steps that an app has completed, or failed."""
MOST_PROMPTS = 4
MOST_LOADING = 10


def set_status(caller: Caller, arguments: Arguments) -> Json:
    """Show what the assistant is doing. An empty `status` takes it away."""
    # Slack asked for assistant:write before it opened the method to all apps that may write.
    caller.require("chat:write" if "chat:write" in caller.scopes else "assistant:write")
    _check_thread(caller, arguments)
    arguments.present("status")
    if len(arguments.names("loading_messages")) > MOST_LOADING:
        raise SlackError("invalid_arguments")
    return {}


def set_title(caller: Caller, arguments: Arguments) -> Json:
    """Name the thread."""
    caller.require("assistant:write")
    _check_thread(caller, arguments)
    arguments.required("title")
    return {}


def set_prompts(caller: Caller, arguments: Arguments) -> Json:
    """Suggest up to four prompts, in a thread or in all of a conversation."""
    caller.require("assistant:write")
    _check_thread(caller, arguments, required=False)
    if not 1 <= len(arguments.items("prompts", "invalid_arguments")) <= MOST_PROMPTS:
        raise SlackError("invalid_arguments")
    return {}


def complete_function(caller: Caller, arguments: Arguments) -> Json:
    """End a step with its outputs."""
    _check_execution(caller, arguments)
    if not isinstance(arguments.structure("outputs", "invalid_arguments") or {}, dict):
        raise SlackError("parameter_validation_failed")
    return {}


def fail_function(caller: Caller, arguments: Arguments) -> Json:
    """End a step with an error."""
    _check_execution(caller, arguments)
    arguments.required("error")
    return {}


def _check_thread(caller: Caller, arguments: Arguments, *, required: bool = True) -> None:
    conversation = caller.find(arguments.named("channel_id", "channel_not_found"))
    if not required and not arguments.text("thread_ts"):
        return
    if arguments.named("thread_ts", "invalid_thread_ts") not in conversation.messages:
        raise SlackError("invalid_thread_ts")


def _check_execution(caller: Caller, arguments: Arguments) -> None:
    id = arguments.named("function_execution_id", "function_execution_not_found")
    ended = caller.workspace.records[ENDED]
    if id in ended:
        raise SlackError("execution_not_in_running_state")
    if caller.executions.pop(id, None) is None:
        raise SlackError("function_execution_not_found")
    ended[id] = {}
