// Small windows: browse the channels, join the team.

import { button, h, icon, iconButton } from '../elements/dom.js';
import { count } from '../elements/format.js';

/** Shows a dialog; it is gone when it is closed. Gives the function that closes it. */
function show(title, content) {
  const heading = h('h2', { id: 'dialog-title', class: 'dialog-title' }, title);
  const close = () => dialog.close();
  const head = h('div', { class: 'dialog-head' }, heading, iconButton('close', 'Close', close));
  const properties = { class: 'dialog', 'aria-labelledby': 'dialog-title' };
  const dialog = h('dialog', properties, head, content(close));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector('[data-first]');
  first?.focus();
  first?.select();
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
      const members = count(channel.members.size, 'member');
      const note = channel.purpose ? `${channel.purpose} · ${members}` : members;
      const name = `${channel.name} ${channel.purpose}`.toLowerCase();
      return h('li', { class: 'browse-row', 'data-name': name },
        h('div', { class: 'browse-words' },
          h('div', { class: 'browse-name' }, icon('hash'), channel.name),
          h('div', { class: 'browse-note' }, note)),
        button(look, { 'aria-label': label, onclick: act }, inside ? 'Open' : 'Join'));
    });
    const none = h('p', { class: 'browse-none', hidden: true }, 'No channel is called that.');
    const search = h('input', {
      type: 'search', class: 'field', 'data-first': true,
      placeholder: 'Find a channel', 'aria-label': 'Find a channel',
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
  show('Add a new member', (close) => {
    const field = h('input', {
      class: 'field', id: 'new-name', value: app.workspace.page.new_member, maxlength: 40, 'data-first': true,
      autocomplete: 'off', spellcheck: 'false',
    });
    const send = async (event) => {
      event.preventDefault();
      const typed = field.value.trim().toLowerCase();
      const name = typed.replace(/[^a-z0-9._-]+/g, '-').replace(/^[._-]+/, '');
      if (!name || !(await app.actions.joinTeam(name))) return;
      close();
      app.actions.skipTo('composer');
    };
    return h('form', { class: 'dialog-form', novalidate: true, onsubmit: send },
      h('p', null, 'You become the new member, and the bot hears of it.'),
      h('label', { for: 'new-name' }, 'Name'),
      field,
      h('div', { class: 'dialog-buttons' },
        button('button', { onclick: close }, 'Cancel'),
        button('button button-main', { type: 'submit' }, 'Join the team')),
    );
  });
}
