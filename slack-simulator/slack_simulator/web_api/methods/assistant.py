"""assistant.threads.* and functions.*: what an assistant or a workflow step says of its work.

Nothing of it changes the workspace; the calls are in the feed.
"""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

MOST_PROMPTS = 4


def set_status(caller: Caller, arguments: Arguments) -> Json:
    """Show what the assistant is doing."""
    _check_thread(caller, arguments)
    return {}


def set_title(caller: Caller, arguments: Arguments) -> Json:
    """Name the thread."""
    _check_thread(caller, arguments)
    arguments.required("title")
    return {}


def set_prompts(caller: Caller, arguments: Arguments) -> Json:
    """Suggest up to four prompts."""
    _check_thread(caller, arguments)
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


def _check_thread(caller: Caller, arguments: Arguments) -> None:
    caller.require("assistant:write")
    conversation = caller.find(arguments.named("channel_id", "channel_not_found"))
    if arguments.text("thread_ts") not in {*conversation.messages, ""}:
        raise SlackError("thread_not_found")


def _check_execution(caller: Caller, arguments: Arguments) -> None:
    if caller.executions.pop(arguments.text("function_execution_id"), None) is None:
        raise SlackError("function_execution_not_found")
