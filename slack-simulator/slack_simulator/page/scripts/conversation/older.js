// Older messages of the open conversation, loaded as one scrolls up.

import { get } from '../workspace/stream.js';

/** How near to the top, in pixels, the next messages are loaded. */
const NEAR = 300;

let loading = false;

/** Loads the messages before the first one. Those in sight stay where they are. */
async function loadOlder(app) {
  const { conversation } = app.view;
  const region = document.getElementById('messages');
  if (loading || !conversation.hasMore) return;
  loading = true;
  try {
    const before = conversation.messages[0].ts;
    app.workspace.addOlder(conversation, await get(`/sim/messages?channel=${conversation.id}&before=${before}`));
  } catch {
    // The stream detects that the simulator is away.
    return;
  } finally {
    loading = false;
  }
  const below = region.scrollHeight - region.scrollTop;
  app.drawNow();
  region.scrollTop = region.scrollHeight - below;
}

export function loadOlderNearTop(app) {
  if (document.getElementById('messages').scrollTop < NEAR) loadOlder(app);
}

/** Goes to the first message from a day on, as in "2026-12-01". */
export async function goToDay(app, day) {
  const start = new Date(`${day}T00:00`) / 1000;
  const { conversation } = app.view;
  let first = null;
  while (conversation.messages[0] !== first && Number(conversation.messages[0]?.ts) > start) {
    [first] = conversation.messages;
    await loadOlder(app);
  }
  const found = app.workspace.messagesIn(conversation, app.view.me).find(({ ts }) => Number(ts) >= start);
  if (found) goToMessage(found);
  else app.actions.toast(`Nothing has been said here since ${day}.`);
}

/** Goes to a message of any conversation, or to its thread. Loads what was said since. */
export async function jumpTo(app, { channel, ts }) {
  const { workspace, view, actions } = app;
  const nowhere = () => actions.toast('You can’t see that message here, or it’s gone.');
  if (!workspace.maySee(channel, view.me)) return nowhere();
  actions.go(view.routeTo(channel));
  let first = null;
  while (channel.messages[0] !== first && channel.messages[0].ts > ts) {
    [first] = channel.messages;
    await loadOlder(app);
  }
  const message = workspace.message(channel, ts);
  if (!message) return nowhere();
  if (workspace.messagesIn(channel, view.me).includes(message)) return goToMessage(message);
  return actions.openThread(message);
}

/** Focuses a message of the open conversation. */
export function goToMessage({ ts }) {
  document.querySelector(`#message-list article[data-ts="${CSS.escape(ts)}"]`)?.focus();
}
