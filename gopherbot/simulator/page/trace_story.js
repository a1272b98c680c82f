// Tells a trace in words: in one line beside the message, and step by step for the pane.

import { count, duration } from './format.js';
import { ENDS } from './trace.js';

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
  if (!attempts.length && gateway?.length === 0) return { state: 'failed', line: 'not sent: no gateway is set' };
  if (!attempts.length) return { state: 'waiting', line: 'sending' };
  if (!last) return { state: 'waiting', line: 'delivering to the gateway' };
  if (attempts.some(isOk)) return { state: 'working', line: 'in the queue' };
  return { state: 'retry', line: `gateway: ${last.status ?? last.error}` };
}

/**
 * The steps of a trace in order, ready to be drawn. Each has `at` (seconds after the start),
 * `seconds` (how long it took, if it did), `icon`, `title`, `note`, `tone` (ok, bad, wait, dim,
 * plain) and perhaps `tags`.
 */
export function rows(trace) {
  const made = trace.steps.filter((step) => step.main).flatMap((step) => ROWS[step.what](step, trace));
  made.push(...trace.effects.filter((effect) => !callOf(effect, trace)).map((effect) => effectRow(effect, trace)));
  made.sort((a, b) => a.at - b.at || (a.rank ?? 0) - (b.rank ?? 0));
  return [...made, ...besides(trace)].map((row) => ({ ...row, at: Math.max(0, row.at - trace.at) }));
}

const ROWS = {
  delivery(step) {
    const { attempt, at, seconds } = step;
    const title = attempt ? `Delivered again, the ${ordinal(attempt + 1)} time` : 'Delivered to the gateway';
    const row = { at, seconds: step.open ? null : seconds, icon: 'gateway', title, rank: -1 };
    if (step.open) return [{ ...row, note: 'waiting for an answer', tone: 'wait' }];
    if (isOk(step)) {
      const meaning = attempt ? 'taken once more' : 'checked and queued';
      return [{ ...row, note: `answered ${step.status} in ${duration(seconds)}: ${meaning}`, tone: 'ok' }];
    }
    const why = step.status ? `answered ${step.status}` : (step.error ?? 'no answer').replaceAll('_', ' ');
    return [{ ...row, note: `${why} after ${duration(seconds)}`, tone: 'bad' }];
  },

  log(step, trace) {
    if (step.event === 'handled') return handledRows(step, trace);
    const place = { at: step.at, icon: step.process === 'web' ? 'gateway' : 'worker' };
    const details = [step.reason, step.error, step.call, step.effect, step.rule];
    const note = details.filter((each) => typeof each === 'string').join(' · ');
    switch (step.event) {
      case 'queued':
        return [{ ...place, title: 'Put into the queue', note: step.queue ?? '', tone: 'ok' }];
      case 'will try again':
        return [{ ...place, icon: 'clock', title: `Will try again in ${duration(step.delay ?? 0)}`, note, tone: 'wait' }];
      case 'discarded':
        return [{ ...place, icon: 'clock', title: 'Discarded', note, tone: 'bad' }];
      case 'looked for a doubtful effect':
        if (!step.found) return [{ ...place, icon: 'warn', title: 'Looked it up: it is not there', note: 'so it is said again', tone: 'wait' }];
      // Falls through: it was found.
      case 'found done':
        return [{ ...place, icon: 'check', title: 'Looked it up: it is already there', note: 'nothing is said twice', tone: 'ok' }];
      default:
        return [{ ...place, title: sentence(step.event ?? step.step ?? 'Log line'), note, tone: toneOf(step.level) }];
    }
  },

  call(step, trace) {
    const { at, seconds, method, http_status: status, error, fault } = step;
    const effect = trace.effects.find((each) => callOf(each, trace) === step);
    const shown = effect && { icon: 'gopher', emoji: effect.emoji, quote: effect.text };
    const row = { at, seconds, icon: 'call', title: method, code: true, ...shown };
    const onPurpose = fault ? ' · on purpose' : '';
    const time = duration(seconds);
    if (status === null) return [{ ...row, note: `connection cut after ${time}${onPurpose}`, tone: 'bad' }];
    if (status < 300 && !error) return [{ ...row, note: `${status} in ${time}${fault ? ' · slow on purpose' : ''}`, tone: fault ? 'wait' : 'ok' }];
    return [{ ...row, note: `${status} ${error} in ${time}${onPurpose}`, tone: status === 429 ? 'wait' : 'bad' }];
  },

  service({ at, service, method, path, http_status: status }) {
    const tone = status < 300 ? 'ok' : 'bad';
    return [{ at, icon: 'globe', title: `${service}: ${method} ${path}`, note: `${status ?? 'no answer'}`, tone }];
  },
};

