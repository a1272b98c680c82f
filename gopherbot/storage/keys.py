"""The name of every Redis key. All start with the app's name.

The layout of queues, dead letters and acknowledgements is Dramatiq's.
"""

from __future__ import annotations

from collections.abc import Callable

OfApp = Callable[[str], str]
OfName = Callable[[str, str], str]
OfNames = Callable[[str, str, str], str]
"""Returns the key of an app, and of one or two names in it."""

prefix: OfApp = "{}:".format
"""`APP:`, for scripts that make the names of keys themselves."""


def delayed(queue: str) -> str:
    """Return the name of the queue for a queue's delayed messages (retries)."""
    return f"{queue}.DQ"


waiting: OfName = "{}:{}".format
"""`APP:QUEUE`, a list: the ids of the waiting messages."""
messages: OfName = "{}:{}.msgs".format
"""`APP:QUEUE.msgs`, a hash: waiting and in-flight messages, by id."""
in_flight: OfNames = "{}:__acks__.{}.{}".format
"""`APP:__acks__.WORKER.QUEUE`, a set: the ids of a worker's in-flight messages."""
begun: OfName = "{}:__begun__.{}".format
"""`APP:__begun__.WORKER`, a set: ids of messages that a worker began, kept for 1 day.

An id counts only while it is in flight, too."""


def dead_ids(app: str, queue: str) -> str:
    """Return `APP:QUEUE.XQ`, a sorted set: the ids of dead letters by time of death (Unix ms).

    A delayed message is dead-lettered in its original queue.
    """
    return f"{app}:{queue.removesuffix('.DQ')}.XQ"


def dead_messages(app: str, queue: str) -> str:
    """Return `APP:QUEUE.XQ.msgs`, a hash: dead letters by id, kept for 7 days."""
    return f"{dead_ids(app, queue)}.msgs"


