// Traces: the path of each event through gateway, queue and worker and back to Slack, assembled from
// the feed. summary.js summarizes a trace in a line, steps.js step by step.
//
// A trace belongs to its cause (a message, a join, an event sent by hand). It holds:
//   ids      the events that Slack sent about the cause; `mains` are those that the bot acts on
//   steps    deliveries to the gateway, log lines of web and worker, calls to Slack and services
//   effects  the results: replies, reactions, edits
// All times are seconds since 1970 on this machine's clock.

const KEPT = 6000;
/** The time within which what an app does that reports nothing belongs to the event before it. */
const PROBABLE_SECONDS = 30;
const CAUSES = new Set(['message', 'channel_join', 'channel_leave', 'team_join', 'event']);
const ANNOUNCED = new Set(['channel_join', 'channel_leave']);
const AMENDMENTS = new Set(['message_changed', 'message_deleted']);
const EFFECTS = {
  message_changed: 'edit', message_deleted: 'deletion', reaction_removed: 'removal',
};
/**
 * The outcome of an attempt, from its last log line: `done`, `stale`, `retry`, `gave_up` or `dead`;
 * null for any other line.
 */
export const outcomeOf = (step) => step.outcome ?? (step.event === 'handled' ? 'done' : null);
/** Whether a log line is the last one about an event. */
export const isEnd = (step) => !['retry', null].includes(outcomeOf(step));

export class Traces {
  constructor() {
    this.byEvent = new Map();
    this.bySubject = new Map();
    this.byResult = new Map();
    this.all = [];
    /** Whether the app reports what it does, as log lines in the feed. */
    this.reports = false;
  }

  /** Adds an entry of the feed. Returns the trace that it changed, or null. */
  add(entry) {
    const trace = this.changed(entry);
    if (trace) trace.revision += 1;
    return trace;
  }

  /** The trace that a message caused. */
  of(message) {
    return this.bySubject.get(message.key) ?? null;
  }

  /** The trace that caused a message of the bot. */
  causeOf(message) {
    return this.byResult.get(message.key) ?? null;
  }

  changed(entry) {
    if (CAUSES.has(entry.kind) && !entry.by_bot) return this.begin(entry);
    switch (entry.kind) {
      case 'message':
        return this.replied(entry, this.byEvent.get(eventOf(entry.message.metadata))
          ?? this.probable(entry));
      case 'ephemeral':
        // Ephemeral messages have no metadata.
        return this.replied(entry, this.latest((trace) => trace.user === entry.user));
      case 'message_changed':
      case 'message_deleted':
        return entry.by_bot ? this.did(entry) : this.amended(entry);
      case 'reaction':
        return entry.by_bot ? this.reacted(entry) : this.begin(entry);
      case 'reaction_removed':
        return entry.by_bot ? this.did(entry) : this.begin(entry);
      case 'replay':
        return this.replayed(entry);
      case 'delivery':
        return this.step(entry.event_id, 'delivery', entry.at, { ...entry, open: true });
      case 'not_sent':
        return this.step(entry.event_id, 'not_sent', entry.at, entry);
      case 'acknowledged':
        return this.acknowledged(entry);
      case 'trace':
        return this.logged(entry);
      case 'api_call':
        return this.called(entry);
      case 'service':
        return this.served(entry);
      default:
        return null;
    }
  }

  begin(entry) {
    const { kind, channel = null, event_ids: ids = [], message, at } = entry;
    const ts = message?.ts ?? (ANNOUNCED.has(kind) ? entry.ts : null);
    const user = message?.user ?? entry.user?.id ?? entry.user ?? entry.event?.user ?? null;
    const files = (message?.files ?? []).map((file) => file.id);
    const id = ids[0] ?? `${channel}/${ts ?? at}`;
    // A replayed message was announced before.
    const known = this.byEvent.get(id);
    const trace = known?.kind === 'event' ? known : this.newTrace(id, at);
    Object.assign(trace, { kind, channel, ts, user, files, ids, emoji: entry.emoji ?? null });
    trace.eventType = entry.event?.type ?? null;
    for (const each of ids) this.byEvent.set(each, trace);
    if (ts) this.bySubject.set(`${channel}/${ts}`, trace);
    return trace;
  }

  newTrace(id, at) {
    const trace = { id, at, kind: 'event', channel: null, ts: null, user: null, files: [], ids: [id] };
    Object.assign(trace, { mains: new Set([id]), steps: [], effects: [], revision: 0 });
    trace.isReported = () => this.reports;
    this.byEvent.set(id, trace);
    this.all.push(trace);
    if (this.all.length > KEPT) this.forget(this.all.shift());
    return trace;
  }

  forget(trace) {
    for (const id of trace.ids) this.byEvent.delete(id);
    for (const { channel, ts } of trace.effects) this.byResult.delete(`${channel}/${ts}`);
    this.bySubject.delete(`${trace.channel}/${trace.ts}`);
  }

  /** A member edited or deleted the cause of a trace. The trace continues with those events. */
  amended(entry) {
    const ts = entry.message?.ts ?? entry.ts;
    const { kind, at, channel, event_ids: ids = [] } = entry;
    const trace = this.bySubject.get(`${channel}/${ts}`) ?? null;
    if (!trace || !AMENDMENTS.has(kind)) return null;
    for (const id of ids) {
      this.byEvent.set(id, trace);
      trace.ids.push(id);
    }
    if (ids.length) trace.mains.add(ids[0]);
    const gone = kind === 'message_deleted' || entry.message.subtype === 'tombstone';
    trace.steps.push({ what: 'amendment', at, gone, text: entry.message?.text, main: true });
    return trace;
  }

