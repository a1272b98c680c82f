// A thread in the pane: its messages and its composer.

import { Composer } from '../conversation/composer.js';
import { h } from '../elements/dom.js';
import { drawMessages } from '../conversation/messages.js';
import { listenToMessages } from '../conversation/message_walk.js';

export function buildThread({ channel, ts }, app) {
  const { actions, workspace } = app;
  const list = h('ol', { class: 'message-list', 'data-thread': true });
  listenToMessages(list, app);
  const composer = new Composer(app, 'thread-composer', {
    label: 'Reply in the thread',
    send(text, file) {
      const conversation = workspace.channels.get(channel);
      return file ? actions.upload(file, text, conversation, ts) : actions.say(text, conversation, ts);
    },
  });
  composer.showDraft(`${app.view.me} ${channel}/${ts}`);
  composer.element.addEventListener('leave-upwards', () => {
    actions.editLast(workspace.thread(workspace.channels.get(channel), ts, app.view.me));
  });
  return [h('div', { class: 'pane-scroll' }, list), composer.element];
}

export function drawThread(aside, { channel, ts }, app) {
  const { workspace, view } = app;
  const conversation = workspace.channels.get(channel);
  const region = aside.querySelector('.pane-scroll');
  const follows = region.scrollHeight - region.scrollTop - region.clientHeight < 60;
  const messages = conversation ? workspace.thread(conversation, ts, view.me) : [];
  drawMessages(aside.querySelector('[data-thread]'), messages, app, { inThread: true });
  if (follows) region.scrollTop = region.scrollHeight;
}
