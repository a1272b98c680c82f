// Posting, uploading, reacting, editing and deleting.

import { Editor } from '../conversation/editor.js';
import { mayEdit } from '../conversation/message_tools.js';
import { post } from '../workspace/stream.js';

export function talkingActions(app, { attempt }) {
  const { view } = app;
  const channelForApi = (conversation) => conversation.id ?? `@${view.me}`;

  function say(typed, conversation, threadTs = null) {
    view.newFrom = null;
    const body = { typed, channel: channelForApi(conversation), user: view.me, thread_ts: threadTs };
    return attempt(() => post(`/sim/messages${view.appQuery}`, body));
  }

  async function upload(file, typed, conversation, threadTs = null) {
    const content = await base64(file);
    const body = { name: file.name, content_base64: content, typed, channel: channelForApi(conversation) };
    return attempt(() => post(`/sim/files${view.appQuery}`, { ...body, user: view.me, thread_ts: threadTs }));
  }

  /** Uploads a file that isn't posted. Returns Slack's file object; null if it is refused. */
  async function keep(file) {
    const body = { name: file.name, content_base64: await base64(file), user: view.me, share: false };
    const answer = await attempt(() => post(`/sim/files${view.appQuery}`, body));
    return answer?.file ?? null;
  }

  /** Toggles your reaction. */
  function react({ channel, ts, reactions }, emoji) {
    const path = reactions.get(emoji)?.has(view.me) ? '/sim/reactions/remove' : '/sim/reactions';
    return attempt(() => post(path, { channel, ts, emoji, user: view.me }));
  }

  const edit = ({ channel, ts }, typed) =>
    attempt(() => post('/sim/messages/edit', { channel, ts, typed, user: view.me }));

  const remove = ({ channel, ts }) =>
    attempt(() => post('/sim/messages/delete', { channel, ts, user: view.me }));

  function startEditing(message) {
    app.editor = new Editor(app, message);
    app.drawNow();
    app.editor.focus();
    app.editor.element.scrollIntoView({ block: 'nearest' });
  }

  function stopEditing() {
    const inThread = app.editor?.element.closest('.pane');
    app.editor = null;
    app.drawNow();
    const thread = inThread && document.querySelector('.pane .composer textarea');
    (thread || app.actions.composerField())?.focus();
  }

  /** Starts editing your last message in a list. Returns false if there is none. */
  function editLast(messages) {
    const last = messages.findLast((message) => mayEdit(app, message));
    if (last) startEditing(last);
    return Boolean(last);
  }

  /** Follows the trace of your new message, if the pane follows traces. */
  function onOwnMessage(message) {
    const trace = app.traces.of(message);
    const { pane } = view;
    if (pane?.kind === 'trace' && pane.follow && trace?.ids.length) view.show({ ...pane, id: trace.id });
  }

  return { say, upload, keep, react, edit, remove, startEditing, stopEditing, editLast, onOwnMessage };
}

async function base64(file) {
  const raw = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < raw.length; at += 0x8000) {
    text += String.fromCharCode(...raw.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
