// Tells a trace in words: in one line beside the message, and step by step for the pane.

import { count, duration } from '../elements/format.js';
import { ENDS } from './trace.js';

/** A rule's name for readers: "team_join:team" as "team join: team". */
export const ruleInWords = (rule) => rule.replace('_', ' ').replace(':', ': ');

const isOk = (step) => step.status >= 200 && step.status < 300 && !step.error;

/**
 * Where a trace stands, in a word and in a line:
 * waiting, working, retry, failed, done (something came of it), quiet (nothing was to be done).
 */
export function summary(trace, settings = {}) {
  const steps = trace.steps.filter((step) => step.main);
  const attempts = steps.filter((step) => step.what === 'delivery');
  const logs = steps.filter((step) => step.what === 'log').sort((a, b) => a.at - b.at);
  const verdict = byLog(logs) ?? byEffects(trace, logs) ?? byDelivery(attempts, settings);
  const repeated = attempts.length > 1 ? ` · delivered ${attempts.length} times` : '';
  return { ...verdict, line: verdict.line + repeated };
}

function byLog(logs) {
  const last = logs.findLast((step) => ENDS.has(step.event) || step.event === 'will try again');
  // One that was handled stays so, whatever becomes of a redelivery.
  if (!last || logs.some((step) => step.event === 'handled')) return null;
  switch (last.event) {
    case 'will try again':
      return { state: 'retry', line: `trying again in ${duration(last.delay ?? 0)}` };
    case 'discarded':
      return { state: 'failed', line: `discarded: ${last.reason ?? 'too old'}` };
    default:
      return { state: 'failed', line: last.event };
  }
}

function byEffects(trace, logs) {
  const handled = logs.find((step) => step.event === 'handled');
  if (!trace.effects.length) {
    if (!handled) return null;
    const idle = !handled.rules?.length;
    return { state: 'quiet', line: idle ? 'seen, nothing to do' : 'handled, nothing said' };
  }
  const reactions = trace.effects.filter((effect) => effect.what === 'reaction').length;
  const replies = trace.effects.length - reactions;
  const parts = [
    replies && count(replies, 'reply', 'replies'),
    reactions && count(reactions, 'reaction'),
  ].filter(Boolean);
  return { state: 'done', line: `${parts.join(', ')} in ${duration(trace.effects[0].at - trace.at)}` };
}

function byDelivery(attempts, { gateway }) {
  const last = attempts.findLast((step) => !step.open);
  if (!attempts.length) {
    return gateway?.length === 0
      ? { state: 'failed', line: 'not sent: no gateway is set' }
      : { state: 'waiting', line: 'sending' };
  }
  if (!last) return { state: 'waiting', line: 'delivering to the gateway' };
  if (attempts.some(isOk)) return { state: 'working', line: 'in the queue' };
  return { state: 'retry', line: `gateway: ${last.status ?? last.error}` };
}

/**
 * The steps of a trace in order, ready to be drawn. Each has `at` (seconds after the start),
 * `seconds` (how long it took, if it did), `icon`, `title`, `note`, `tone` (ok, bad, wait, dim,
 * plain) and perhaps `tags` (rules), `quote` (Slack's markup), `emoji`.
 */
export function rows(trace) {
  const unsaid = trace.effects.filter((effect) => !callOf(effect, trace));
  const made = [
    ...trace.steps.filter((step) => step.main).flatMap((step) => ROWS[step.what](step, trace)),
    ...unsaid.map((effect) => effectRow(effect, trace)),
  ];
  made.sort((a, b) => a.at - b.at || (a.rank ?? 0) - (b.rank ?? 0));
  return [...made, ...besides(trace)].map((row) => ({ ...row, at: Math.max(0, row.at - trace.at) }));
}

const ROWS = { delivery: deliveryRow, log: logRows, call: callRow, service: serviceRow };

function deliveryRow({ attempt, at, seconds, open, status, error }) {
  const again = `Delivered again, the ${ordinal(attempt + 1)} time`;
  const title = attempt ? again : 'Delivered to the gateway';
  const row = { at, seconds, icon: 'gateway', title, rank: -1 };
  if (open) return { ...row, note: 'waiting for an answer', tone: 'wait' };
  const time = duration(seconds);
  if (isOk({ status, error })) {
    const meaning = attempt ? 'taken once more' : 'checked and queued';
    return { ...row, note: `answered ${status} in ${time}: ${meaning}`, tone: 'ok' };
  }
  const why = status ? `answered ${status}` : (error ?? 'no answer').replaceAll('_', ' ');
  return { ...row, note: `${why} after ${time}`, tone: 'bad' };
}

