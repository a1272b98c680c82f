// The conversation's composer, or a Join button for non-members. Files can be dropped anywhere.

import { button, h, sync } from '../elements/dom.js';
import { Composer } from './composer.js';

export function openMainComposer(app) {
  const main = document.getElementById('main');
  const { actions, view } = app;
  app.composer = new Composer(app, 'composer', {
    label: 'Message',
    send(text, file) {
      const { conversation } = view;
      const command = file ? null : actions.slashCommand(text, conversation);
      if (command !== null) return command;
      return file ? actions.upload(file, text, conversation) : actions.say(text, conversation);
    },
  });
  // As in Slack, Up in an empty composer edits your last message.
  main.addEventListener('leave-upwards', () => {
    const messages = app.workspace.messagesIn(view.conversation, view.me);
    if (!actions.editLast(messages)) actions.skipTo('messages');
  });
  listenToDrops(main, app);
}

export function drawComposer(app, conversation) {
  const { view, workspace, actions, composer } = app;
  const inside = conversation.members.has(view.me);
  const closed = conversation.isArchived ? 'archived' : inside ? 'open' : 'outside';
  const title = view.conversationTitle;
  composer.relabel(`Message ${title}`);
  composer.showDraft(view.conversationKey);
  sync(document.getElementById('composer'), [closed], {
    key: (state) => state,
    version: () => (inside ? '' : `${view.me} ${title}`),
    build(state) {
      if (state === 'open') return composer.element;
      if (state === 'archived') return h('p', { class: 'join-bar' }, `${title} is archived.`);
      const onclick = () => actions.joinChannel(conversation.name);
      return h('div', { class: 'join-bar' },
        h('span', null, `${workspace.users.get(view.me).name} isn’t in ${title}.`),
        button('button button-main', { onclick }, `Join ${title}`));
    },
  });
}

function listenToDrops(main, app) {
  const hint = document.getElementById('drop-hint');
  const carriesFile = (event) => event.dataTransfer?.types.includes('Files');
  const show = (visible) => {
    hint.textContent = `Drop a file to share it in ${app.view.conversationTitle}`;
    hint.hidden = !visible;
  };
  addEventListener('dragover', (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    show(app.view.conversation.members.has(app.view.me));
  });
  addEventListener('dragleave', (event) => event.relatedTarget === null && show(false));
  addEventListener('drop', (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    show(false);
    const file = event.dataTransfer.files[0];
    if (file && app.view.conversation.members.has(app.view.me)) app.composer.take(file);
  });
}
