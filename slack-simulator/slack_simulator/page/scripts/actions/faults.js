// Adding and removing faults.

import { duration } from '../elements/format.js';
import { get, post } from '../workspace/stream.js';

const SLACKS_DELAYS = [1, 60, 300];

export function faultActions(app, { attempt }) {
  async function addFault(fault) {
    const answer = await attempt(() => post('/sim/faults', fault));
    if (answer) app.workspace.faults = answer.faults;
    app.draw();
  }

  /** Adds a fault as a line of text, or a named set of them. Returns whether it was understood. */
  async function addFaultLines(text) {
    const answer = await attempt(() => post('/sim/faults/lines', { text }));
    if (answer) app.workspace.faults = answer.faults;
    app.draw();
    return answer !== null;
  }

  /** Removes the faults of one kind and keeps the others. */
  async function removeFaults(kind) {
    const left = app.workspace.faults.filter((fault) => fault.kind !== kind);
    await attempt(async () => {
      await post('/sim/faults/clear', {});
      for (const { hits, ...fault } of left) {
        const times = fault.times === null ? null : fault.times - hits;
        await post('/sim/faults', { ...fault, times });
      }
    });
    await refreshFaults();
  }

  async function clearFaults() {
    await Promise.all([attempt(() => post('/sim/faults/clear', {})), deliverTimes(1)]);
    await refreshFaults();
  }

  async function deliverTimes(redeliver) {
    const delays = redeliver > 1 ? Array(redeliver - 1).fill(0.7) : SLACKS_DELAYS;
    const answer = await attempt(() => post('/sim/settings', { redeliver, delays }));
    if (answer) app.workspace.settings = answer.settings;
    app.draw();
  }

  async function refreshFaults() {
    try {
      const [{ faults }, { settings }] = await Promise.all([get('/sim/faults'), get('/sim/settings')]);
      Object.assign(app.workspace, { faults, settings });
      app.draw();
    } catch {
      // The stream detects that the simulator is away.
    }
  }

  /** The active faults as text. */
  function faultsInWords() {
    const words = app.workspace.faults.map(inWords);
    const times = app.workspace.settings.redeliver ?? 1;
    if (times > 1) words.push(`every event is delivered ${times} times`);
    return words;
  }

  return { addFault, addFaultLines, removeFaults, clearFaults, deliverTimes, refreshFaults, faultsInWords };
}

/** One fault, as in "429 for the next 2 calls". */
function inWords(fault) {
  const left = fault.times === null ? null : fault.times - fault.hits;
  const call = fault.method === '*' ? 'call' : `${fault.method} call`;
  const next = left === 1 ? `the next ${call}` : `the next ${left} ${call}s`;
  const which = left === null ? `every ${call}` : next;
  switch (fault.kind) {
    case 'ratelimited':
      return `429 for ${which}, retry after ${fault.retry_after} s`;
    case 'server_error':
      return `${fault.status} for ${which}`;
    case 'slow':
    case 'slow_after':
      return `${duration(fault.seconds)} slower for ${which}`;
    case 'cut_before':
    case 'cut_during':
    case 'cut_after':
      return `connection cut at ${which}`;
    default:
      return `${fault.kind.replaceAll('_', ' ')} for ${which}`;
  }
}
