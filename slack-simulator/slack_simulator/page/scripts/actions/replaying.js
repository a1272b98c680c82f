// Replaying events and playing scenarios.

import { openReplayDialog } from '../timeline/replay_dialog.js';
import { get, post } from '../workspace/stream.js';

export function replayActions(app, { attempt, toast }) {
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

  /** Plays a scenario file. */
  async function playScenario(file) {
    const answer = await attempt(async () => post('/sim/scenario', JSON.parse(await file.text())));
    if (answer) toast(`Playing ${answer.actions} actions at their original speed.`);
  }

  return { replay, editAndReplay, playScenario };
}
