// A list of messages, in the conversation and in a thread: each with what belongs to it.

import { attachments, files, unfurls } from './extras.js';
import { avatar } from './avatar.js';
import { h, icon, iconButton, spoken, sync } from './dom.js';
import { emoji } from './emoji.js';
import { clock, count, day, dayKey, duration, list as inWords, shortClock } from './format.js';
import { renderMarkup } from './markup.js';
import { openPicker } from './picker.js';
import { isQuiet } from './state.js';
import { summary } from './trace_story.js';

/** Messages of one author so close together stand under one name. */
const TOGETHER_SECONDS = 300;

/** Draws messages into a list, with days and the line above what is new. */
export function drawMessages(list, messages, app, { newFrom = null, inThread = false } = {}) {
  const items = withDividers(messages, app.view.me, newFrom, inThread);
  sync(list, items, {
    key: (item) => `${app.view.me} ${item.key}`,
    version: (item) => (item.message ? stamp(item, app) : item.label),
    build: (item) => (item.message ? row(item, app, inThread) : divider(item)),
  });
  const articles = [...list.querySelectorAll('article')];
  articles.forEach((article, place) => {
    article.tabIndex = place === articles.length - 1 ? 0 : -1;
    drawTraceLine(article.querySelector('.trace-place'), messages[place], app);
  });
}

function withDividers(messages, me, newFrom, inThread) {
  const items = [];
  let before = null;
  let marked = newFrom === null;
  for (const message of messages) {
    if (!inThread && (!before || dayKey(before.ts) !== dayKey(message.ts))) {
      items.push({ key: `day ${dayKey(message.ts)}`, label: day(message.ts), className: 'divider' });
      before = null;
    }
    if (!marked && message.ts > newFrom && message.user !== me) {
      items.push({ key: 'new', label: 'New', className: 'divider divider-new' });
      marked = true;
      before = null;
    }
    items.push({ key: message.key, message, together: belongsTo(message, before) });
    before = message;
  }
  return items;
}

function belongsTo(message, before) {
  const who = (m) => `${m.user ?? m.botUser} ${m.username} ${m.ephemeralTo} ${isQuiet(m)}`;
  return Boolean(before) && !message.ephemeralTo && who(message) === who(before)
    && Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS;
}

/** All that a message's looks depend on, but for its trace, which changes while one looks. */
function stamp({ message, together }, { workspace }) {
  return [message.revision, together, workspace.users.size].join(' ');
}

function divider({ label, className }) {
  return h('li', { class: className }, h('span', null, label));
}

function row({ message, together }, app, inThread) {
  const { workspace, names } = app;
  const author = workspace.author(message);
  const id = `${inThread ? 't' : 'm'}-${message.ts}`;
  const quiet = isQuiet(message);
  const className = [
    'message', together && 'together', quiet && 'quiet', message.ephemeralTo && 'ephemeral',
  ].filter(Boolean).join(' ');
  const who = h('span', { class: 'who', id: `${id}-who` }, author.name);
  const when = h('time', { class: 'when', id: `${id}-when`, datetime: new Date(Number(message.ts) * 1000).toISOString() }, clock(message.ts));
  const whisper = message.ephemeralTo
    && h('div', { class: 'whisper', id: `${id}-whisper` }, icon('eye'), 'Only visible to you');
  const worded = Boolean(message.text || !message.files.length);
  const text = h('div', { class: 'text', id: `${id}-text` }, renderMarkup(message.text, names));
  if (message.edited) text.append(h('span', { class: 'edited' }, ' (edited)'));
  const head = h('div', { class: together || quiet ? 'head spoken' : 'head' }, who, author.isBot && h('span', { class: 'app' }, 'APP'), when);
  const article = h('article', {
    tabindex: -1, 'data-f': 'message', 'data-ts': message.ts,
    'aria-labelledby': [`${id}-who`, `${id}-when`, whisper && `${id}-whisper`, worded && `${id}-text`].filter(Boolean).join(' '),
  },
  h('div', { class: 'gutter' }, together || quiet ? h('span', { class: 'gutter-when', 'aria-hidden': 'true' }, shortClock(message.ts)) : avatar(workspace, author.user, author.name)),
  h('div', { class: 'body' },
    whisper, head, worded && text,
    attachments(message, app), files(message), unfurls(message, text),
    reactions(message, app),
    !inThread && threadLine(message, app),
    h('div', { class: 'trace-place' })),
  !quiet && !message.ephemeralTo && tools(message, app, inThread));
  return h('li', { class: className }, article);
}

