"""The name of every Redis key. All start with the app's name.

The layout of queues, dead letters and acknowledgements is Dramatiq's.
"""

from __future__ import annotations


def prefix(app: str) -> str:
    """Return `APP:`, for scripts that make the names of keys themselves."""
    return f"{app}:"


def delayed(queue: str) -> str:
    """Return the name of the queue for a queue's delayed messages (retries)."""
    return f"{queue}.DQ"


def waiting(app: str, queue: str) -> str:
    """Return `APP:QUEUE`, a list: the ids of the waiting messages."""
    return f"{app}:{queue}"


def messages(app: str, queue: str) -> str:
    """Return `APP:QUEUE.msgs`, a hash: waiting and in-flight messages, by id."""
    return f"{app}:{queue}.msgs"


def in_flight(app: str, worker_id: str, queue: str) -> str:
    """Return `APP:__acks__.WORKER.QUEUE`, a set: the ids of a worker's in-flight messages."""
    return f"{app}:__acks__.{worker_id}.{queue}"


def begun(app: str, worker_id: str) -> str:
    """Return `APP:__begun__.WORKER`, a set: ids of messages that a worker began, kept for 1 day.

    An id counts only while it is in flight, too.
    """
    return f"{app}:__begun__.{worker_id}"


def dead_ids(app: str, queue: str) -> str:
    """Return `APP:QUEUE.XQ`, a sorted set: the ids of dead letters by time of death (Unix ms).

    A delayed message is dead-lettered in its original queue.
    """
    return f"{app}:{queue.removesuffix('.DQ')}.XQ"


def dead_messages(app: str, queue: str) -> str:
    """Return `APP:QUEUE.XQ.msgs`, a hash: dead letters by id, kept for 7 days."""
    return f"{dead_ids(app, queue)}.msgs"


def processes(app: str) -> str:
    """Return `APP:processes`, a hash: the registry of live processes, one entry each."""
    return f"{app}:processes"


def gone_processes(app: str) -> str:
    """Return `APP:processes:gone`, a hash: processes that did not sign off, kept for 1 hour."""
    return f"{app}:processes:gone"


def leader(app: str) -> str:
    """Return `APP:scheduler`, a string: the id of the leading scheduler."""
    return f"{app}:scheduler"


def ledger(app: str, message_id: str) -> str:
    """Return `APP:ledger:MESSAGE`, a hash: the state of each effect of a message.

    It is kept for 1 hour, or for 25 hours if it belongs to a join.

    MESSAGE is the channel and `ts` of a message, the member of a team join, the event of a
    channel join, or the id of a watcher's item.
    """
    return f"{app}:ledger:{message_id}"


def answers(app: str, message_id: str) -> str:
    """Return `APP:answers:MESSAGE`, a hash: the answers to a message in Slack, kept for 1 day."""
    return f"{app}:answers:{message_id}"


def answered(app: str) -> str:
    """Return `APP:answered`, a sorted set: messages with an `answers` key, by time (ms)."""
    return f"{app}:answered"


def answer(app: str, channel: str, ts: str) -> str:
    """Return `APP:answer:CHANNEL:TS`, a string: the message behind an answer, kept for 1 day."""
    return f"{app}:answer:{channel}:{ts}"


def told(app: str, user: str, rule: str) -> str:
    """Return `APP:told:USER:RULE`, a string: the message about which a rule that speaks once a day
    last spoke to a member, kept for 1 day.
    """
    return f"{app}:told:{user}:{rule}"


def channels_by_id(app: str) -> str:
    """Return `APP:channels:by_id`, a hash: channel names by id, kept for 14 days."""
    return f"{app}:channels:by_id"


def channels_by_name(app: str) -> str:
    """Return `APP:channels:by_name`, a hash: channel ids by name, kept for 14 days."""
    return f"{app}:channels:by_name"


def channel_changes(app: str) -> str:
    """Return `APP:channels:changes`, a hash: recent changes to channels and their times, by id."""
    return f"{app}:channels:changes"


def unusable_channels(app: str) -> str:
    """Return `APP:channels:unusable`, a string: channels the bot cannot post to, for 14 days."""
    return f"{app}:channels:unusable"


def feed_state(app: str, watcher: str) -> str:
    """Return `APP:feed:WATCHER`, a string: the state of a feed, kept for 31 days."""
    return f"{app}:feed:{watcher}"


def announcements(app: str) -> str:
    """Return `APP:announcements`, a hash: the last announcement of each watcher."""
    return f"{app}:announcements"


def rejections(app: str) -> str:
    """Return `APP:rejections`, a hash: ongoing rejections by Slack, by watcher."""
    return f"{app}:rejections"


def gathered(app: str, kind: str) -> str:
    """Return `APP:gathered:KIND`, a hash: workspace events that wait to be announced."""
    return f"{app}:gathered:{kind}"


