// What became of each message: the way of its events through gateway, queue, worker and back to
// Slack, put together from the feed. trace_story.js tells it, trace_pane.js draws it.
//
// A trace belongs to what set it off (a message, a join). It holds:
//   steps    deliveries to the gateway, log lines of web and worker, calls to Slack and services
//   effects  what came of it: replies, reactions
// All times are seconds since 1970 of the one clock of this machine.

const KEPT = 3000;
const CAUSES = new Set(['message', 'channel_join', 'team_join']);
/** The log lines after which nothing more is done about an event. */
export const ENDS = new Set([
  'handled', 'discarded', 'unreadable event dead-lettered', 'failed too often, dead-lettered',
]);

export class Traces {
  constructor() {
    this.byEvent = new Map();
    this.bySubject = new Map();
    this.byResult = new Map();
    this.all = [];
  }

  /** Takes in one entry of the feed; gives the trace that it changed, or null. */
  add(entry) {
    const trace = this.changed(entry);
    if (trace) trace.revision += 1;
    return trace;
  }

  /** The trace that a message set off. */
  of(message) {
    return this.bySubject.get(message.key) ?? null;
  }

  /** The trace that a message of the bot's came from. */
  causeOf(message) {
    return this.byResult.get(message.key) ?? null;
  }

  changed(entry) {
    if (CAUSES.has(entry.kind) && !entry.by_bot) return this.begin(entry);
    switch (entry.kind) {
      case 'message':
        return this.replied(entry, this.byEvent.get(eventOf(entry.message.metadata)));
      case 'ephemeral':
        // What is whispered carries no metadata.
        return this.replied(entry, this.latest((trace) => trace.user === entry.user));
      case 'reaction':
        return entry.by_bot ? this.reacted(entry) : null;
      case 'delivery':
        return this.step(entry.event_id, 'delivery', entry.at, { ...entry, open: true });
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
    const ts = message?.ts ?? entry.ts ?? null;
    const user = message?.user ?? entry.user?.id ?? entry.user;
    const files = (message?.files ?? []).map((file) => file.id);
    const trace = { id: ids[0] ?? `${channel}/${ts}`, kind, channel, ts, user, files, at, ids };
    Object.assign(trace, { steps: [], effects: [], revision: 0 });
    for (const id of ids) this.byEvent.set(id, trace);
    if (ts) this.bySubject.set(`${channel}/${ts}`, trace);
    this.all.push(trace);
    if (this.all.length > KEPT) this.forget(this.all.shift());
    return trace;
  }

  forget(trace) {
    for (const id of trace.ids) this.byEvent.delete(id);
    for (const { channel, ts } of trace.effects) this.byResult.delete(`${channel}/${ts}`);
    this.bySubject.delete(`${trace.channel}/${trace.ts}`);
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

  step(eventId, what, at, facts) {
    const trace = this.byEvent.get(eventId) ?? null;
    trace?.steps.push({ ...facts, what, at, main: trace.ids[0] === eventId });
    return trace;
  }

  acknowledged(entry) {
    const trace = this.byEvent.get(entry.event_id) ?? null;
    const same = (s) => s.event_id === entry.event_id && s.attempt === entry.attempt && s.open;
    const step = trace?.steps.find(same);
    if (!step) return null;
    const { status, error, seconds } = entry;
    Object.assign(step, { status, error, seconds, open: false });
    return trace;
  }

  logged(entry) {
    // What is logged at debug, or by Dramatiq itself, repeats what is told anyway.
    if (entry.level === 'debug' || entry.logger?.startsWith('dramatiq')) return null;
    const at = secondsOf(entry.time) ?? entry.at;
    return this.step(entry.event_id, 'log', at, entry);
  }

  called(entry) {
    const trace = this.callerOf(entry.method, entry.arguments ?? {});
    trace?.steps.push({ ...entry, what: 'call', at: entry.at - entry.seconds, main: true });
    return trace;
  }

  /** Whose call this was: by the event id in it, by the message it is about, or by who is served. */
  callerOf(method, given) {
    const eventId = eventOf(given.metadata);
    if (eventId) return this.byEvent.get(eventId) ?? null;
    switch (method) {
      case 'reactions.add':
        return this.bySubject.get(`${given.channel}/${given.timestamp}`) ?? null;
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

  /** The newest trace that fits, one that is still going on if there is one. */
  latest(fits) {
    let ended = null;
    const isEnd = (step) => step.what === 'log' && step.main && ENDS.has(step.event);
    for (let at = this.all.length - 1; at >= 0 && at > this.all.length - 200; at -= 1) {
      const trace = this.all[at];
      if (!fits(trace)) continue;
      if (!trace.steps.some(isEnd)) return trace;
      ended ??= trace;
    }
    return ended;
  }
}

/** The event id that a post carries in its metadata, as JSON or as text of it. */
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
