// Replaying events and playing scenarios.

import { count } from '../elements/format.js';
import { openReplayDialog } from '../timeline/replay_dialog.js';
import { openScenarioDialog } from '../timeline/scenario_dialog.js';
import { get, post } from '../workspace/stream.js';

export function replayActions(app, { attempt, notice, toast }) {
  /** Sends an event again, or `event` in its place. Returns its ID, or null. */
  async function replay(id, event = null) {
    const answer = await attempt(() => post('/sim/replays', { event_id: id, event }));
    if (answer) toast(event ? 'The changed event was sent.' : 'The event was sent again.');
    return answer?.event_id ?? null;
  }

  async function editAndReplay(id) {
    const answer = await attempt(() => get(`/sim/event?id=${encodeURIComponent(id)}`));
    if (answer) openReplayDialog(app, id, answer.envelope.event);
  }

  /** Asks how fast to play a scenario file. */
  async function chooseScenario(file) {
    try {
      openScenarioDialog(app, JSON.parse(await file.text()));
    } catch (problem) {
      toast(`${file.name} is no scenario: ${problem.message}`);
    }
  }

  const playScenario = (scenario, speed) => attempt(() => post('/sim/scenario', { ...scenario, speed }));

  const stopScenario = () => attempt(() => post('/sim/scenario/stop', {}));

  function onScenario({ state, done, actions, error }) {
    const after = `after ${done} of ${count(actions, 'action')}`;
    if (state === 'ended') notice(`The scenario has ended ${after}.`);
    if (state === 'stopped') notice(`The scenario was stopped ${after}.`);
    if (state === 'failed') notice(`The scenario failed at ${error}`);
  }

  return { replay, editAndReplay, chooseScenario, playScenario, stopScenario, onScenario };
}
