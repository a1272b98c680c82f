"""The control API: drive the simulator from another process, with JSON bodies and responses.

====  ===================================  =====================================================
GET   /sim/                                this table
GET   /sim/openapi.json                    the same for programs
GET   /sim/state                           users, channels with messages, settings, feed position
GET   /sim/messages?channel=C&before=TS    a channel's newest messages older than TS
GET   /sim/file?id=FILE                    an uploaded file
GET   /sim/feed?after=SEQ&wait=S&kind=K    entries after SEQ; waits up to S seconds for one
GET   /sim/stream?after=SEQ                the feed as server-sent events; takes Last-Event-ID
GET   /sim/faults                          the active faults
GET   /sim/settings                        the current settings
GET   /sim/event?id=EVENT                  an event as it was sent
GET   /sim/exchange?id=N                   a raw request and its response
GET   /sim/health                          the app's health
GET   /sim/trace                           everything that happened, as a web page of one file
GET   /sim/scenario?after=SEQ              what members did, as a file that can be played
POST  /sim/messages                        typed or text, channel, user, thread_ts, broadcast, ts
POST  /sim/messages/edit                   channel, ts, typed or text, user
POST  /sim/messages/delete                 channel, ts, user
POST  /sim/files                           name, content or content_base64, typed or text, channel,
                                           user, thread_ts, hidden_for, share
POST  /sim/joins                           channel, user: joins a channel; only user: a new member
POST  /sim/leaves                          channel, user: leaves a channel
POST  /sim/reactions                       channel, ts, emoji, user
POST  /sim/reactions/remove                channel, ts, emoji, user
POST  /sim/channels                        name, purpose, user: creates a channel; channel with
                                           name, archived, deleted, user: changes one
POST  /sim/emoji                           name, added
POST  /sim/faults                          kind, method, channel, times, skip, retry_after, seconds,
                                           status, error, done, user: adds a fault
POST  /sim/faults/lines                    text: a fault as a line, or a set's name: adds it
POST  /sim/faults/clear                    {}: removes all faults
POST  /sim/settings                        gateway, latency, scopes, user_scopes, emoji,
                                           distribution, rate_limit, delays, redeliver, jitter,
                                           clock_skew
POST  /sim/answers                         method, answer: answers all further calls of a method
POST  /sim/clock                           seconds: advances Slack's clock
POST  /sim/traces                          an object, or a list of them, to add to the feed
POST  /sim/commands                        command (with its slash), text, channel, user
POST  /sim/shortcuts                       callback_id, user; for a message: channel, ts
POST  /sim/actions                         action, user, state; view_id, or channel and ts
POST  /sim/options                         action_id, block_id, value, user; view_id, or channel
                                           and ts: the options that the app offers
POST  /sim/views/submit                    view_id, user, state
POST  /sim/views/close                     view_id, user, everything
POST  /sim/click                           element (its text or action_id), user, choose
POST  /sim/submit                          fields (by label, block or action ID), user
POST  /sim/expect                          text, channel, user, timeout: awaits a post
POST  /sim/expect/view                     text, timeout: awaits a modal or Home tab
POST  /sim/topics                          channel, topic, purpose, user
POST  /sim/apps                            name, gateway, channels, scopes, user_scopes, events,
                                           slash_commands, shortcuts, home_tab, unfurl_domains:
                                           adds an app; returns its environment
POST  /sim/assistant                       user, context (a channel): opens the app's assistant
POST  /sim/details                         url, user, reference: opens an unfurled object
POST  /sim/details/edit                    url, user, reference, fields: changes such an object
POST  /sim/invites                         channel, user: another workspace invites a member to a
                                           shared channel
POST  /sim/invites/answer                  invite, answer (accepted, approved, declined): another
                                           workspace answers the app's invitation
POST  /sim/apps/requests                   name, user, scopes, message: a member asks for an app
POST  /sim/events                          type, fields: an event that nothing here causes
POST  /sim/functions                       callback_id, inputs: runs a workflow step of the app
POST  /sim/webhooks                        channel: makes an incoming webhook
POST  /sim/home                            user, tab: opens the app's Home tab
POST  /sim/replays                         event_id: sends it again; event: sends this instead
POST  /sim/scenario                        a file from GET /sim/scenario: plays it; speed: 1, or
                                           null without pauses
POST  /sim/scenario/stop                   {}: stops it
POST  /sim/explain                         text, channel, user, event: what the app would do
POST  /sim/compare                         what it would do differently since its files changed
POST  /sim/why                             channel, ts: what became of a message, by its record
POST  /sim/services/gerrit/changes         number, subject, project, message, status, updated
POST  /sim/services/gerrit/touch           number: moves it to the top of the list
POST  /sim/services/changelog              streaming, next_episode
POST  /sim/services/mastodon/statuses      text, created_at
POST  /sim/services/feeds/items            feed (go.dev/blog/feed.atom), title, id, link, author,
                                           published
POST  /sim/services/NAME/fault             fault: null, or kind (down, cut, malformed, slow),
                                           seconds, times
====  ===================================  =====================================================

A response has `ok`. If it is false, the status is 4xx and `error` says what to do.

With several apps, a request is about the first one, or with `?app=NAME` about another. An element,
a view, a command and a shortcut are those of the app that made them.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

import msgspec

from slack_simulator.apps import named
from slack_simulator.apps.app import App
from slack_simulator.components import Components
from slack_simulator.control import (
    commands,
    conditions,
    extensions,
    interactions,
    openapi,
    replays,
    scenarios,
    settings,
    state,
    stream,
)
from slack_simulator.http.messages import Request, Response, json_response, text_response
from slack_simulator.services import feeds, gerrit
from slack_simulator.web_api.faults import Fault
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json
from slack_simulator.workspace.setup import OtherApp

_QUESTIONS: Mapping[str, Callable[[Components, Request], Response]] = {
    "/sim/": lambda _, __: text_response(__doc__ or ""),
    "/sim/openapi.json": lambda _, __: json_response(_DOCUMENT),
    "/sim/state": lambda components, _: json_response(state.snapshot(components)),
    "/sim/messages": lambda components, request: json_response(
        state.messages(
            components, request.query.get("channel", "general"), request.query.get("before", "")
        )
    ),
    "/sim/file": lambda components, request: state.file(components, request.query.get("id", "")),
    "/sim/feed": lambda components, request: stream.poll(components.feed, request),
    "/sim/stream": lambda components, request: stream.events(components.feed, request),
    "/sim/faults": lambda components, _: json_response(
        {"ok": True, **conditions.list_faults(components)}
    ),
    "/sim/settings": lambda components, _: json_response(
        {"ok": True, "settings": settings.current(components)}
    ),
    "/sim/event": lambda components, request: _ok(
        replays.read(components, request.query.get("id", ""))
    ),
    "/sim/exchange": lambda components, request: _ok(
        state.exchange(components, request.query.get("id", ""))
    ),
    "/sim/health": lambda components, _: _ok(extensions.health(components)),
    "/sim/trace": lambda components, _: state.trace(components),
    "/sim/scenario": scenarios.download,
}
_COMMANDS: Mapping[str, tuple[Any, Callable[..., Json]]] = {
    "/sim/messages": (commands.Say, commands.say),
    "/sim/messages/edit": (commands.Edit, commands.edit),
    "/sim/messages/delete": (commands.Delete, commands.delete),
    "/sim/files": (commands.Upload, commands.upload),
    "/sim/joins": (commands.Join, commands.join),
    "/sim/leaves": (commands.Leave, commands.leave),
    "/sim/reactions": (commands.React, commands.react),
    "/sim/reactions/remove": (commands.React, commands.unreact),
    "/sim/channels": (commands.ChangeChannel, commands.change_channel),
    "/sim/emoji": (commands.ChangeEmoji, commands.change_emoji),
    "/sim/faults": (Fault, conditions.add_fault),
    "/sim/faults/lines": (conditions.FaultLines, conditions.add_fault_lines),
    "/sim/faults/clear": (commands.Empty, conditions.clear_faults),
    "/sim/settings": (settings.SimulatorSettings, conditions.change_settings),
    "/sim/answers": (conditions.Answer, conditions.answer),
    "/sim/clock": (conditions.Advance, conditions.advance),
    "/sim/topics": (commands.SetTopic, commands.set_topic),
    "/sim/apps": (OtherApp, named.add),
    "/sim/assistant": (interactions.Assistant, interactions.open_assistant),
    "/sim/details": (interactions.OpenDetails, interactions.open_details),
    "/sim/details/edit": (interactions.EditDetails, interactions.edit_details),
    "/sim/invites": (interactions.ReceiveInvite, interactions.receive_invite),
    "/sim/invites/answer": (interactions.AnswerInvite, interactions.answer_invite),
    "/sim/apps/requests": (interactions.RequestApp, interactions.request_app),
    "/sim/events": (interactions.SendExample, interactions.send_example),
    "/sim/functions": (interactions.RunFunction, interactions.run_function),
    "/sim/webhooks": (conditions.NewWebhook, conditions.add_webhook),
    "/sim/traces": (Json | list[Json], commands.add_traces),
    "/sim/commands": (interactions.WriteCommand, interactions.slash_command),
    "/sim/shortcuts": (interactions.StartShortcut, interactions.shortcut),
    "/sim/actions": (interactions.Action, interactions.act),
    "/sim/options": (interactions.Suggestion, interactions.suggest),
    "/sim/views/submit": (interactions.Submission, interactions.submit),
    "/sim/views/close": (interactions.Dismissal, interactions.dismiss),
    "/sim/click": (interactions.Click, interactions.click),
    "/sim/submit": (interactions.Fill, interactions.fill),
    "/sim/expect": (interactions.Expect, interactions.expect),
    "/sim/expect/view": (interactions.ExpectView, interactions.expect_view),
    "/sim/home": (interactions.OpenHome, interactions.open_home),
    "/sim/replays": (replays.Replay, replays.replay),
    "/sim/scenario": (Json, scenarios.play),
    "/sim/scenario/stop": (commands.Empty, scenarios.stop),
    "/sim/explain": (Json, extensions.explain),
    "/sim/compare": (commands.Empty, extensions.compare),
    "/sim/why": (extensions.AboutMessage, extensions.why),
    "/sim/services/gerrit/changes": (gerrit.Change, commands.merge_change),
    "/sim/services/gerrit/touch": (commands.TouchChange, commands.touch_change),
    "/sim/services/changelog": (commands.SetLive, commands.set_live),
    "/sim/services/mastodon/statuses": (commands.PostStatus, commands.post_status),
    "/sim/services/feeds/items": (feeds.Item, commands.publish),
}
# Made before any thread decodes: msgspec 0.22 crashes one that uses a struct while another thread
# looks up its fields, as the first use does.
_DECODERS = {
    body_type: msgspec.json.Decoder(body_type)
    for body_type in (commands.FailService, *(body_type for body_type, _ in _COMMANDS.values()))
}

# Made here for the same reason.
_DOCUMENT: Json = openapi.document(_QUESTIONS, _COMMANDS)


class Control:
    """Answer the requests under /sim/."""

    def __init__(self, slack: App) -> None:
        self._slack = slack

    def handle(self, request: Request) -> Response:
        """Answer one request. Errors have status 400, 404, 405 or 415 and say what to do."""
        try:
            if request.method == "GET":
                return self._get(request)
            if request.method == "POST":
                return self._post(request)
        except (SlackError, ValueError, LookupError, AssertionError) as problem:
            return json_response({"ok": False, "error": str(problem)}, 400)
        return _refused(f"{request.method} isn't supported; use GET or POST", 405)

    def _get(self, request: Request) -> Response:
        question = _QUESTIONS.get(request.path)
        if question is None:
            return _unknown(request)
        return question(named.of(self._slack, request), request)

    def _post(self, request: Request) -> Response:
        # Another site's page can post forms and plain text without a preflight, but not JSON.
        if request.content_type != "application/json":
            return _refused("send Content-Type: application/json and a JSON body", 415)
        known = _COMMANDS.get(request.path) or _service_fault(request.path)
        if known is None:
            return _unknown(request)
        body_type, command = known
        try:
            body = _DECODERS[body_type].decode(request.body or b"{}")
        except msgspec.DecodeError as problem:
            return _refused(f"{problem}. {_expected(body_type)}", 400)
        return json_response({"ok": True, **command(named.of(self._slack, request), body)})


def _ok(answer: Json) -> Response:
    return json_response({"ok": True, **answer})


def _service_fault(path: str) -> tuple[Any, Callable[..., Json]] | None:
    prefix, suffix = "/sim/services/", "/fault"
    if not (path.startswith(prefix) and path.endswith(suffix)):
        return None
    name = path[len(prefix) : -len(suffix)]

    def command(components: Components, wanted: commands.FailService) -> Json:
        return commands.fail_service(components, name, wanted)

    return commands.FailService, command


@functools.cache
def _expected(body_type: Any) -> str:
    """Return an error text that describes the body a command takes."""
    if not isinstance(body_type, type) or not issubclass(body_type, msgspec.Struct):
        return "Send a JSON object, or a list of them."
    fields = get_type_hints(body_type)
    return f"Send a JSON object with any of: {', '.join(fields) or 'nothing in it'}."


def _unknown(request: Request) -> Response:
    return _refused(f"there is no {request.path}; GET /sim/ lists the endpoints", 404)


def _refused(reason: str, status: int) -> Response:
    return json_response({"ok": False, "error": reason}, status)
