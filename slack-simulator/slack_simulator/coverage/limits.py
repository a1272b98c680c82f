"""What the simulated methods and events lack, as far as an app can notice."""

METHOD_LIMITS = {
    "assistant.threads.setStatus": "checked and logged, not shown on the page",
    "assistant.threads.setSuggestedPrompts": "checked and logged, not shown on the page",
    "assistant.threads.setTitle": "checked and logged, not shown on the page",
    "bookmarks.add": "links only; no folders",
    "chat.appendStream": "text only, no task or plan chunks",
    "chat.postMessage": "`parse`, `link_names` and `mrkdwn` are ignored",
    "chat.scheduleMessage": "no limit of 30 messages per five minutes",
    "chat.startStream": "text only, no task or plan chunks",
    "chat.stopStream": "text only, no task or plan chunks",
    "chat.unfurl": "previews are attachments; no authentication prompts",
    "conversations.close": "the conversation stays open",
    "conversations.invite": "no Slack Connect",
    "conversations.mark": "the bot's read position isn't kept",
    "conversations.open": "`prevent_creation` is ignored",
    "files.completeUploadExternal": "no image is scaled and no document converted",
    "files.list": "`ts_from`, `ts_to` and `types` are ignored",
    "files.upload": "answers `method_deprecated`, as Slack does since November 2025",
    "functions.completeError": "logged; there is no workflow that goes on",
    "functions.completeSuccess": "logged; there is no workflow that goes on",
    "search.all": "words and a few modifiers; no score, so `sort` is ignored",
    "search.files": "words and a few modifiers; no score, so `sort` is ignored",
    "search.messages": "words and a few modifiers; no score, so `sort` is ignored",
    "team.info": "the app's own workspace only",
    "usergroups.list": "`include_count` is always on",
    "users.profile.get": "no custom fields",
    "users.profile.set": "fields aren't validated, except the length of a status",
}

EVENT_LIMITS = {
    "app_uninstalled": "sent by `uninstall()`",
    "assistant_thread_context_changed": "sent by `open_assistant()` with another context",
    "assistant_thread_started": "sent by `open_assistant()`",
    "function_executed": "sent by `run_function()`",
    "message": "subtypes: bot_message, channel_join, channel_leave, channel_purpose, "
    "channel_topic, file_share, me_message, message_changed, message_deleted, thread_broadcast",
    "tokens_revoked": "sent by `uninstall()`",
    "user_change": "for changes of a profile",
}
