// Writing, sharing, reacting.

import { post } from '../workspace/stream.js';

export function talkingActions(app, { attempt }) {
  const { view } = app;
  const channelForApi = (place) => place.id ?? `@${view.me}`;

  function say(typed, place, threadTs = null) {
    view.newFrom = null;
    const body = { typed, channel: channelForApi(place), user: view.me, thread_ts: threadTs };
    return attempt(() => post('/sim/messages', body));
  }

  async function upload(file, typed, place, threadTs = null) {
    const content = await base64(file);
    const body = { name: file.name, content_base64: content, typed, channel: channelForApi(place) };
    return attempt(() => post('/sim/files', { ...body, user: view.me, thread_ts: threadTs }));
  }

  function react(message, emoji) {
    if (message.reactions.get(emoji)?.has(view.me)) return null;
    const { channel, ts } = message;
    return attempt(() => post('/sim/reactions', { channel, ts, emoji, user: view.me }));
  }

  /** A message of yours came in: if its trace can be watched, watch it. */
  function onOwnMessage(message) {
    const trace = app.traces.of(message);
    const { pane } = view;
    if (pane?.kind === 'trace' && pane.follow && trace?.ids.length) view.show({ ...pane, id: trace.id });
  }

  return { say, upload, react, onOwnMessage };
}

async function base64(file) {
  const raw = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < raw.length; at += 0x8000) {
    text += String.fromCharCode(...raw.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
