// The user's actions. Each calls the simulator, and its results arrive through the feed.

import { faultActions } from './faults.js';
import { goingActions } from './going.js';
import { interactionActions } from './interacting.js';
import { makeNotices } from './notices.js';
import { paneActions } from './panes.js';
import { replayActions } from './replaying.js';
import { talkingActions } from './talking.js';

export function makeActions(app) {
  const notices = makeNotices();
  return {
    ...notices,
    ...talkingActions(app, notices),
    ...goingActions(app, notices),
    ...paneActions(app),
    ...faultActions(app, notices),
    ...replayActions(app, notices),
    ...interactionActions(app, notices),
  };
}