def gathered_batch(app: str, kind: str) -> str:
    """Return `APP:gathered:KIND:taken`, a hash: the batch that is being announced."""
    return f"{app}:gathered:{kind}:taken"


def accounts(app: str) -> str:
    """Return `APP:accounts`, a string: numbers of accounts, and the ids of apps, for 31 days."""
    return f"{app}:accounts"


def seen_items(app: str, watcher: str) -> str:
    """Return `APP:seen:WATCHER`, a sorted set: items by when they were handled (Unix s)."""
    return f"{app}:seen:{watcher}"


def questions(app: str) -> str:
    """Return `APP:questions`, a sorted set: what is known of messages in help channels, for 3 days.

    Its members are `CHANNEL TS WHAT …`, scored by `ts`: `by USER VERSION ASKS`, `mentions USER`,
    `reply USER`, `closed`.
    """
    return f"{app}:questions"


def wave_window(app: str, of: str) -> str:
    """Return `APP:wave:window:OF`, a list: fingerprints of the messages of a member (a digest), or
    of all new ones, kept for minutes.
    """
    return f"{app}:wave:window:{of}"


def waves(app: str) -> str:
    """Return `APP:waves`, a sorted set: the ids of waves by when they were last seen (Unix s)."""
    return f"{app}:waves"


def wave(app: str, id: str) -> str:
    """Return `APP:wave:of:ID`, a hash: the messages of a wave, and what became of it, for 7 days.

    An empty id gives the prefix.
    """
    return f"{app}:wave:of:{id}"


def wave_memory(app: str, what: str) -> str:
    """Return `APP:wave:WHAT`, a sorted set of digests: `new` members by when they joined, kept for
    as long as they are new; `hosts` by when somebody first linked to them, for 30 days. `fine` is a
    hash: fingerprints that moderators called fine, by wave, for 30 days.
    """
    return f"{app}:wave:{what}"


def case(app: str, id: str) -> str:
    """Return `APP:case:ID`, a hash: a case for moderators, for 30 days, or 1 day once it is closed.

    It holds the place of its card and how it stands; and until it is closed, of each reporter a
    keyed digest, with the id, sealed, unless they are anonymous. An empty id gives the prefix.
    """
    return f"{app}:case:{id}"


def case_of_report(app: str, report: str) -> str:
    """Return `APP:report:ID`, a string: the id of a report's case, for 8 days."""
    return f"{app}:report:{report}"


def case_of_message(app: str, about: str) -> str:
    """Return `APP:reported:ABOUT`, a string: the open case of a reported message, for 30 days."""
    return f"{app}:reported:{about}"


def reports_per_hour(app: str, digest: str) -> str:
    """Return `APP:reports:DIGEST`, a string: how many reports a member made, for 1 hour."""
    return f"{app}:reports:{digest}"


def moderators_channel(app: str, name: str) -> str:
    """Return `APP:moderators:NAME`, a string: the id of the channel that was found first."""
    return f"{app}:moderators:{name}"


def missed_words(app: str, what: str) -> str:
    """Return `APP:missed:WHAT`, a sorted set by when a member last asked (Unix s), for 31 days.

    `digests` holds keyed digests of a word and of a member who asked for it in vain, `words` the
    words of which three members did.
    """
    return f"{app}:missed:{what}"


def counters(app: str, minute: int | str) -> str:
    """Return `APP:counts:MINUTE`, a hash: the counters of one minute (Unix time in minutes).

    The minute `total` names the all-time counters; an empty one gives the prefix.
    """
    return f"{app}:counts:{minute}"


def jobs(app: str) -> str:
    """Return `APP:jobs`, a hash: when each periodic job last succeeded (Unix ms, Redis clock)."""
    return f"{app}:jobs"


def round_trip(app: str) -> str:
    """Return `APP:round_trip`, a hash: the last message sent through Slack, and its result."""
    return f"{app}:round_trip"


def journal(app: str) -> str:
    """Return `APP:journal`, a list: chunks of event outcomes, at most 1 MiB and 48 hours."""
    return f"{app}:journal"


def members(app: str) -> str:
    """Return `APP:members`, a hash: a dated list of all members, kept for 90 days."""
    return f"{app}:members"


def next_members(app: str) -> str:
    """Return `APP:members:next`, a hash: the next such list, not yet confirmed by a round trip."""
    return f"{app}:members:next"


def welcomed(app: str) -> str:
    """Return `APP:welcomed`, a sorted set: members by when they were welcomed (Unix s), 90 days."""
    return f"{app}:welcomed"


def ready(app: str) -> str:
    """Return `APP:ready`, a string: written to see if Redis takes writes, kept for 1 minute."""
    return f"{app}:ready"


def probe(app: str) -> str:
    """Return `APP:probe`, a hash: the last end-to-end probe that succeeded."""
    return f"{app}:probe"
