// Ctrl+K: the quick switcher, which finds places and actions by name, messages by their text, and days.

import { avatar } from '../elements/avatar.js';
import { h, icon, sync } from '../elements/dom.js';
import { showDialog } from '../elements/dialog.js';
import { plainText } from '../elements/markup.js';
import { signOf } from '../conversation/header.js';
import { goToDay, goToMessage, jumpTo } from '../conversation/older.js';
import { placeOf } from '../actions/permalinks.js';
import { TIMELINE } from '../routes.js';
import { joinTheTeam, showKeys } from './dialogs.js';

const MOST = 9;
const MOST_MESSAGES = 5;

export function openSwitcher(app) {
  if (document.querySelector('dialog[open]')) return;
  const all = targets(app);
  let shown = [];
  let active = 0;
  showDialog('Go to', (close) => {
    const list = h('ul', { class: 'switcher', id: 'switcher', role: 'listbox', 'aria-label': 'Places' });
    const choose = (target) => {
      close();
      target.act();
    };
    const field = h('input', {
      type: 'text', class: 'field', role: 'combobox', 'data-first': true, autocomplete: 'off',
      spellcheck: 'false', placeholder: 'A channel, a member, an action, words, a link or a day (2026-12-31)',
      'aria-label': 'Go to', 'aria-expanded': 'true', 'aria-controls': 'switcher',
      'aria-autocomplete': 'list',
      oninput: () => draw(0),
      onkeydown(event) {
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
          event.preventDefault();
          draw((active + (event.key === 'ArrowDown' ? 1 : -1) + shown.length) % shown.length);
        } else if (event.key === 'Enter' && shown[active]) {
          event.preventDefault();
          choose(shown[active]);
        }
      },
    });
    const none = h('p', { class: 'browse-none', role: 'status' });
    const draw = (next) => {
      shown = [...found(all, field.value), ...messagesWith(field.value, app)];
      none.textContent = shown.length ? '' : 'Nothing found.';
      active = shown.length ? next : 0;
      sync(list, shown, {
        key: (target) => target.key,
        version: (target) => shown.indexOf(target),
        build: (target) => option(target, shown.indexOf(target), () => choose(target)),
      });
      [...list.children].forEach((child, index) => {
        child.setAttribute('aria-selected', String(index === active));
      });
      const current = list.children[active];
      current?.scrollIntoView({ block: 'nearest' });
      if (current) field.setAttribute('aria-activedescendant', current.id);
      else field.removeAttribute('aria-activedescendant');
    };
    draw(0);
    return [field, list, none];
  }, 'dialog-switcher');
}

function option({ sign, name, note }, index, onclick) {
  return h('li', { class: 'offer', role: 'option', id: `switcher-${index}`, onclick },
    sign(), h('span', { class: 'offer-label' }, name), h('span', { class: 'offer-note' }, note));
}

/** The targets whose name contains the typed text, those that start with it first. */
function found(all, typed) {
  const wanted = typed.trim().toLowerCase().replace(/^[#@]/, '');
  const rank = ({ name, weight }) => (name.toLowerCase().startsWith(wanted) ? 0 : 1) + weight;
  return all
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .slice(0, MOST);
}

/** The day that was typed, and the newest messages that contain the text. */
function messagesWith(typed, app) {
  const { workspace, view, actions, names } = app;
  const wanted = typed.trim().toLowerCase();
  if (/^\d{4}-\d\d-\d\d$/.test(wanted)) {
    return [{ key: 'day', name: `Go to ${wanted}`, note: view.conversationTitle, sign: () => icon('clock'), act: () => goToDay(app, wanted) }];
  }
  const place = placeOf(typed, app);
  if (place) {
    return [{ key: 'permalink', name: 'Go to the message', note: names.place(place.channel.id), sign: () => icon('thread'), act: () => jumpTo(app, place) }];
  }
  if (wanted.length < 3) return [];
  const found = [...workspace.channels.values()]
    .filter((channel) => channel.members.has(view.me))
    .flatMap((channel) => workspace.messagesIn(channel, view.me)
      .filter(({ text }) => text.toLowerCase().includes(wanted))
      .map((message) => ({ channel, message })));
  found.sort((a, b) => Number(b.message.ts) - Number(a.message.ts));
  return found.slice(0, MOST_MESSAGES).map(({ channel, message }) => ({
    key: message.key, name: plainText(message.text, names).slice(0, 80),
    note: `${workspace.author(message).name}, ${names.place(channel.id)}`, sign: () => icon('thread'),
    act() {
      actions.go(view.routeTo(channel));
      goToMessage(message);
    },
  }));
}

function targets(app) {
  const { workspace, view, actions } = app;
  const go = (route) => () => {
    actions.go(route);
    actions.skipTo('composer');
  };
  const rooms = [...workspace.channels.values()]
    .filter((channel) => workspace.maySee(channel, view.me) && channel.kind !== 'im' && !channel.isArchived)
    .map((channel) => ({
      key: channel.id,
      name: workspace.title(channel, view.me),
      note: channel.members.has(view.me) ? channel.purpose : 'not joined',
      sign: () => signOf(channel, workspace),
      weight: channel.members.has(view.me) ? 0 : 0.5,
      act: go(view.routeTo(channel)),
    }));
  const directs = workspace.apps.map(({ bot }) => workspace.users.get(bot.id)).map((bot) => ({
    key: bot.id, name: bot.realName, note: 'direct messages', weight: 0,
    sign: () => avatar(workspace, bot, '', 'avatar-tiny'), act: go(`@${bot.name}`),
  }));
  const people = workspace.members().filter((user) => user.id !== view.me).map((user) => ({
    key: user.id, name: user.name, note: `become ${user.realName}`, weight: 2,
    sign: () => avatar(workspace, user, user.realName, 'avatar-tiny'),
    act: () => actions.become(user.id),
  }));
  const shortcuts = workspace.app.shortcuts.filter(({ type }) => type === 'global');
  const things = [
    ...shortcuts.map((each) => ['bolt', each.name, () => actions.startShortcut(each)]),
    ['list', 'Timeline', () => actions.go(TIMELINE)],
    ...(workspace.extensions.includes('explain') ? [['question', 'What would it say?', () => actions.toggleExplain()]] : []),
    ['bolt', 'Make Slack misbehave', () => actions.toggleFaults()],
    ['door', 'Add a new member', () => joinTheTeam(app)],
    ['sun', 'Light or dark colours', () => window.toggleTheme()],
    ['question', 'Keys', showKeys],
  ].map(([name, title, act]) => ({
    key: title, name: title, note: '', weight: 2, sign: () => icon(name), act,
  }));
  return [...directs, ...rooms, ...people, ...things];
}
