// Loads the state and follows the feed. Reconnects automatically when the simulator was away.

const KINDS = [
  'message', 'ephemeral', 'message_changed', 'message_deleted', 'reaction', 'reaction_removed',
  'team_join', 'app_added', 'channel_join', 'channel_leave', 'channel_changed', 'dm_opened', 'event', 'interaction',
  'view', 'replay', 'notice', 'scenario', 'announced', 'delivery', 'acknowledged', 'not_sent', 'api_call',
  'service', 'trace',
];

/** The number of past entries to build traces from when the page is opened. */
const LOOK_BACK = 2000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5000;

/** Passes all kept entries before number `seq` to `take`, in chunks. */
export async function older(seq, take) {
  let after = 0;
  while (after < seq - 1) {
    const { entries } = await get(`/sim/feed?after=${after}&limit=5000`);
    const part = entries.filter((entry) => entry.seq < seq);
    if (!part.length) return;
    take(part);
    after = part.at(-1).seq;
  }
}

/**
 * Calls `onState(state, entriesBefore, standardEmoji)` at the start and after each reconnection,
 * `onEntry(entry)` for each later entry, and `onAway()` when the simulator can't be reached.
 */
export class Stream {
  constructor({ onState, onEntry, onAway }) {
    Object.assign(this, { onState, onEntry, onAway, pause: FIRST_PAUSE, source: null, turn: 0 });
  }

  async start() {
    this.source?.close();
    this.turn += 1;
    const { turn } = this;
    try {
      const emoji = await standardEmoji();
      const state = await get('/sim/state');
      const from = Math.max(0, state.seq - LOOK_BACK);
      const { entries } = await get(`/sim/feed?after=${from}`);
      if (turn !== this.turn) return;
      this.onState(state, entries.filter((entry) => entry.seq <= state.seq), emoji);
      this.follow(state.seq);
      this.pause = FIRST_PAUSE;
    } catch (problem) {
      if (turn === this.turn) this.lost(problem);
    }
  }

  follow(seq) {
    const source = new EventSource(`/sim/stream?after=${seq}`);
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data }) => this.onEntry(JSON.parse(data)));
    }
    // A restarted simulator counts from 1 again, so the stream can't be resumed.
    source.addEventListener('error', () => this.lost());
    source.addEventListener('gap', () => this.start());
    this.source = source;
  }

  lost(problem) {
    this.source?.close();
    if (problem && !(problem instanceof TypeError)) console.error(problem);
    this.onAway();
    setTimeout(() => this.start(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }
}

let characters = null;

/** The standard emoji, fetched once. */
async function standardEmoji() {
  characters ??= await (await fetch('/page/emoji.json')).json();
  return characters;
}

/** GET some JSON. */
export async function get(path) {
  const response = await fetch(path, { cache: 'no-store' });
  return answerOf(response);
}

/** POST some JSON. Throws an Error with the simulator's message if it is rejected. */
export async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answerOf(response);
}

async function answerOf(response) {
  const answer = await response.json();
  if (!answer.ok) throw new Error(answer.error ?? `status ${response.status}`);
  return answer;
}
