"""An example of each event that nothing in the simulated workspace causes.

A text in double braces stands for a fact: `{{user}}` for the ID of a member.
"""

from collections.abc import Mapping

from slack_simulator.workspace.objects import Json

_APP: Json = {
    "app_id": "{{app}}",
    "app_name": "{{app_name}}",
    "app_owner_id": "{{user}}",
    "team_id": "{{team}}",
    "team_domain": "{{domain}}",
}
_TEAM: Json = {"id": "{{team}}", "name": "{{team_name}}", "domain": "{{domain}}"}
_OTHER_TEAM: Json = {
    "id": "T0PARTNER",
    "name": "Partner",
    "icon": {"image_default": True},
    "avatar_base_url": "https://ca.slack-edge.com/",
    "is_verified": False,
    "domain": "partner",
    "date_created": "{{now}}",
    "requires_sponsorship": False,
}
_HISTORY: Json = {"channel": "{{channel}}", "latest": "{{stamp}}", "ts": "{{stamp}}"}
_DIRECT: Json = {"user": "{{user}}", "channel": "{{dm}}"}
_STEPS: Json = {
    "version_id": "1",
    "app_steps": [
        {"app_id": "{{app}}", "workflow_step_id": "step", "callback_id": "step"},
    ],
}
_WORKFLOW: Json = {"workflow_id": "Wf0WORKFLOW", "workflow_draft_configuration": _STEPS}
_SESSION: Json = {"channel": "{{dm}}", "thread_ts": "{{stamp}}", "user": "{{user}}"}
_FILE: Json = {"file_id": "F0FILE", "file": {"id": "F0FILE"}}
EXAMPLES: Mapping[str, Json] = {
    "agent_session_stopped": _SESSION,
    "agent_session_title_changed": {**_SESSION, "title": "A title"},
    "app_context_changed": {
        "channel": "{{dm}}",
        "user": "{{user}}",
        "context": {"entities": [{"type": "slack#/types/channel_id", "value": "{{channel}}"}]},
    },
    "app_deleted": _APP,
    "app_installed": {**_APP, "user_id": "{{user}}"},
    "app_uninstalled_team": {**_APP, "user_id": "{{user}}"},
    "call_rejected": {
        "call_id": "R0CALL",
        "user_id": "{{user}}",
        "channel_id": "{{channel}}",
        "external_unique_id": "1",
    },
    "channel_history_changed": _HISTORY,
    "channel_id_changed": {"old_channel_id": "C0OLD", "new_channel_id": "{{channel}}"},
    "email_domain_changed": {"email_domain": "new.example"},
    "file_comment_deleted": {**_FILE, "comment": "Fc0COMMENT"},
    "file_unshared": {**_FILE, "user_id": "{{user}}", "channel_id": "{{channel}}"},
    "grid_migration_finished": {"enterprise_id": "E0ENTERPRISE"},
    "grid_migration_started": {"enterprise_id": "E0ENTERPRISE"},
    "group_close": {"user": "{{user}}", "channel": "G0GROUP"},
    "group_history_changed": {**_HISTORY, "channel": "G0GROUP"},
    "group_open": {"user": "{{user}}", "channel": "G0GROUP"},
    "im_close": _DIRECT,
    "im_created": {"user": "{{user}}", "channel": {"id": "{{dm}}"}},
    "im_history_changed": {**_HISTORY, "channel": "{{dm}}"},
    "im_open": _DIRECT,
    "invite_requested": {
        "invite_request": {
            "id": "Ir0REQUEST",
            "email": "somebody@elsewhere.example",
            "date_created": "{{now}}",
            "requester_ids": ["{{user}}"],
            "channel_ids": ["{{channel}}"],
            "invite_type": "full_member",
            "real_name": "Somebody",
            "date_expire": 0,
            "request_reason": "",
            "team": _TEAM,
        },
    },
    "shared_channel_invite_requested": {
        "actor": {
            "id": "{{user}}",
            "name": "{{user_name}}",
            "is_bot": False,
            "team_id": "{{team}}",
            "timezone": "Etc/UTC",
            "real_name": "{{user_name}}",
            "display_name": "{{user_name}}",
        },
        "channel_id": "{{channel}}",
        "event_type": "slack#/events/shared_channel_invite_requested",
        "channel_name": "{{channel_name}}",
        "channel_type": "public",
        "target_users": [{"email": "somebody@partner.example", "invite_id": "I0INVITE"}],
        "teams_in_channel": [
            {**_OTHER_TEAM, "icon": {"image_34": "", "image_default": True}},
        ],
        "is_external_limited": True,
        "channel_date_created": "{{now}}",
        "channel_message_latest_counted_timestamp": "{{now}}",
    },
    "subteam_self_added": {"subteam_id": "S0GROUP"},
    "subteam_self_removed": {"subteam_id": "S0GROUP"},
    "team_access_granted": {"team_ids": ["{{team}}"]},
    "team_access_revoked": {"team_ids": ["{{team}}"]},
    "team_domain_change": {"url": "https://new.slack.com", "domain": "new"},
    "team_rename": {"name": "New name"},
    "user_huddle_changed": {"user": "{{member}}", "cache_ts": "{{now}}"},
    "workflow_deleted": _WORKFLOW,
    "workflow_published": {
        "workflow_id": "Wf0WORKFLOW",
        "workflow_published_configuration": _STEPS,
    },
    "workflow_step_deleted": _WORKFLOW,
    "workflow_step_execute": {
        "callback_id": "step",
        "workflow_step": {
            "workflow_step_execute_id": "1.2",
            "workflow_id": "Wf0WORKFLOW",
            "workflow_instance_id": "Wi0INSTANCE",
            "step_id": "step",
            "inputs": {},
            "outputs": [],
        },
    },
    "workflow_unpublished": _WORKFLOW,
}


def example(kind: str, facts: Mapping[str, object], fields: Mapping[str, object]) -> Json:
    """Return an inner event of a type, with `fields` in place of the example's.

    Raise `ValueError` if there is no example of it.
    """
    if kind not in EXAMPLES:
        raise ValueError(f"there is no example of {kind}; there are {', '.join(EXAMPLES)}")
    known = {f"{{{{{name}}}}}": value for name, value in facts.items()}
    filled = {name: _filled(value, known) for name, value in EXAMPLES[kind].items()}
    return {"type": kind, **filled, "event_ts": facts["stamp"], **fields}


def _filled(part: object, known: Mapping[str, object]) -> object:
    if isinstance(part, dict):
        return {name: _filled(value, known) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(each, known) for each in part]
    return known.get(part, part) if isinstance(part, str) else part