/** A log line is written at the end of the work; from how long it took follows the beginning. */
function handledRows(step, trace) {
  const seconds = step.seconds ?? 0;
  const start = step.at - seconds;
  const repeated = trace.steps.some((s) => s.event === 'handled' && s.main && s.at < step.at);
  const worked = trace.effects.some((effect) => effect.at >= start && effect.at <= step.at + 0.05);
  const queue = step.queue ? `from ${step.queue}` : '';
  const begun = { at: start, seconds, icon: 'worker', note: queue, tone: 'ok' };
  const ended = { at: step.at, icon: 'check', rank: 2, tags: step.rules ?? [] };
  const title = repeated ? 'Picked up again' : 'Picked up by a worker';
  if (!step.rules?.length && trace.kind === 'message') {
    return [{ ...begun, title }, { ...ended, title: 'No rule fired', note: `done in ${duration(seconds)}`, tone: 'dim' }];
  }
  const known = repeated && !worked;
  const note = known ? 'all of it was done already: nothing is said twice' : `done in ${duration(seconds)}`;
  return [{ ...begun, title }, { ...ended, title: 'Handled', note, tone: 'ok' }];
}

const METHODS = { message: 'chat.postMessage', ephemeral: 'chat.postEphemeral', reaction: 'reactions.add' };

const during = (effect, step) => step.at <= effect.at && effect.at <= step.at + step.seconds + 0.001;

/** The call that brought an effect about and said so; undefined if its answer never came. */
function callOf(effect, trace) {
  const isIt = (step) => step.method === METHODS[effect.what] && step.http_status === 200 && !step.error;
  const fits = (step) => during(effect, step) && (!effect.emoji || step.arguments.name === effect.emoji);
  return trace.steps.find((step) => isIt(step) && fits(step));
}

/** What came of a call whose answer was lost. */
function effectRow(effect, trace) {
  const lost = trace.steps.some((step) => step.method === METHODS[effect.what] && during(effect, step));
  const row = { at: effect.at, icon: 'gopher', rank: 1, tone: 'plain' };
  if (effect.what === 'reaction') return { ...row, title: 'Gopher reacted', emoji: effect.emoji };
  const title = effect.what === 'ephemeral' ? 'Gopher whispered' : 'Gopher replied';
  return { ...row, title: lost ? 'It was posted all the same' : title, quote: effect.text };
}

/** Slack tells of one thing in several events; those that set nothing off take one row. */
function besides(trace) {
  const found = trace.steps.filter((step) => !step.main && step.what === 'delivery' && !step.open && !step.attempt);
  return found.map((step) => ({
    at: step.at,
    seconds: step.seconds,
    icon: 'mail',
    title: `Slack also sent ${step.event_type}`,
    note: `answered ${step.status ?? step.error} in ${duration(step.seconds)}`,
    tone: 'dim',
  }));
}

const toneOf = (level) => (level === 'error' || level === 'critical' ? 'bad' : level === 'warning' ? 'wait' : 'plain');
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const ordinal = (number) => ['0th', '1st', '2nd', '3rd'][number] ?? `${number}th`;
