// A list of messages, in a conversation or a thread.

import { attachments, files, unfurls } from './extras.js';
import { avatar } from '../elements/avatar.js';
import { button, h, icon, iconButton, spoken, sync } from '../elements/dom.js';
import { emoji } from '../elements/emoji.js';
import {
  clock, count, dateOf, day, dayKey, duration, list as inWords, shortClock,
} from '../elements/format.js';
import { renderMarkup } from '../elements/markup.js';
import { isQuiet } from '../workspace/state.js';
import { renderBlocks } from '../blocks/blocks.js';
import { stateOf } from '../blocks/inputs.js';
import { picking, tools } from './message_tools.js';
import { keepOneStop, rest } from './message_walk.js';
import { ruleInWords, startOf, summary } from '../trace/summary.js';

/** Messages of one author within this many seconds are grouped under one name. */
const TOGETHER_SECONDS = 300;

/** Draws messages into a list, with day dividers and the line above new messages. */
export function drawMessages(list, messages, app, { newFrom = null, inThread = false } = {}) {
  const items = withDividers(messages, app.view.me, newFrom, inThread);
  sync(list, items, {
    key: (item) => `${app.view.me} ${item.key}`,
    version: (item) => (item.message ? stamp(item, app) : item.label),
    build: (item) => (item.message ? row(item, app, inThread) : divider(item)),
  });
  keepOneStop(list);
  list.querySelectorAll('article').forEach((article, index) => {
    drawTraceLine(article.querySelector('.trace-slot'), messages[index], app);
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
    // In a thread, the first reply isn't grouped with the parent.
    before = inThread && message === messages[0] ? null : message;
  }
  return items;
}

function belongsTo(message, before) {
  const who = (m) => `${m.user ?? m.botUser} ${m.username} ${m.ephemeralTo} ${isQuiet(m)}`;
  return Boolean(before) && !message.ephemeralTo && who(message) === who(before)
    && Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS;
}

/** Everything a message's appearance depends on, except its trace, which is drawn separately. */
function stamp({ message, together }, { workspace, editor }) {
  const named = `${workspace.users.size} ${workspace.renames}`;
  return [message.revision, together, named, editor?.message === message].join(' ');
}

function divider({ label, className }) {
  return h('li', { class: className }, h('span', null, label));
}

function row({ message, together }, app, inThread) {
  const { workspace } = app;
  const author = workspace.author(message);
  const id = `${inThread ? 't' : 'm'}-${message.ts}`;
  const quiet = isQuiet(message);
  const plain = together || quiet;
  const editing = app.editor?.message === message;
  const worded = !editing && Boolean(message.text || !message.files.length);
  const text = textOf(message, `${id}-text`, app);
  const names = [`${id}-who`, `${id}-when`, message.ephemeralTo && `${id}-whisper`, worded && text.id];
  const face = plain
    ? h('span', { class: 'gutter-when', 'aria-hidden': 'true' }, shortClock(message.ts))
    : avatar(workspace, author.user, author.name);
  const article = h('article', {
    'data-f': 'message', 'data-ts': message.ts,
    'aria-labelledby': names.filter(Boolean).join(' '),
  },
  h('div', { class: 'gutter' }, face),
  h('div', { class: 'body' },
    message.ephemeralTo
      && h('div', { class: 'whisper', id: `${id}-whisper` }, icon('eye'), 'Only visible to you'),
    head(message, author, id, plain),
    editing && app.editor.element,
    worded && !message.blocks.length && text,
    worded && message.blocks.length > 0 && blocksOf(message, text.id, app),
    attachments(message, app, (blocks) => blocksOf({ ...message, blocks, edited: false }, null, app)),
    files(message),
    unfurls(message, text),
    reactions(message, app),
    !inThread && threadLine(message, app),
    h('div', { class: 'trace-slot' })),
  !quiet && !message.ephemeralTo && !editing && tools(message, app, inThread));
  rest(article);
  const looks = { together, quiet, ephemeral: message.ephemeralTo };
  const className = Object.keys(looks).filter((name) => looks[name]).join(' ');
  return h('li', { class: `message ${className}` }, article);
}

function head(message, author, id, plain) {
  const datetime = dateOf(message.ts).toISOString();
  return h('div', { class: plain ? 'head spoken' : 'head' },
    h('span', { class: 'who', id: `${id}-who` }, author.name),
    author.isBot && h('span', { class: 'app' }, 'APP'),
    h('time', { class: 'when', id: `${id}-when`, datetime }, clock(message.ts)));
}

function textOf(message, id, { names }) {
  const isGone = message.subtype === 'tombstone';
  return h('div', { class: 'text', id },
    isGone ? h('p', { class: 'gone' }, 'This message was deleted.') : renderMarkup(message.text, names),
    message.edited && !isGone && h('span', { class: 'edited' }, ' (edited)'));
}

/** A message's blocks. Its text is for notifications only. */
function blocksOf(message, id, app) {
  const { channel, ts } = message;
  const content = h('div', { class: 'blocks', id });
  const act = (action) => app.actions.act(action, { channel, ts }, stateOf(content));
  const suggest = (asked) => app.actions.suggestOptions(asked, { channel, ts });
  content.append(...renderBlocks(message.blocks, { app, act, suggest }));
  if (message.edited) content.append(h('span', { class: 'edited' }, ' (edited)'));
  return content;
}

function reactions(message, app) {
  if (!message.reactions.size) return null;
  const { workspace, view, actions } = app;
  const nameOf = (id) => (id === view.me ? 'you' : (workspace.users.get(id)?.realName ?? id));
  const buttons = [...message.reactions].map(([name, users]) => {
    const people = inWords([...users].map(nameOf));
    const label = `${count(users.size, 'reaction')} with ${name.replaceAll('_', ' ')}, by ${people}`;
    return button('reaction', {
      'data-f': `reaction ${name}`, 'data-emoji': name, 'aria-label': label,
      'aria-pressed': String(users.has(view.me)), title: `${people} reacted with :${name}:`,
      onclick: () => actions.react(message, name),
    }, emoji(name, null), h('span', { class: 'reaction-count' }, users.size));
  });
  const more = { class: 'icon-button reaction reaction-more', 'data-f': 'reaction-more' };
  return h('div', { class: 'reactions' },
    buttons, iconButton('smile', 'Add a reaction', picking(message, app), more));
}

function threadLine(message, { workspace, view, actions }) {
  const conversation = workspace.channels.get(message.channel);
  const replies = workspace.thread(conversation, message.threadTs ?? message.ts, view.me).slice(1);
  if (!replies.length) return null;
  const all = replies.map((reply) => workspace.author(reply));
  const authors = [...new Map(all.map((author) => [author.name, author])).values()];
  const onclick = () => actions.openThread(message);
  return button('thread-line', { 'data-f': 'thread', onclick },
    authors.slice(0, 4).map(({ user, name }) => avatar(workspace, user, name, 'avatar-tiny')),
    h('span', { class: 'thread-count' }, count(replies.length, 'reply', 'replies')),
    h('span', { class: 'thread-when' }, `last at ${clock(replies.at(-1).ts)}`));
}

/** Draws the outcome of a message, or the cause of a message of the bot. */
function drawTraceLine(slot, message, { traces, view, workspace, actions }) {
  const trace = traces.of(message);
  const shown = trace ?? traces.causeOf(message);
  const open = view.pane?.kind === 'trace' && view.pane.id === shown?.id;
  sync(slot, shown?.ids.length ? [shown] : [], {
    key: ({ id }) => id,
    version: ({ revision }) => `${revision} ${open}`,
    build() {
      const cause = { state: 'cause', line: because(message, shown) };
      const { state, line } = trace ? summary(trace) : cause;
      return button('trace-line', {
        'data-f': 'trace', 'data-state': state, tabindex: slot.closest('article').tabIndex,
        'aria-expanded': String(open), 'aria-controls': 'pane',
        onclick: ({ currentTarget }) => actions.openTrace(shown, currentTarget.closest('article')),
      }, trace ? h('span', { class: 'dot' }) : icon('route'), spoken('Trace: '), h('span', null, line));
    },
  });
}

function because(message, cause) {
  const effect = cause.effects.find((each) => each.ts === message.ts);
  const after = duration(effect ? effect.at - startOf(cause, effect.at).at : 0);
  const rule = effect?.rule ?? (cause.kind === 'message' ? 'reply' : cause.kind);
  return `${ruleInWords(rule)} · ${after}`;
}