  replayed({ event_id: id, replayed, event_type: type, at }) {
    let trace = this.byEvent.get(id);
    if (!trace) {
      trace = this.newTrace(id, at);
      trace.eventType = type;
    }
    trace.steps.push({ what: 'replay', at, changed: id !== replayed, main: true });
    return trace;
  }

  replied(entry, trace = null) {
    if (!trace) return null;
    const { channel, message } = entry;
    const { ts, text } = message;
    const rule = message.metadata?.event_payload?.rule ?? null;
    trace.effects.push({ what: entry.kind, at: entry.at, channel, ts, text, rule });
    this.byResult.set(`${channel}/${ts}`, trace);
    return trace;
  }

  reacted({ channel, ts, emoji, at }) {
    const trace = this.bySubject.get(`${channel}/${ts}`) ?? null;
    trace?.effects.push({ what: 'reaction', at, channel, ts, emoji });
    return trace;
  }

  /** The bot edited or deleted a message, or removed a reaction. */
  did({ kind, channel, ts, message, emoji, at }) {
    const key = `${channel}/${message?.ts ?? ts}`;
    const trace = this.byResult.get(key) ?? this.bySubject.get(key) ?? null;
    trace?.effects.push({ what: EFFECTS[kind], at, channel, ts: null, text: message?.text, emoji });
    return trace;
  }

  step(eventId, what, at, facts) {
    const trace = this.byEvent.get(eventId) ?? null;
    trace?.steps.push({ ...facts, what, at, main: trace.mains.has(eventId) });
    return trace;
  }

  acknowledged(entry) {
    const trace = this.byEvent.get(entry.event_id) ?? null;
    const same = (s) => s.event_id === entry.event_id && s.attempt === entry.attempt && s.open;
    const step = trace?.steps.find(same);
    if (!step) return null;
    const { status, error, reason, seconds, exchange } = entry;
    Object.assign(step, { status, error, reason, seconds, exchange, open: false });
    return trace;
  }

  logged(entry) {
    this.reports = true;
    // Debug and library log lines repeat what other entries say.
    if (entry.level === 'debug' || /^(dramatiq|slack_sdk)/.test(entry.logger ?? '')) return null;
    const at = secondsOf(entry.time) ?? entry.at;
    return this.step(entry.event_id, 'log', at, entry);
  }

  called(entry) {
    const trace = this.callerOf(entry.method, entry.arguments ?? {}) ?? this.probable(entry);
    trace?.steps.push({ ...entry, what: 'call', at: entry.began, main: true });
    return trace;
  }

  /** The trace of the newest event in the same channel, for an app that reports nothing itself. */
  probable({ channel, at, by_bot: byBot, method }) {
    if (this.reports || !(byBot || method) || !channel) return null;
    const trace = this.latest((each) => each.channel === channel);
    return trace && at - trace.at < PROBABLE_SECONDS ? trace : null;
  }

  /** The trace that made a call, by the event ID in it, its message or its user. */
  callerOf(method, given) {
    const eventId = eventOf(given.metadata);
    if (eventId && this.byEvent.has(eventId)) return this.byEvent.get(eventId);
    switch (method) {
      case 'reactions.add':
      case 'reactions.remove':
        return this.bySubject.get(`${given.channel}/${given.timestamp}`) ?? null;
      case 'chat.update':
      case 'chat.delete':
        return this.byResult.get(`${given.channel}/${given.ts}`) ?? null;
      case 'conversations.history':
      case 'conversations.replies':
        return this.bySubject.get(`${given.channel}/${given.oldest}`) ?? null;
      case 'files.info':
        return this.latest((trace) => trace.files.includes(given.file));
      case 'conversations.open':
        return this.latest((trace) => trace.user === given.users);
      case 'chat.postEphemeral':
        return this.latest((trace) => trace.user === given.user);
      default:
        return null;
    }
  }

  served(entry) {
    if (entry.service !== 'playground') return null;
    const trace = this.latest((each) => each.files.length > 0);
    trace?.steps.push({ ...entry, what: 'service', main: true });
    return trace;
  }

  /** The newest trace that fits, preferring one that is still in progress. */
  latest(fits) {
    let ended = null;
    const isOver = (step) => step.what === 'log' && step.main && isEnd(step);
    for (let at = this.all.length - 1; at >= 0 && at > this.all.length - 200; at -= 1) {
      const trace = this.all[at];
      if (!fits(trace)) continue;
      if (!trace.steps.some(isOver)) return trace;
      ended ??= trace;
    }
    return ended;
  }
}

/** The event ID in the metadata of a post, which is an object or JSON text. */
function eventOf(metadata) {
  try {
    const known = typeof metadata === 'string' ? JSON.parse(metadata) : metadata;
    return known?.event_payload?.event_id ?? null;
  } catch {
    return null;
  }
}

/** An ISO time in seconds, to the microsecond. */
function secondsOf(time) {
  const whole = Date.parse(time);
  if (Number.isNaN(whole)) return null;
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '0';
  return Math.floor(whole / 1000) + Number(`0.${fraction}`);
}
