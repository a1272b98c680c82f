// The steps of a trace.

import { duration } from '../elements/format.js';
import { outcomeOf } from './trace.js';
import { isOk } from './summary.js';

/**
 * The steps of a trace in order, ready to be drawn. Each has `at` (seconds after the start),
 * `seconds` (its duration, if any), `icon`, `title`, `note` and `tone` (ok, bad, wait, dim, plain).
 * It may have `tags` (rules), `quote` (Slack's markup), `emoji`, `more` (a long text) and `exchange`
 * (the number of its raw request and response), and `app` (the ID of the app that it is about).
 */
export function rows(trace) {
  const unsaid = trace.effects.filter((effect) => !callOf(effect, trace));
  const made = [
    ...trace.steps.filter((step) => step.main).flatMap((step) => ROWS[step.what](step, trace)),
    ...unsaid.map((effect) => effectRow(effect, trace)),
    ...pickUps(trace),
  ];
  made.sort((a, b) => a.at - b.at || (a.rank ?? 0) - (b.rank ?? 0));
  return [...made, ...besides(trace)].map((row) => ({ ...row, at: Math.max(0, row.at - trace.at) }));
}

const ROWS = {
  delivery: deliveryRow, not_sent: notSentRow, log: logRows, call: callRow, service: serviceRow,
  amendment: amendmentRow, replay: replayRow,
};

function notSentRow({ app, at, reason }) {
  return { at, icon: 'gateway', title: 'Not sent', note: reason, tone: 'bad', rank: -2, app };
}

function deliveryRow({ app, attempt, at, seconds, open, status, error, reason, exchange }, trace) {
  const again = `Delivered again (${ordinal(attempt + 1)} time)`;
  const title = attempt ? again : 'Delivered to the app';
  const row = { at, seconds, icon: 'gateway', title, rank: -2, exchange, app };
  if (open) return { ...row, note: 'waiting for a response', tone: 'wait' };
  const time = duration(seconds);
  if (isOk({ status, error })) {
    const first = trace.isReported() ? 'checked and queued' : 'acknowledged';
    const meaning = attempt ? 'accepted again' : first;
    return { ...row, note: `answered ${status} in ${time}: ${meaning}`, tone: 'ok' };
  }
  const why = status ? `answered ${status}` : (error || 'no response').replaceAll('_', ' ');
  return { ...row, note: `${why} after ${time}${reason ? `: ${reason}` : ''}`, tone: 'bad' };
}

/** The steps for a worker picking up the event, derived from the log lines of how each attempt ended. */
function pickUps(trace) {
  const main = trace.steps.filter((step) => step.main);
  const ends = main
    .filter((s) => s.what === 'log' && outcomeOf(s))
    .sort((a, b) => a.at - b.at);
  const within = main.filter((step) => step.what !== 'delivery' && step.what !== 'amendment');
  const found = [];
  const before = new Map();
  for (const end of ends) {
    const { last = trace.at - 1, number = 1, handled = false } = before.get(end.event_id) ?? {};
    const inside = within.filter((step) => step.at > last && step.at <= end.at).map((step) => step.at);
    // On a busy machine, a log line may carry a late time. The pick-up precedes every step inside it.
    const at = Math.min(end.at - (end.seconds ?? 0), ...inside);
    const again = handled ? 'Picked up again' : `Picked up again, attempt ${number}`;
    found.push({
      at, seconds: end.at - at, rank: -1, icon: 'worker', tone: outcomeOf(end) === 'done' ? 'ok' : 'wait',
      title: number > 1 || handled ? again : 'Picked up by a worker',
      note: end.queue ? `from ${end.queue}` : '',
    });
    const done = outcomeOf(end) === 'done';
    before.set(end.event_id, { last: end.at, number: done ? 1 : number + 1, handled: handled || done });
  }
  return found;
}

function logRows(step, trace) {
  const details = [step.reason, step.error, step.call, step.effect, step.rule];
  const note = details.filter((each) => typeof each === 'string').join(' · ');
  const icon = step.process === 'web' ? 'gateway' : 'worker';
  const title = sentence(step.event ?? 'Log line');
  const row = { at: step.at, icon, title, note, tone: toneOf(step.level), more: step.exception };
  const clock = { ...row, icon: 'clock' };
  switch (step.event) {
    case 'handled':
      return handledRow(step, trace);
    case 'rule failed':
      return failedRow(row, step);
    case 'queued':
      return { ...row, title: 'Queued', note: step.queue ?? '', tone: 'ok' };
    case 'will try again':
      return { ...clock, title: `Will try again in ${duration(step.delay ?? 0)}`, tone: 'wait' };
    case 'discarded':
      return { ...clock, tone: 'bad' };
    case 'looked up an effect whose outcome was unknown':
      return { ...row, ...(step.found ? LOOKED_UP.found : LOOKED_UP.missing) };
    default:
      return row;
  }
}

const LOOKED_UP = {
  found: {
    icon: 'check', title: 'Checked: it’s already there', note: 'nothing is posted twice', tone: 'ok',
  },
  missing: {
    icon: 'warn', title: 'Checked: it isn’t there', note: 'so it’s posted again', tone: 'wait',
  },
};

