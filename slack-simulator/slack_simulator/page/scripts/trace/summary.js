// The one-line summary of a trace.

import { count, duration } from '../elements/format.js';
import { outcomeOf } from './trace.js';

/** A rule's name as text: "team_join:team" as "team join: team". */
export const ruleInWords = (rule) => rule.replace('_', ' ').replace(':', ': ');

export const isOk = (step) => step.status >= 200 && step.status < 300 && !step.error;

/**
 * The state of a trace, as a word and a line. The states are
 * waiting, working, retry, failed, done (with effects) and quiet (nothing to do).
 */
export function summary(trace) {
  const steps = trace.steps.filter((step) => step.main);
  const attempts = steps.filter((step) => step.what === 'delivery');
  const logs = steps.filter((step) => step.what === 'log').sort((a, b) => a.at - b.at);
  const verdict = byLog(logs) ?? byFailure(trace, logs) ?? byEffects(trace, logs)
    ?? byDelivery(trace, steps, attempts);
  const times = attempts.length - (trace.mains.size - 1);
  const repeated = times > 1 ? ` · delivered ${times} times` : '';
  return { ...verdict, line: verdict.line + repeated };
}

function byLog(logs) {
  const last = logs.findLast(outcomeOf);
  // A handled event stays handled, regardless of the outcome of a redelivery.
  if (!last || logs.some((step) => outcomeOf(step) === 'done')) return null;
  switch (outcomeOf(last)) {
    case 'retry':
      return { state: 'retry', line: `trying again in ${duration(last.delay ?? 0)}` };
    case 'stale':
    case 'gave_up':
      return { state: 'failed', line: `discarded: ${last.reason ?? 'too old'}` };
    default:
      return { state: 'failed', line: last.event };
  }
}

/** What an effect at some time is measured from: the last edit or deletion before it, or the trace. */
export const startOf = (trace, at) =>
  trace.steps.findLast((step) => step.what === 'amendment' && step.at <= at) ?? trace;

/** A failed rule comes first, regardless of what other rules did. */
function byFailure(trace, logs) {
  const failed = logs.findLast((step) => step.event === 'rule failed');
  if (!failed) return null;
  const beside = trace.effects.length ? ` · ${effectsInWords(trace.effects)}` : '';
  return { state: 'failed', line: `rule failed: ${ruleInWords(failed.rule ?? '?')}${beside}` };
}

function byEffects(trace, logs) {
  if (trace.effects.length) {
    const start = startOf(trace, trace.effects.at(-1).at);
    const effects = trace.effects.filter((effect) => effect.at >= start.at);
    const after = start === trace ? '' : ` after the ${start.gone ? 'deletion' : 'edit'}`;
    return { state: 'done', line: `${effectsInWords(effects)} in ${duration(effects[0].at - start.at)}${after}` };
  }
  const handled = logs.find((step) => outcomeOf(step) === 'done');
  if (!handled) return null;
  const withheld = byNotes(handled.did ?? []);
  if (withheld) return withheld;
  const idle = !handled.rules?.length;
  return { state: 'quiet', line: idle ? 'seen, nothing to do' : 'handled, no reply' };
}

/** The verdict by the bot's notes on what its rules did, each `WORD SUBJECT`. */
function byNotes(notes) {
  const [, error] = /^rejected .* (\S+)$/.exec(notes.find((note) => note.startsWith('rejected '))) ?? [];
  if (error) return { state: 'failed', line: `rejected by Slack: ${error}` };
  const isShadow = notes.some((note) => note.startsWith('shadow '));
  return isShadow ? { state: 'quiet', line: 'withheld by shadow mode' } : null;
}

const EFFECTS = [
  [['message', 'ephemeral'], 'reply', 'replies'], [['reaction'], 'reaction'], [['edit'], 'edit'],
  [['deletion'], 'deletion'], [['removal'], 'reaction removed', 'reactions removed'],
];

function effectsInWords(effects) {
  const number = (kinds) => effects.filter(({ what }) => kinds.includes(what)).length;
  return EFFECTS.map(([kinds, ...name]) => [number(kinds), name])
    .filter(([some]) => some)
    .map(([some, name]) => count(some, ...name))
    .join(', ');
}

function byDelivery(trace, steps, attempts) {
  const last = attempts.findLast((step) => !step.open);
  if (!attempts.length) {
    const { reason } = steps.find((step) => step.what === 'not_sent') ?? {};
    return reason ? { state: 'failed', line: `not sent: ${reason}` } : { state: 'waiting', line: 'sending' };
  }
  if (!last) return { state: 'waiting', line: 'delivering to the app' };
  const taken = attempts.find(isOk);
  if (taken && trace.isReported()) return { state: 'working', line: 'in the queue' };
  if (taken) return { state: 'quiet', line: `acknowledged in ${duration(taken.seconds)}` };
  if (last.status === 404 && !trace.isReported()) return { state: 'quiet', line: 'no listener: 404' };
  const why = last.reason ? `${last.status}, ${last.reason}` : (last.status ?? last.error);
  return { state: last.status >= 400 && last.status < 500 ? 'failed' : 'retry', line: `app: ${why}` };
}
