// The sidebar's dialogs: the channel browser, the form for a new member, and the keys.

import { button, h, icon } from '../elements/dom.js';
import { showDialog } from '../elements/dialog.js';
import { count } from '../elements/format.js';

export function browseChannels(app) {
  const all = [...app.workspace.channels.values()]
    .filter((channel) => channel.kind === 'channel' && !channel.isArchived)
    .sort((a, b) => a.name.localeCompare(b.name));
  showDialog('Channels', (close) => {
    const rows = h('ul', { class: 'browse' }, all.map((channel) => row(channel, app, close)));
    const none = h('p', { class: 'browse-none', hidden: true }, 'No channel found.');
    const search = h('input', {
      type: 'search', class: 'field', 'data-first': true,
      placeholder: 'Find a channel', 'aria-label': 'Find a channel',
      oninput(event) {
        const wanted = event.target.value.trim().toLowerCase().replace(/^#/, '');
        for (const each of rows.children) each.hidden = !each.dataset.name.includes(wanted);
        none.hidden = [...rows.children].some((each) => !each.hidden);
      },
    });
    return [search, rows, none];
  });
}

function row(channel, app, close) {
  const { view, actions } = app;
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
  const leave = async () => {
    if (!(await actions.leaveChannel(channel))) return;
    const outside = row(channel, app, close);
    whole.replaceWith(outside);
    outside.querySelector('button').focus();
  };
  const label = `${inside ? 'Open' : 'Join'} #${channel.name}`;
  const look = inside ? 'button' : 'button button-main';
  const members = count(channel.members.size, 'member');
  const note = channel.purpose ? `${channel.purpose} · ${members}` : members;
  const name = `${channel.name} ${channel.purpose}`.toLowerCase();
  const whole = h('li', { class: 'browse-row', 'data-name': name },
    h('div', { class: 'browse-words' },
      h('div', { class: 'browse-name' }, icon('hash'), channel.name),
      h('div', { class: 'browse-note' }, note)),
    h('div', { class: 'browse-buttons' },
      inside && !channel.isGeneral
        && button('link-button', { 'aria-label': `Leave #${channel.name}`, onclick: leave }, 'Leave'),
      button(look, { 'aria-label': label, onclick: act }, inside ? 'Open' : 'Join')));
  return whole;
}

const KEYS = {
  'Ctrl+K': 'go to a channel, a member, a message, a day',
  '↑ in an empty field': 'edit your last message',
  'Shift+Enter': 'a new line',
  '↑ ↓ Home End': 'move between messages, channels, rows',
  'E R T Del': 'edit, react, reply, delete: the message in focus',
  Escape: 'close what is open; from a message, back to the field',
  '?': 'this help',
};

export function showKeys() {
  showDialog('Keys', () => h('dl', { class: 'keys' },
    Object.entries(KEYS).map(([keys, words]) => [h('dt', null, h('kbd', null, keys)), h('dd', null, words)])));
}

export function joinTheTeam({ workspace, actions }) {
  showDialog('Add a new member', (close) => {
    const field = h('input', {
      class: 'field', id: 'new-name', value: workspace.page.new_member, maxlength: 40,
      'data-first': true, autocomplete: 'off', spellcheck: 'false',
    });
    const send = async (event) => {
      event.preventDefault();
      const typed = field.value.trim().toLowerCase();
      const name = typed.replace(/[^a-z0-9._-]+/g, '-').replace(/^[._-]+/, '');
      if (!name || !(await actions.joinTeam(name))) return;
      close();
      actions.skipTo('composer');
    };
    return h('form', { class: 'dialog-form', novalidate: true, onsubmit: send },
      h('p', null, 'You become the new member, and the bot is notified.'),
      h('label', { for: 'new-name' }, 'Name'),
      field,
      h('div', { class: 'dialog-buttons' },
        button('button', { onclick: close }, 'Cancel'),
        button('button button-main', { type: 'submit' }, 'Join the team')),
    );
  });
}