/** A rule that raised: the exception, and the innermost line of the app's own code in it. */
function failedRow(row, { rule, exception = '' }) {
  const lines = exception.trim().split('\n');
  const places = [...exception.matchAll(/File "([^"]+)", line (\d+)/g)];
  const own = places.findLast(([, path]) => !/site-packages|\/lib\/python/.test(path)) ?? places.at(-1);
  const where = own ? ` · ${own[1].split('/').slice(-2).join('/')}, line ${own[2]}` : '';
  const note = `${lines.at(-1)}${where}`;
  return { ...row, icon: 'warn', title: 'Rule failed', note, tone: 'bad', tags: [rule ?? '?'] };
}

function handledRow(step, trace) {
  const { at, seconds = 0, rules = [] } = step;
  const start = at - seconds;
  const repeated = trace.steps.some((s) => s.event === 'handled' && s.main
    && s.event_id === step.event_id && s.at < at);
  const worked = trace.effects.some((effect) => effect.at >= start && effect.at <= at + 0.05);
  const note = `done in ${duration(seconds)}`;
  const ended = { at, icon: 'check', rank: 2, tags: rules, title: 'Handled', note, tone: 'ok' };
  if (!rules.length && trace.kind === 'message') return { ...ended, title: 'No rule fired', tone: 'dim' };
  if (repeated && !worked) ended.note = 'already done: nothing is posted twice';
  return ended;
}

function callRow(step, trace) {
  const { at, seconds, method, http_status: status, error, fault, exchange } = step;
  const effect = trace.effects.find((each) => callOf(each, trace) === step);
  const shown = effect && { icon: 'bot', emoji: effect.emoji, quote: effect.text };
  const row = { at, seconds, icon: 'call', title: method, code: true, exchange, app: step.app, ...shown };
  const time = duration(seconds);
  const why = fault ? ' · simulated' : '';
  if (status === null) return { ...row, note: `connection cut after ${time}${why}`, tone: 'bad' };
  if (status < 300 && !error) {
    return { ...row, note: `${status} in ${time}${why}`, tone: fault ? 'wait' : 'ok' };
  }
  return { ...row, note: `${status} ${error} in ${time}${why}`, tone: status === 429 ? 'wait' : 'bad' };
}

function serviceRow({ at, service, method, path, http_status: status, exchange }) {
  const tone = status < 300 ? 'ok' : 'bad';
  const note = `${status ?? 'no response'}`;
  return { at, icon: 'globe', title: `${service}: ${method} ${path}`, note, tone, exchange };
}

function amendmentRow({ at, gone, text }) {
  const title = gone ? 'The message was deleted' : 'The message was edited';
  return { at, icon: gone ? 'bin' : 'pencil', title, quote: gone ? '' : text, tone: 'plain', rank: -3 };
}

function replayRow({ at, changed }) {
  const note = changed ? 'changed, with a new ID' : 'unchanged, with the same ID';
  return { at, icon: 'replay', title: 'Replayed', note, tone: 'plain', rank: -3 };
}

const METHODS = {
  message: 'chat.postMessage', ephemeral: 'chat.postEphemeral', reaction: 'reactions.add',
  edit: 'chat.update', deletion: 'chat.delete', removal: 'reactions.remove',
};

const during = (effect, step) => step.at <= effect.at && effect.at <= step.at + step.seconds + 0.001;

/** The successful call that caused an effect; undefined if its response was lost. */
function callOf(effect, trace) {
  const method = METHODS[effect.what];
  const isIt = (step) => step.method === method && step.http_status === 200 && !step.error;
  const fits = (step) => during(effect, step) && (!effect.emoji || step.arguments.name === effect.emoji);
  return trace.steps.find((step) => isIt(step) && fits(step));
}

const DID = { reaction: 'The bot reacted', edit: 'The bot edited its reply',
  deletion: 'The bot deleted its reply', removal: 'The bot removed its reaction' };

/** The effect of a call whose response was lost. */
function effectRow(effect, trace) {
  const isIt = (step) => step.method === METHODS[effect.what] && during(effect, step);
  const row = { at: effect.at, icon: 'bot', rank: 1, tone: 'plain', emoji: effect.emoji };
  if (DID[effect.what]) return { ...row, title: DID[effect.what] };
  const title = trace.steps.some(isIt) ? 'It was posted anyway' : 'The bot replied';
  return { ...row, title, quote: effect.text };
}

/** Slack sends several events for one change. Those that trigger nothing take one row each. */
function besides(trace) {
  const isOne = (step) => !step.main && step.what === 'delivery' && !step.open && !step.attempt;
  return trace.steps.filter(isOne).map((step) => ({
    at: step.at,
    seconds: step.seconds,
    icon: 'mail',
    title: `Slack also sent ${step.event_type}`,
    note: `answered ${step.status ?? step.error} in ${duration(step.seconds)}`,
    tone: 'dim',
    exchange: step.exchange,
    app: step.app,
  }));
}

const TONES = { error: 'bad', critical: 'bad', warning: 'wait' };
const toneOf = (level) => TONES[level] ?? 'plain';
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const ordinal = (number) => ['0th', '1st', '2nd', '3rd'][number] ?? `${number}th`;
