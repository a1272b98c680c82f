// The timeline: one row per event, job, probe, Web API call, service request and log line, made from
// feed entries. It doesn't depend on the view.

const KEPT = 40_000;
const SLOW_SECONDS = 1;
const CAUSES = new Set([
  'message', 'message_changed', 'message_deleted', 'reaction', 'reaction_removed', 'team_join',
  'channel_join', 'channel_leave', 'event', 'replay', 'announced',
]);

/** Slack's event types by kind of feed entry, used until the event itself is sent. */
const TITLES = {
  message_changed: 'message', message_deleted: 'message', reaction: 'reaction_added',
  channel_join: 'member_joined_channel', channel_leave: 'member_left_channel',
};

export class Timeline {
  constructor() {
    this.rows = [];
    this.revision = 0;
    this.byEvent = new Map();
    this.oldest = Infinity;
  }

  add(entry) {
    this.oldest = Math.min(this.oldest, entry.seq);
    const row = this.rowOf(entry);
    if (!row) return;
    row.text = row.words = null;
    this.revision += 1;
  }

  rowOf(entry) {
    switch (entry.kind) {
      case 'delivery':
        return this.attempt(entry);
      case 'acknowledged':
        return this.acknowledged(entry);
      case 'api_call':
        return this.push(entry, {
          kind: 'call', title: entry.method, note: noteOfCall(entry), channel: entry.channel ?? null,
          failed: entry.http_status !== 200 || Boolean(entry.error), seconds: entry.seconds,
          user: entry.arguments?.user ?? null, exchanges: [entry.exchange],
        });
      case 'service':
        return this.push(entry, {
          kind: 'service', title: `${entry.service}: ${entry.method} ${entry.path}`,
          note: `${entry.http_status ?? 'no response'}`, failed: !(entry.http_status < 400),
          seconds: entry.seconds, exchanges: [entry.exchange],
        });
      case 'interaction':
        return this.push(entry, {
          kind: 'event', title: entry.type, note: entry.error || `${entry.http_status}`, user: entry.user,
          channel: entry.channel ?? null, failed: Boolean(entry.error), seconds: entry.seconds,
          exchanges: [entry.exchange],
        });
      case 'trace':
        return this.logged(entry);
      default:
        return CAUSES.has(entry.kind) ? this.caused(entry) : null;
    }
  }

  push(entry, facts) {
    const row = {
      // The row's ID in addresses. One entry may cause several events.
      id: facts.eventId ?? String(entry.seq), seq: entry.seq, at: entry.at, kind: 'log', title: '', note: '', channel: null, user: null,
      rules: [], failed: false, seconds: null, eventId: null, exchanges: [], entries: [entry],
      app: entry.app ?? null, text: null, ...facts,
    };
    this.rows.push(row);
    if (this.rows.length > KEPT) this.forget(this.rows.splice(0, KEPT / 8));
    return row;
  }

  forget(rows) {
    for (const { eventId } of rows) this.byEvent.delete(eventId);
  }

  /** A change that makes Slack send events, which starts their rows. */
  caused(entry) {
    const { event_ids: ids = [], event_id: id, message, user } = entry;
    const author = message?.user ?? message?.bot_profile?.user_id ?? user?.id ?? user ?? null;
    const note = (message?.text ?? entry.emoji ?? '').slice(0, 200);
    const about = { channel: entry.channel ?? entry.event?.channel ?? null, user: author, note };
    let last = null;
    for (const each of id ? [id] : ids) {
      const known = this.byEvent.get(each);
      if (known) {
        known.entries.push(entry);
        if (entry.kind === 'replay') known.note = `replayed ${known.note}`.trim();
        last = known;
      } else {
        const title = entry.event_type ?? entry.what ?? entry.event?.type ?? TITLES[entry.kind] ?? entry.kind;
        last = this.event(entry, each, { ...about, title });
      }
    }
    return last;
  }

  event(entry, eventId, facts) {
    const row = this.push(entry, { kind: 'event', eventId, open: true, attempts: 0, ...facts });
    this.byEvent.set(eventId, row);
    return row;
  }

  attempt(entry) {
    const row = this.byEvent.get(entry.event_id) ?? this.event(entry, entry.event_id, {});
    row.title = entry.event_type;
    row.app = entry.app;
    row.attempts += 1;
    row.open = true;
    row.entries.push(entry);
    return row;
  }

  acknowledged(entry) {
    const row = this.byEvent.get(entry.event_id);
    if (!row) return null;
    const { status, error, reason, seconds, exchange } = entry;
    row.open = false;
    row.failed = Boolean(error) || row.lost === true;
    row.outcome = reason ? `${status}: ${reason}` : `${status ?? error}`;
    row.seconds = Math.max(row.seconds ?? 0, seconds);
    if (exchange) row.exchanges.push(exchange);
    row.entries.push(entry);
    return row;
  }

  logged(entry) {
    const row = entry.event_id ? this.byEvent.get(entry.event_id) : null;
    if (row) return this.worked(row, entry);
    if (entry.level === 'debug') return null;
    const bad = entry.level === 'error' || entry.level === 'critical';
    if (!entry.actor) {
      const title = `${entry.process ?? 'log'}: ${entry.event ?? ''}`;
      return this.push(entry, { title, note: factsOf(entry), failed: bad });
    }
    const probe = /probe/.test(entry.actor) || entry.actor === 'background';
    const kind = probe ? 'probe' : 'job';
    const note = [entry.event, factsOf(entry)].filter(Boolean).join(' · ');
    const failed = bad || entry.level === 'warning';
    return this.push(entry, { kind, title: entry.actor, note, failed, seconds: entry.seconds ?? null });
  }

  /** A log line about an event. */
  worked(row, entry) {
    row.entries.push(entry);
    for (const rule of entry.rules ?? (entry.rule ? [entry.rule] : [])) {
      if (!row.rules.includes(rule)) row.rules.push(rule);
    }
    if (entry.event === 'handled') row.seconds = Math.max(row.seconds ?? 0, entry.seconds ?? 0);
    if (entry.level === 'error' || entry.event === 'discarded') row.failed = row.lost = true;
    return row;
  }
}

export const isSlow = (row) => (row.seconds ?? 0) >= SLOW_SECONDS;

function noteOfCall({ http_status: status, error, fault, hint, arguments: given = {} }) {
  const answer = status === null ? 'connection cut' : [status, error].filter(Boolean).join(' ');
  const about = given.text ?? given.name ?? given.users ?? '';
  return [answer, hint, fault && 'simulated', String(about).slice(0, 200)].filter(Boolean).join(' · ');
}

const KNOWN = new Set([
  'seq', 'kind', 'at', 'monotonic', 'event', 'level', 'process', 'app', 'dyno', 'commit', 'time',
  'logger', 'queue', 'actor', 'exception', 'request_id', 'seconds',
]);

function factsOf(entry) {
  return Object.entries(entry).filter(([name]) => !KNOWN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ').slice(0, 300);
}
