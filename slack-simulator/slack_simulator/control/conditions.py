"""The control API's commands for the conditions that an app meets: faults, settings and time."""

from slack_simulator.components import Components
from slack_simulator.control import settings
from slack_simulator.control.commands import Body, Empty
from slack_simulator.web_api.fault_lines import SETS
from slack_simulator.web_api.faults import Fault
from slack_simulator.workspace.objects import Json


class Answer(Body, kw_only=True):
    """The answer for all further calls of a method; see `WebApi.answer`."""

    method: str
    answer: Json


class FaultLines(Body, kw_only=True):
    """A fault as a line of text, or the name of a set; see `fault_lines.py`."""

    text: str


class Advance(Body, kw_only=True):
    """The seconds by which Slack's clock is advanced."""

    seconds: float


class NewWebhook(Body, kw_only=True):
    """The channel of a new incoming webhook."""

    channel: str = "general"


def add_fault(components: Components, fault: Fault) -> Json:
    """Add a fault."""
    components.add_fault(fault)
    return list_faults(components)


def add_fault_lines(components: Components, wanted: FaultLines) -> Json:
    """Add the faults of a line or of a named set."""
    components.fault(wanted.text)
    return list_faults(components)


def clear_faults(components: Components, _: Empty) -> Json:
    """Remove all faults."""
    components.faults.clear()
    components.deliveries.faults.clear()
    return list_faults(components)


def list_faults(components: Components) -> Json:
    """Return the active faults."""
    return {"faults": components.faults.list(), "sets": list(SETS)}


def change_settings(components: Components, wanted: settings.SimulatorSettings) -> Json:
    """Change the given settings."""
    settings.apply(components, wanted)
    return {"settings": settings.current(components)}


def answer(components: Components, wanted: Answer) -> Json:
    """Answer all further calls of a method."""
    components.web_api.answer(wanted.method, wanted.answer)
    return {}


def advance(components: Components, wanted: Advance) -> Json:
    """Advance Slack's clock. Return its time."""
    components.clock.advance(wanted.seconds)
    return {"now": components.clock.now()}


def add_webhook(components: Components, wanted: NewWebhook) -> Json:
    """Return the address of a new incoming webhook."""
    return {"url": components.webhooks.new(wanted.channel)}
