"""The name of every key in Redis. All of them start with the app's name.

The layout of queues, dead letters and acknowledgements is Dramatiq's own.
"""

from __future__ import annotations


def delayed(queue: str) -> str:
    """Return the name of the queue that holds a queue's delayed messages: retries."""
    return f"{queue}.DQ"


def waiting(app: str, queue: str) -> str:
    """Return `APP:QUEUE`, a list: the ids of the messages that wait."""
    return f"{app}:{queue}"


def messages(app: str, queue: str) -> str:
    """Return `APP:QUEUE.msgs`, a hash: the messages that wait or are in flight, by id."""
    return f"{app}:{queue}.msgs"


def in_flight(app: str, worker_id: str, queue: str) -> str:
    """Return `APP:__acks__.WORKER.QUEUE`, a set: the ids of the messages that a worker holds."""
    return f"{app}:__acks__.{worker_id}.{queue}"


def dead_ids(app: str, queue: str) -> str:
    """Return `APP:QUEUE.XQ`, a sorted set: the ids of dead letters by when they died (Unix ms).

    A delayed message dies into the queue it came from.
    """
    return f"{app}:{queue.removesuffix('.DQ')}.XQ"


def dead_messages(app: str, queue: str) -> str:
    """Return `APP:QUEUE.XQ.msgs`, a hash: dead letters by id, kept for 7 days."""
    return f"{dead_ids(app, queue)}.msgs"


def processes(app: str) -> str:
    """Return `APP:processes`, a hash: the registry of the living, an entry for each process."""
    return f"{app}:processes"


def gone_processes(app: str) -> str:
    """Return `APP:processes:gone`, a hash: entries of those that did not sign off, kept an hour."""
    return f"{app}:processes:gone"


def leader(app: str) -> str:
    """Return `APP:scheduler`, a string: the id of the scheduler that leads."""
    return f"{app}:scheduler"


def ledger(app: str, message_id: str) -> str:
    """Return `APP:ledger:MESSAGE`, a hash: the state of each effect of a message, kept an hour.

    A message is named by its channel and `ts`, a join of the team by who joined, one of a channel
    by its event, a watcher's item by its own id.
    """
    return f"{app}:ledger:{message_id}"


def answers(app: str, message_id: str) -> str:
    """Return `APP:answers:MESSAGE`, a hash: what stands in Slack of a message, kept a day."""
    return f"{app}:answers:{message_id}"


def answered(app: str) -> str:
    """Return `APP:answered`, a sorted set: the messages of which that is known, by time (ms)."""
    return f"{app}:answered"


def answer(app: str, channel: str, ts: str) -> str:
    """Return `APP:answer:CHANNEL:TS`, a string: the message that an answer answers, kept a day."""
    return f"{app}:answer:{channel}:{ts}"


def channels_by_id(app: str) -> str:
    """Return `APP:channels:by_id`, a hash: channel names by id, kept 14 days."""
    return f"{app}:channels:by_id"


def channels_by_name(app: str) -> str:
    """Return `APP:channels:by_name`, a hash: channel ids by name, kept 14 days."""
    return f"{app}:channels:by_name"


def channel_changes(app: str) -> str:
    """Return `APP:channels:changes`, a hash: when and how channels changed lately, by id."""
    return f"{app}:channels:changes"


def unusable_channels(app: str) -> str:
    """Return `APP:channels:unusable`, a string: where the bot is to speak and cannot, 14 days."""
    return f"{app}:channels:unusable"


def feed_state(app: str, watcher: str) -> str:
    """Return `APP:feed:WATCHER`, a string: how a feed was found last, kept 31 days."""
    return f"{app}:feed:{watcher}"


def announcements(app: str) -> str:
    """Return `APP:announcements`, a hash: what each watcher announced last, and when."""
    return f"{app}:announcements"


def rejections(app: str) -> str:
    """Return `APP:rejections`, a hash: why Slack rejects a watcher's posts, while it does."""
    return f"{app}:rejections"


def gathered(app: str, kind: str) -> str:
    """Return `APP:gathered:KIND`, a hash: what a watcher of the workspace is to tell of."""
    return f"{app}:gathered:{kind}"


def gathered_batch(app: str, kind: str) -> str:
    """Return `APP:gathered:KIND:taken`, a hash: what it tells of now."""
    return f"{app}:gathered:{kind}:taken"


def seen_items(app: str, watcher: str) -> str:
    """Return `APP:seen:WATCHER`, a sorted set: items by when they were dealt with (Unix s)."""
    return f"{app}:seen:{watcher}"


def counters(app: str, minute: int | str) -> str:
    """Return `APP:counts:MINUTE`, a hash: the counters of one minute (Unix time in minutes).

    The minute `total` stands for the counters of all time; an empty one makes a prefix.
    """
    return f"{app}:counts:{minute}"


def jobs(app: str) -> str:
    """Return `APP:jobs`, a hash: when each periodic job last succeeded (Redis's ms)."""
    return f"{app}:jobs"


def round_trip(app: str) -> str:
    """Return `APP:round_trip`, a hash: the last message sent through Slack, and what came back."""
    return f"{app}:round_trip"


def journal(app: str) -> str:
    """Return `APP:journal`, a list: chunks of what became of events, at most 1 MiB and 48 hours."""
    return f"{app}:journal"


def members(app: str) -> str:
    """Return `APP:members`, a hash: all members at a time, four bytes each, kept 90 days."""
    return f"{app}:members"


def next_members(app: str) -> str:
    """Return `APP:members:next`, a hash: the same, until a round trip confirms it."""
    return f"{app}:members:next"


def welcomed(app: str) -> str:
    """Return `APP:welcomed`, a sorted set: members by when they were welcomed (Unix s), 90 days."""
    return f"{app}:welcomed"


def probe(app: str) -> str:
    """Return `APP:probe`, a hash: the last end-to-end probe that came through."""
    return f"{app}:probe"
