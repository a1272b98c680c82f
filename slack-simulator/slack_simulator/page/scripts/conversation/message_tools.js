// The actions on a message: the buttons above it, and its keyboard shortcuts.

import { h, iconButton } from '../elements/dom.js';
import { openMenu } from '../elements/menu.js';
import { openPicker } from '../elements/picker.js';
import { askToDelete } from './editor.js';

/** Whether you may edit a message: it is yours and has text. */
export function mayEdit({ view }, { user, botId, text, subtype, ephemeralTo }) {
  const said = !subtype || subtype === 'thread_broadcast' || subtype === 'file_share';
  return user === view.me && !botId && !ephemeralTo && said && Boolean(text);
}

/** Whether you may delete a message: your own, or any if you are a moderator. */
function mayDelete({ view, workspace }, { user, botId, subtype, ephemeralTo }) {
  const said = !['channel_join', 'channel_leave', 'tombstone'].includes(subtype) && !ephemeralTo;
  return said && ((user === view.me && !botId) || workspace.users.get(view.me).isAdmin);
}

export function tools(message, app, inThread) {
  const { actions, workspace } = app;
  const reply = () => actions.openThread(message);
  const edit = () => actions.startEditing(message);
  const remove = () => askToDelete(app, message);
  return h('div', { class: 'tools', role: 'group', 'aria-label': 'Message actions' },
    iconButton('smile', 'React', picking(message, app), { 'data-f': 'react' }),
    !inThread && iconButton('thread', 'Reply in thread', reply, { 'data-f': 'reply' }),
    workspace.extensions.includes('why')
      && iconButton('question', 'Why?', () => actions.openWhy(message), { 'data-f': 'why' }),
    mayEdit(app, message) && iconButton('pencil', 'Edit message', edit, { 'data-f': 'edit' }),
    mayDelete(app, message) && iconButton('bin', 'Delete message', remove, { 'data-f': 'delete' }),
    shortcuts(app).length > 0 && iconButton('more', 'More actions', openMore(message, app), { 'data-f': 'more' }));
}

const shortcuts = ({ workspace }) => workspace.app.shortcuts.filter(({ type }) => type === 'message');

/** Opens the menu of the app's shortcuts for a message. */
function openMore(message, app) {
  return ({ currentTarget }) => openMenu(currentTarget, 'More actions', shortcuts(app).map((each) => ({
    label: each.name, note: each.description, act: () => app.actions.startShortcut(each, message),
  })));
}

/** Opens the picker beside the button that was pressed. */
export function picking(message, { actions, workspace }) {
  const onPick = (name) => actions.react(message, name);
  return ({ currentTarget }) => openPicker(currentTarget, workspace.page.favourites, onPick);
}

const KEYS = { e: 'edit', r: 'react', t: 'reply', Delete: 'delete' };

/** Handles Slack's keys for a focused message. Returns whether there was a button for the key. */
export function onMessageKey(event, article) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const name = KEYS[event.key];
  const tool = name && article.querySelector(`.tools [data-f="${name}"]`);
  tool?.click();
  return Boolean(tool);
}
