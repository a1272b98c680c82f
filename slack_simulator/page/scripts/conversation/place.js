// The header and the introduction of a conversation.

import { avatar } from '../elements/avatar.js';
import { button, h, icon, setText, sync } from '../elements/dom.js';
import { count } from '../elements/format.js';

const SIGNS = { channel: 'hash', group: 'lock', mpim: 'people' };

/** The icon before a conversation's name. */
export function signOf(place, workspace) {
  if (place.kind !== 'im') return icon(SIGNS[place.kind]);
  return avatar(workspace, workspace.users.get(workspace.bot.id), '', 'avatar-tiny');
}

export function drawHeader({ workspace, view, actions }, place) {
  const title = view.timeline ? 'Timeline' : workspace.title(place, view.me);
  sync(document.getElementById('place-name'), [title], {
    key: (text) => text,
    version: () => `${place.kind} ${view.timeline}`,
    build: (text) =>
      h('span', null, view.timeline ? icon('list') : signOf(place, workspace), h('span', null, text)),
  });
  setText(document.getElementById('place-purpose'), view.timeline ? ALL : purposeOf(place));
  const trouble = document.getElementById('open-trouble');
  trouble.classList.toggle('active', actions.troubles().length > 0);
  trouble.setAttribute('aria-expanded', String(view.pane?.kind === 'trouble'));
}

const ALL = 'Everything that happens: events, jobs, probes and calls.';

function purposeOf(place) {
  if (place.kind === 'im') return 'A direct message with the bot. You don’t need to mention it here.';
  return [place.purpose, count(place.members.size, 'member')].filter(Boolean).join(' · ');
}

/** Draws the introduction: the purpose of a channel, or example commands in a DM with the bot. */
export function drawIntro({ workspace, view, actions }, place) {
  const title = workspace.title(place, view.me);
  sync(document.getElementById('intro'), [place], {
    key: () => `${view.me} ${view.routeTo(place)}`,
    version: () => `${title} ${place.messages.length > 0}`,
    build: () => (place.kind === 'im' ? directIntro(workspace, actions) : roomIntro(place, title, workspace.bot.name)),
  });
}

function roomIntro(place, title, bot) {
  const sign = place.kind === 'channel' ? '#' : '';
  const words = place.messages.length
    ? `This is the beginning of ${sign}${title}.`
    : `Nobody has said anything in ${sign}${title} yet. Mention @${bot} to talk to the bot.`;
  return h('div', { class: 'intro-inside' },
    h('span', { class: 'intro-sign' }, icon(SIGNS[place.kind])),
    h('h2', { class: 'intro-title' }, `${sign}${title}`),
    h('p', { class: 'intro-words' }, [place.purpose && `${place.purpose}. `, words]));
}

function directIntro(workspace, actions) {
  const known = new Set(workspace.suggestions.map((suggestion) => suggestion.text));
  const isKnown = (text) => known.has(text) || known.has(text.replace(/:.*/, ':'));
  const chips = workspace.page.first_commands.filter(isKnown).map((text) =>
    button('chip', { onclick: () => actions.suggest(text) }, text));
  return h('div', { class: 'intro-inside' },
    avatar(workspace, workspace.users.get(workspace.bot.id), '', 'avatar-large'),
    h('h2', { class: 'intro-title' }, workspace.users.get(workspace.bot.id).realName),
    h('p', { class: 'intro-words' },
      chips.length ? 'This conversation is just between you and the bot. Type a command, for example:'
        : 'This conversation is just between you and the bot.'),
    h('div', { class: 'chips' }, chips));
}