processes: OfApp = "{}:processes".format
"""`APP:processes`, a hash: the registry of live processes, one entry each."""
gone_processes: OfApp = "{}:processes:gone".format
"""`APP:processes:gone`, a hash: processes that did not sign off, kept for 1 hour."""
leader: OfApp = "{}:scheduler".format
"""`APP:scheduler`, a string: the id of the leading scheduler."""
ledger: OfName = "{}:ledger:{}".format
"""`APP:ledger:MESSAGE`, a hash: the state of each effect of a message.

It is kept for 1 hour, or for 25 hours if it belongs to a join.

MESSAGE is the channel and `ts` of a message, the member of a team join, the event of a
channel join, or the id of a watcher's item."""
answers: OfName = "{}:answers:{}".format
"""`APP:answers:MESSAGE`, a hash: the answers to a message in Slack, kept for 1 day."""
answered: OfApp = "{}:answered".format
"""`APP:answered`, a sorted set: messages with an `answers` key, by time (ms)."""
answer: OfNames = "{}:answer:{}:{}".format
"""`APP:answer:CHANNEL:TS`, a string: the message behind an answer, kept for 1 day."""
told: OfNames = "{}:told:{}:{}".format
"""`APP:told:USER:RULE`, a string: the message about which a rule that speaks once a day
last spoke to a member, kept for 1 day."""
channels_by_id: OfApp = "{}:channels:by_id".format
"""`APP:channels:by_id`, a hash: channel names by id, kept for 14 days."""
channels_by_name: OfApp = "{}:channels:by_name".format
"""`APP:channels:by_name`, a hash: channel ids by name, kept for 14 days."""
channel_changes: OfApp = "{}:channels:changes".format
"""`APP:channels:changes`, a hash: recent changes to channels and their times, by id."""
unusable_channels: OfApp = "{}:channels:unusable".format
"""`APP:channels:unusable`, a string: channels the bot cannot post to, for 14 days."""
feed_state: OfName = "{}:feed:{}".format
"""`APP:feed:WATCHER`, a string: the state of a feed, kept for 31 days."""
announcements: OfApp = "{}:announcements".format
"""`APP:announcements`, a hash: the last announcement of each watcher."""
rejections: OfApp = "{}:rejections".format
"""`APP:rejections`, a hash: ongoing rejections by Slack, by watcher."""
gathered: OfName = "{}:gathered:{}".format
"""`APP:gathered:KIND`, a hash: workspace events that wait to be announced."""
gathered_batch: OfName = "{}:gathered:{}:taken".format
"""`APP:gathered:KIND:taken`, a hash: the batch that is being announced."""
accounts: OfApp = "{}:accounts".format
"""`APP:accounts`, a string: numbers of accounts, and the ids of apps, for 31 days."""
seen_items: OfName = "{}:seen:{}".format
"""`APP:seen:WATCHER`, a sorted set: items by when they were handled (Unix s)."""
questions: OfApp = "{}:questions".format
"""`APP:questions`, a sorted set: what is known of messages in help channels, for 3 days.

Its members are `CHANNEL TS WHAT …`, scored by `ts`: `by USER VERSION ASKS`, `mentions USER`,
`reply USER`, `closed`."""
wave_window: OfName = "{}:wave:window:{}".format
"""`APP:wave:window:OF`, a list: fingerprints of the messages of a member (a digest), or
of all new ones, kept for minutes."""
waves: OfApp = "{}:waves".format
"""`APP:waves`, a sorted set: the ids of waves by when they were last seen (Unix s)."""
wave: OfName = "{}:wave:of:{}".format
"""`APP:wave:of:ID`, a hash: the messages of a wave, and what happened to it, for 7 days.

An empty id gives the prefix."""
wave_memory: OfName = "{}:wave:{}".format
"""`APP:wave:WHAT`, a sorted set of digests: `new` members by when they joined, kept for
as long as they are new; `hosts` by when somebody first linked to them, for 30 days. `fine` is a
hash: fingerprints that moderators called fine, by wave, for 30 days."""
case: OfName = "{}:case:{}".format
"""`APP:case:ID`, a hash: a case for moderators, for 30 days, or 8 once it is closed.

It holds the place of its card and its state; and until it is closed, of each reporter a
keyed digest, with the id, sealed, unless they are anonymous. An empty id gives the prefix."""
case_of_report: OfName = "{}:report:{}".format
"""`APP:report:ID`, a string: the id of a report's case, for 8 days."""
case_of_message: OfName = "{}:reported:{}".format
"""`APP:reported:ABOUT`, a string: the open case of a reported message, for 30 days."""
reports_per_hour: OfName = "{}:reports:{}".format
"""`APP:reports:DIGEST`, a string: how many reports a member made, for 1 hour."""
moderators_channel: OfName = "{}:moderators:{}".format
"""`APP:moderators:NAME`, a string: the channel id that the name first resolved to."""
missed_words: OfName = "{}:missed:{}".format
"""`APP:missed:WHAT`, a sorted set by when a member last asked (Unix s), for 31 days.

`digests` holds keyed digests of a word and of a member who asked for it in vain, `words` the
words of which three members did."""
counters: Callable[[str, int | str], str] = "{}:counts:{}".format
"""`APP:counts:MINUTE`, a hash: the counters of one minute (Unix time in minutes).

The minute `total` names the all-time counters; an empty one gives the prefix."""
jobs: OfApp = "{}:jobs".format
"""`APP:jobs`, a hash: when each periodic job last succeeded (Unix ms, Redis clock)."""
round_trip: OfApp = "{}:round_trip".format
"""`APP:round_trip`, a hash: the last message sent through Slack, and its result."""
journal: OfApp = "{}:journal".format
"""`APP:journal`, a list: chunks of event outcomes, at most 1 MiB and 48 hours."""
members: OfApp = "{}:members".format
"""`APP:members`, a hash: a dated list of all members, kept for 90 days."""
next_members: OfApp = "{}:members:next".format
"""`APP:members:next`, a hash: the next such list, not yet confirmed by a round trip."""
welcomed: OfApp = "{}:welcomed".format
"""`APP:welcomed`, a sorted set: members by when they were welcomed (Unix s), 90 days."""
ready: OfApp = "{}:ready".format
"""`APP:ready`, a string: written to see if Redis takes writes, kept for 1 minute."""
probe: OfApp = "{}:probe".format
"""`APP:probe`, a hash: the last end-to-end probe that succeeded."""