function logRows(step, trace) {
  if (step.event === 'handled') return handledRows(step, trace);
  const details = [step.reason, step.error, step.call, step.effect, step.rule];
  const note = details.filter((each) => typeof each === 'string').join(' · ');
  const icon = step.process === 'web' ? 'gateway' : 'worker';
  const title = sentence(step.event ?? 'Log line');
  const row = { at: step.at, icon, title, note, tone: toneOf(step.level) };
  const clock = { ...row, icon: 'clock' };
  switch (step.event) {
    case 'queued':
      return { ...row, title: 'Put into the queue', note: step.queue ?? '', tone: 'ok' };
    case 'will try again':
      return { ...clock, title: `Will try again in ${duration(step.delay ?? 0)}`, tone: 'wait' };
    case 'discarded':
      return { ...clock, tone: 'bad' };
    case 'found done':
      return { ...row, ...LOOKED_UP.found };
    case 'looked up an effect whose outcome was unknown':
      return { ...row, ...(step.found ? LOOKED_UP.found : LOOKED_UP.missing) };
    default:
      return row;
  }
}

const LOOKED_UP = {
  found: {
    icon: 'check', title: 'Looked it up: it is already there', note: 'nothing is said twice', tone: 'ok',
  },
  missing: {
    icon: 'warn', title: 'Looked it up: it is not there', note: 'so it is said again', tone: 'wait',
  },
};

/** A log line is written at the end of the work; from how long it took follows the beginning. */
function handledRows(step, trace) {
  const { seconds = 0, rules = [], queue } = step;
  const start = step.at - seconds;
  const repeated = trace.steps.some((s) => s.event === 'handled' && s.main && s.at < step.at);
  const worked = trace.effects.some((effect) => effect.at >= start && effect.at <= step.at + 0.05);
  const begun = {
    at: start, seconds, icon: 'worker', tone: 'ok', note: queue ? `from ${queue}` : '',
    title: repeated ? 'Picked up again' : 'Picked up by a worker',
  };
  const note = `done in ${duration(seconds)}`;
  const ended = { at: step.at, icon: 'check', rank: 2, tags: rules, title: 'Handled', note, tone: 'ok' };
  if (!rules.length && trace.kind === 'message') {
    return [begun, { ...ended, title: 'No rule fired', tone: 'dim' }];
  }
  if (repeated && !worked) ended.note = 'all of it was done already: nothing is said twice';
  return [begun, ended];
}

function callRow(step, trace) {
  const { at, seconds, method, http_status: status, error, fault } = step;
  const effect = trace.effects.find((each) => callOf(each, trace) === step);
  const shown = effect && { icon: 'bot', emoji: effect.emoji, quote: effect.text };
  const row = { at, seconds, icon: 'call', title: method, code: true, ...shown };
  const time = duration(seconds);
  const why = fault ? ' · on purpose' : '';
  if (status === null) return { ...row, note: `connection cut after ${time}${why}`, tone: 'bad' };
  if (status < 300 && !error) {
    return { ...row, note: `${status} in ${time}${why}`, tone: fault ? 'wait' : 'ok' };
  }
  return { ...row, note: `${status} ${error} in ${time}${why}`, tone: status === 429 ? 'wait' : 'bad' };
}

function serviceRow({ at, service, method, path, http_status: status }) {
  const tone = status < 300 ? 'ok' : 'bad';
  const note = `${status ?? 'no answer'}`;
  return { at, icon: 'globe', title: `${service}: ${method} ${path}`, note, tone };
}

const METHODS = {
  message: 'chat.postMessage', ephemeral: 'chat.postEphemeral', reaction: 'reactions.add',
};

const during = (effect, step) => step.at <= effect.at && effect.at <= step.at + step.seconds + 0.001;

/** The call that brought an effect about and said so; undefined if its answer never came. */
function callOf(effect, trace) {
  const method = METHODS[effect.what];
  const isIt = (step) => step.method === method && step.http_status === 200 && !step.error;
  const fits = (step) => during(effect, step) && (!effect.emoji || step.arguments.name === effect.emoji);
  return trace.steps.find((step) => isIt(step) && fits(step));
}

/** What came of a call whose answer was lost. */
function effectRow(effect, trace) {
  const isIt = (step) => step.method === METHODS[effect.what] && during(effect, step);
  const row = { at: effect.at, icon: 'bot', rank: 1, tone: 'plain' };
  if (effect.emoji) return { ...row, title: 'The bot reacted', emoji: effect.emoji };
  const title = trace.steps.some(isIt) ? 'It was posted all the same' : 'The bot replied';
  return { ...row, title, quote: effect.text };
}

/** Slack tells of one thing in several events; those that set nothing off take one row. */
function besides(trace) {
  const isOne = (step) => !step.main && step.what === 'delivery' && !step.open && !step.attempt;
  return trace.steps.filter(isOne).map((step) => ({
    at: step.at,
    seconds: step.seconds,
    icon: 'mail',
    title: `Slack also sent ${step.event_type}`,
    note: `answered ${step.status ?? step.error} in ${duration(step.seconds)}`,
    tone: 'dim',
  }));
}

const TONES = { error: 'bad', critical: 'bad', warning: 'wait' };
const toneOf = (level) => TONES[level] ?? 'plain';
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const ordinal = (number) => ['0th', '1st', '2nd', '3rd'][number] ?? `${number}th`;