function reactions(message, app) {
  if (!message.reactions.size) return null;
  const { workspace, view, actions } = app;
  const buttons = [...message.reactions].map(([name, users]) => {
    const mine = users.has(view.me);
    const people = inWords([...users].map((id) => (id === view.me ? 'you' : (workspace.users.get(id)?.realName ?? id))));
    const label = `${count(users.size, 'reaction')} with ${name.replaceAll('_', ' ')}, by ${people}`;
    return h('button', {
      type: 'button', class: 'reaction', 'data-f': `reaction ${name}`, 'data-emoji': name, 'aria-pressed': String(mine),
      'aria-label': label, title: `${people} reacted with :${name}:`, onclick: () => actions.react(message, name),
    }, emoji(name, null), h('span', { class: 'reaction-count' }, users.size));
  });
  return h('div', { class: 'reactions' }, buttons,
    iconButton('smile', 'Add a reaction', (event) => openPicker(event.currentTarget, (name) => actions.react(message, name)),
      { class: 'reaction reaction-more', 'data-f': 'reaction-more' }));
}

function threadLine(message, app) {
  const { workspace, view, actions } = app;
  const place = workspace.channels.get(message.channel);
  const replies = workspace.thread(place, message.threadTs ?? message.ts, view.me).slice(1);
  if (!replies.length) return null;
  const authors = new Map(replies.map((reply) => workspace.author(reply)).map((author) => [author.name, author]));
  return h('button', { type: 'button', class: 'thread-line', 'data-f': 'thread', onclick: () => actions.openThread(message) },
    [...authors.values()].slice(0, 4).map(({ user, name }) => avatar(workspace, user, name, 'avatar-tiny')),
    h('span', { class: 'thread-count' }, count(replies.length, 'reply', 'replies')),
    h('span', { class: 'thread-when' }, `last at ${clock(replies.at(-1).ts)}`));
}

/** What became of a message; under one of the bot's, why it is there. */
function drawTraceLine(slot, message, { traces, view, workspace, actions }) {
  const trace = traces.of(message);
  const shown = trace ?? traces.causeOf(message);
  const open = view.pane?.kind === 'trace' && view.pane.id === shown?.id;
  sync(slot, shown?.ids.length ? [shown] : [], {
    key: ({ id }) => id,
    version: ({ revision }) => `${revision} ${open}`,
    build() {
      const { state, line } = trace ? summary(trace, workspace.settings) : { state: 'cause', line: because(message, shown) };
      return h('button', {
        type: 'button', class: 'trace-line', 'data-f': 'trace', 'data-state': state, 'aria-expanded': String(open), 'aria-controls': 'pane',
        onclick: (event) => actions.openTrace(shown, event.currentTarget.closest('article')),
      }, trace ? h('span', { class: 'dot' }) : icon('route'), spoken('Trace: '), h('span', null, line));
    },
  });
}

function because(message, cause) {
  const effect = cause.effects.find((each) => each.ts === message.ts);
  const after = duration((effect?.at ?? cause.at) - cause.at);
  const rule = effect?.rule ?? (cause.kind === 'message' ? 'reply' : cause.kind);
  return `${rule.replace('_', ' ').replace(':', ': ')} · ${after}`;
}

function tools(message, { actions, traces }, inThread) {
  const trace = traces.of(message) ?? traces.causeOf(message);
  return h('div', { class: 'tools', role: 'group', 'aria-label': 'For this message' },
    iconButton('smile', 'React', (event) => openPicker(event.currentTarget, (name) => actions.react(message, name)), { 'data-f': 'react' }),
    !inThread && iconButton('thread', 'Reply in thread', () => actions.openThread(message), { 'data-f': 'reply' }),
    trace?.ids.length > 0 && iconButton('route', 'Show trace', () => actions.openTrace(trace), { 'data-f': 'show-trace' }));
}

/** Up and down go from message to message; Escape leaves for the composer. */
export function listenToMessages(list, app) {
  list.addEventListener('keydown', (event) => {
    const article = event.target.closest('article');
    if (!article || event.target.closest('input, textarea, pre')) return;
    const all = [...list.querySelectorAll('article')];
    const here = all.indexOf(article);
    const target = {
      ArrowUp: all[here - 1], ArrowDown: all[here + 1], Home: all[0], End: all.at(-1),
    }[event.key];
    if (target) {
      event.preventDefault();
      target.focus();
    } else if (event.key === 'Escape' && !app.view.pane && !app.view.drawer) {
      event.preventDefault();
      app.actions.skipTo('composer');
    }
  });
}
