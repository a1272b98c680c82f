// The header and the introduction of a conversation.

import { avatar } from '../elements/avatar.js';
import { button, h, icon, setText, sync } from '../elements/dom.js';
import { emoji } from '../elements/emoji.js';
import { count } from '../elements/format.js';
import { plainText } from '../elements/markup.js';
import { openMenu } from '../elements/menu.js';
import { jumpTo } from './older.js';

const SIGNS = { channel: 'hash', group: 'lock', mpim: 'people' };

/** The icon before a conversation's name. */
export function signOf(conversation, workspace) {
  if (conversation.kind !== 'im') return icon(SIGNS[conversation.kind]);
  return avatar(workspace, workspace.users.get(conversation.bot), '', 'avatar-tiny');
}

export function drawHeader(app, conversation) {
  const { workspace, view, actions } = app;
  const title = view.timeline ? 'Timeline' : workspace.title(conversation, view.me);
  sync(document.getElementById('conversation-name'), [title], {
    key: (text) => text,
    version: () => `${conversation.kind} ${view.timeline}`,
    build: (text) =>
      h('span', null, view.timeline ? icon('list') : signOf(conversation, workspace), h('span', null, text)),
  });
  setText(document.getElementById('conversation-purpose'), view.timeline ? ALL : purposeOf(conversation));
  drawPins(app, view.timeline ? [] : conversation.pins ?? [], conversation);
  drawBookmarks(view.timeline ? [] : conversation.bookmarks ?? [], conversation);
  const faults = document.getElementById('open-faults');
  faults.classList.toggle('active', actions.faultsInWords().length > 0);
  faults.setAttribute('aria-expanded', String(view.pane?.kind === 'faults'));
}

/** Draws the button that lists a conversation's pinned messages, if there are any. */
function drawPins(app, pins, channel) {
  const open = ({ currentTarget }) => openMenu(currentTarget, 'Pinned messages', [...pins].reverse().map((ts) => {
    const message = app.workspace.message(channel, ts);
    const label = message ? plainText(message.text, app.names).slice(0, 80) : 'An older message';
    const note = message ? app.workspace.author(message).name : '';
    return { label, note, act: () => jumpTo(app, { channel, ts }) };
  }));
  sync(document.getElementById('pins-slot'), pins.length ? [channel] : [], {
    key: ({ id }) => id,
    version: () => pins.join(' '),
    build: () => button('button', { onclick: open, 'aria-haspopup': 'menu' }, `${pins.length} pinned`),
  });
}

/** Draws a conversation's bookmarks as links. */
function drawBookmarks(bookmarks, { id }) {
  const link = ({ title, link: address, emoji: name }) => h('a', {
    class: 'bookmark', href: address, target: '_blank', rel: 'noopener noreferrer',
  }, name ? emoji(name.replaceAll(':', '')) : icon('globe'), h('span', null, title));
  sync(document.getElementById('bookmarks'), bookmarks.length ? [bookmarks] : [], {
    key: () => id,
    version: (all) => JSON.stringify(all),
    build: (all) => h('nav', { class: 'bookmarks', 'aria-label': 'Bookmarks' }, all.map(link)),
  });
}

const ALL = 'Everything that happens: events, calls, and what the app reports.';

function purposeOf(conversation) {
  if (conversation.kind === 'im') return 'A direct message with the bot. You don’t need to mention it here.';
  return [conversation.purpose, count(conversation.members.size, 'member')].filter(Boolean).join(' · ');
}

/** Draws the introduction: the purpose of a channel, or example commands in a DM with the bot. */
export function drawIntro({ workspace, view, actions }, conversation) {
  const title = workspace.title(conversation, view.me);
  sync(document.getElementById('intro'), [conversation], {
    key: () => `${view.me} ${view.routeTo(conversation)}`,
    version: ({ messages, hasMore }) => `${title} ${messages.length > 0} ${hasMore}`,
    build() {
      if (conversation.hasMore) return h('p', { class: 'intro-older' }, 'Older messages appear as you scroll up.');
      return conversation.kind === 'im' ? directIntro(workspace, actions, conversation) : roomIntro(conversation, title, workspace.bot.name);
    },
  });
}

function roomIntro(conversation, title, bot) {
  const sign = conversation.kind === 'channel' ? '#' : '';
  const words = conversation.messages.length
    ? `This is the beginning of ${sign}${title}.`
    : `Nobody has said anything in ${sign}${title} yet. Mention @${bot} to talk to the bot.`;
  return h('div', { class: 'intro-inside' },
    h('span', { class: 'intro-sign' }, icon(SIGNS[conversation.kind])),
    h('h2', { class: 'intro-title' }, `${sign}${title}`),
    h('p', { class: 'intro-words' }, [conversation.purpose && `${conversation.purpose}. `, words]));
}

function directIntro(workspace, actions, { bot: id }) {
  const bot = workspace.users.get(id);
  const known = new Set(workspace.suggestions.map((suggestion) => suggestion.text));
  const isKnown = (text) => known.has(text) || known.has(text.replace(/:.*/, ':'));
  const commands = id === workspace.bot.id ? workspace.page.first_commands.filter(isKnown) : [];
  const chips = commands.map((text) =>
    button('chip', { onclick: () => actions.suggest(text) }, text));
  return h('div', { class: 'intro-inside' },
    avatar(workspace, bot, '', 'avatar-large'),
    h('h2', { class: 'intro-title' }, bot.realName),
    h('p', { class: 'intro-words' },
      chips.length ? 'This conversation is just between you and the bot. Type a command, for example:'
        : 'This conversation is just between you and the bot.'),
    h('div', { class: 'chips' }, chips));
}
