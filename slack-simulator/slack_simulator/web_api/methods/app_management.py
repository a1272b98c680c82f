"""admin.apps.*: which apps members may install, and the requests of those who must ask.

Slack allows this for an Enterprise Grid and for a workspace; here it is the one workspace.
"""

from collections.abc import Callable
from typing import Final

from slack_simulator.web_api import paging
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.changes import Announced
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json, User
from slack_simulator.workspace.workspace import Workspace

REQUESTS: Final = "app requests"
"""Request ID → an open request, as admin.apps.requests.list returns it."""
RESOLVED: Final = "resolved app requests"
"""The IDs of requests that were decided on or cancelled."""
REQUESTED: Final = "requested apps"
"""Name → an app for which a member has ever asked."""
RESOLUTIONS: Final = "app resolutions"
"""App ID → an app that is approved or restricted, as the lists return it, and its `status`."""
MOST_LISTED: Final = 1000


def request(workspace: Workspace, by: User, name: str, scopes: list[str], message: str) -> Json:
    """Ask for an app as a member, and tell the apps that decide on it. Return the request."""
    identity = workspace.identity
    with workspace.lock:
        known = workspace.records[REQUESTED]
        app = known.setdefault(name, _app(workspace.ids.new("A0"), name))
    asked: Json = {
        "id": workspace.ids.new("Ar0"),
        "app": app,
        "user": {"id": by.id, "name": by.name, "email": by.email},
        "team": {"id": identity.team_id, "name": identity.team_name, "domain": identity.domain},
        "enterprise": None,
        "scopes": [_scope(each) for each in scopes],
        "is_user_app_collaborator": False,
        "message": message,
        "date_created": int(workspace.clock.now()),
    }
    with workspace.lock:
        if earlier := workspace.records[RESOLUTIONS].get(app["id"]):
            shown = {"status": earlier["status"], "scopes": earlier["scopes"]}
            asked["previous_resolution"] = shown
        workspace.records[REQUESTS][asked["id"]] = asked
        event: Json = {"type": "app_requested", "app_request": asked}
        workspace.tell(Announced(what=event["type"], user=by, events=[event]))
    return asked


def approve(caller: Caller, arguments: Arguments) -> Json:
    """Approve an app, by its ID or by a request for it."""
    return _resolve(caller, arguments, "approved")


def restrict(caller: Caller, arguments: Arguments) -> Json:
    """Restrict an app, by its ID or by a request for it."""
    return _resolve(caller, arguments, "restricted")


def cancel(caller: Caller, arguments: Arguments) -> Json:
    """Cancel a request."""
    _administer(caller, arguments, "admin.apps:write")
    with caller.workspace.lock:
        _close(caller, arguments.required("request_id"))
    return {}


def clear(caller: Caller, arguments: Arguments) -> Json:
    """Take back the approval or restriction of an app."""
    _administer(caller, arguments, "admin.apps:write")
    app_id = arguments.required("app_id")
    if caller.workspace.records[RESOLUTIONS].pop(app_id, None) is None:
        raise SlackError("no_resolution_found")
    return {}


def list_requests(caller: Caller, arguments: Arguments) -> Json:
    """Return the open requests."""
    _administer(caller, arguments, "admin.apps:read")
    open_ = caller.workspace.records[REQUESTS]
    return _page(arguments, "app_requests", list(open_.values()), list(open_))


def list_resolved(status: str) -> Callable[[Caller, Arguments], Json]:
    """Return the method that lists the apps that are `approved` or `restricted`."""

    def list_all(caller: Caller, arguments: Arguments) -> Json:
        _administer(caller, arguments, "admin.apps:read")
        found = caller.workspace.records[RESOLUTIONS].values()
        shown = [
            {name: value for name, value in each.items() if name != "status"}
            for each in found
            if each["status"] == status
        ]
        return _page(arguments, f"{status}_apps", shown, [each["app"]["id"] for each in shown])

    return list_all


def _resolve(caller: Caller, arguments: Arguments, status: str) -> Json:
    _administer(caller, arguments, "admin.apps:write")
    request_id, app_id = arguments.text("request_id"), arguments.text("app_id")
    if not request_id and not app_id:
        raise SlackError("request_id_or_app_id_is_required")
    if request_id and app_id:
        raise SlackError("too_many_ids_provided")
    if app_id and not app_id.startswith("A"):
        raise SlackError("invalid_app_id")
    with caller.workspace.lock:
        asked = _close(caller, request_id) if request_id else _close_all(caller, app_id)
        given = [*arguments.names("bot_scopes"), *arguments.names("user_scopes")]
        scopes = [_scope(each) for each in given] or asked.get("scopes", [])
        caller.workspace.records[RESOLUTIONS][asked["app"]["id"]] = {
            "status": status,
            "app": asked["app"],
            "scopes": scopes,
            "date_updated": int(caller.workspace.clock.now()),
            "last_resolved_by": {"actor_id": caller.actor.id, "actor_type": "user"},
        }
    return {}


def _close(caller: Caller, id: str) -> Json:
    """Return a request that is open, and close it."""
    records = caller.workspace.records
    if id in records[RESOLVED]:
        raise SlackError("request_already_resolved")
    if id not in records[REQUESTS]:
        raise SlackError("invalid_request_id")
    records[RESOLVED][id] = {}
    return records[REQUESTS].pop(id)


def _close_all(caller: Caller, app_id: str) -> Json:
    """Close all requests for an app. Return the last, or what else is known of the app."""
    records = caller.workspace.records
    about = records[RESOLUTIONS].get(app_id, {"app": _app(app_id, app_id)})
    for id in [id for id, each in records[REQUESTS].items() if each["app"]["id"] == app_id]:
        about = _close(caller, id)
    return about


def _administer(caller: Caller, arguments: Arguments, scope: str) -> None:
    """Raise unless the caller is an admin, and asks for no other workspace."""
    caller.require(scope)
    if not caller.actor.is_admin:
        raise SlackError("not_an_admin")
    team, enterprise = arguments.text("team_id"), arguments.text("enterprise_id")
    if team and enterprise:
        raise SlackError("too_many_teams_provided")
    if enterprise:
        raise SlackError("enterprise_not_found")
    if team not in {"", caller.identity.team_id}:
        raise SlackError("team_not_found")


def _page(arguments: Arguments, name: str, items: list[Json], ids: list[str]) -> Json:
    limit = arguments.limit(100, MOST_LISTED)
    shown, after = paging.page(items, ids, name, arguments.text("cursor"), limit)
    return {name: list(shown), "response_metadata": {"next_cursor": after}}


def _app(id: str, name: str) -> Json:
    urls = ("help_url", "privacy_policy_url", "app_homepage_url", "app_directory_url")
    flags = {"is_app_directory_approved": False, "is_internal": True, "is_granular_bot_app": True}
    texts = {"description": "", **dict.fromkeys(urls, ""), "additional_info": ""}
    return {"id": id, "name": name, **texts, **flags}


def _scope(name: str) -> Json:
    return {"name": name, "description": "", "is_sensitive": False, "token_type": "bot"}
