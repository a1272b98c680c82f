// Small windows: browse the channels, join the team.

import { h, icon, iconButton } from './dom.js';
import { count } from './format.js';

/** Shows a dialog; it is gone when it is closed. Gives the function that closes it. */
function show(title, content) {
  const heading = h('h2', { id: 'dialog-title', class: 'dialog-title' }, title);
  const close = () => dialog.close();
  const head = h('div', { class: 'dialog-head' }, heading, iconButton('close', 'Close', close));
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title' }, head, content(close));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector('[data-first]')?.focus();
}

export function browseChannels(app) {
  const { workspace, view, actions } = app;
  const all = [...workspace.channels.values()]
    .filter((channel) => channel.kind === 'channel' && !channel.isArchived)
    .sort((a, b) => a.name.localeCompare(b.name));
  show('Channels', (close) => {
    const rows = all.map((channel) => {
      const inside = channel.members.has(view.me);
      const act = () => {
        close();
        if (!inside) {
          actions.joinChannel(channel.name);
          return;
        }
        actions.go(channel.name);
        actions.skipTo('composer');
      };
      const label = `${inside ? 'Open' : 'Join'} #${channel.name}`;
      const look = inside ? 'button' : 'button button-main';
      return h('li', { class: 'browse-row', 'data-name': `${channel.name} ${channel.purpose}`.toLowerCase() },
        h('div', { class: 'browse-words' },
          h('div', { class: 'browse-name' }, icon('hash'), channel.name),
          h('div', { class: 'browse-note' }, [channel.purpose, count(channel.members.size, 'member')].filter(Boolean).join(' · '))),
        h('button', { type: 'button', class: look, 'aria-label': label, onclick: act }, inside ? 'Open' : 'Join'));
    });
    const none = h('p', { class: 'browse-none', hidden: true }, 'No channel is called that.');
    const search = h('input', {
      type: 'search', class: 'field', placeholder: 'Find a channel', 'aria-label': 'Find a channel', 'data-first': true,
      oninput(event) {
        const wanted = event.target.value.trim().toLowerCase().replace(/^#/, '');
        for (const row of rows) row.hidden = !row.dataset.name.includes(wanted);
        none.hidden = rows.some((row) => !row.hidden);
      },
    });
    return [search, h('ul', { class: 'browse' }, rows), none];
  });
}

export function joinTheTeam(app) {
  show('Somebody new joins the team', (close) => {
    const field = h('input', {
      class: 'field', id: 'new-name', value: 'gopherling', maxlength: 40, required: true, autocomplete: 'off',
      spellcheck: 'false', 'data-first': true, pattern: '[a-z0-9][a-z0-9._\\-]*',
    });
    const send = async (event) => {
      event.preventDefault();
      const name = field.value.trim().toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[._-]+/, '');
      if (!name || !(await app.actions.joinTeam(name))) return;
      close();
      app.actions.skipTo('composer');
    };
    return h('form', { class: 'dialog-form', novalidate: true, onsubmit: send },
      h('p', null, 'You become the new member, and Gopher welcomes you by direct message.'),
      h('label', { for: 'new-name' }, 'Name'),
      field,
      h('div', { class: 'dialog-buttons' },
        h('button', { type: 'button', class: 'button', onclick: close }, 'Not now'),
        h('button', { type: 'submit', class: 'button button-main' }, 'Join the team')),
    );
  });
}
