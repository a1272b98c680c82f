// Completions for the composer, computed from the text and the known names.

import { namesLike } from '../elements/emoji.js';

const MOST = 8;
const EMOJI = /(?:^|[\s(]):([a-z0-9_+'-]{2,})$/;
const MENTION = /(?:^|\s)([@#])([\w.-]*)$/;
const BROADCASTS = [
  { name: 'here', note: 'everyone who is online' },
  { name: 'channel', note: 'everyone in this channel' },
];

/**
 * The completions for the text before the caret, or null. `from` is where the replaced text starts.
 * Each of `items` has the `text` to insert, `label`, `note` and `kind`. With `eager`, Enter accepts.
 */
export function complete(before, known) {
  const { users, channels, commands, bot, direct, slash = [] } = known;
  if (/^\/[\w-]*$/.test(before)) return slashes(before.toLowerCase(), slash);
  const mention = MENTION.exec(before);
  if (mention) {
    const [, sign, written] = mention;
    const query = written.toLowerCase();
    const items = sign === '@' ? people(query, users) : rooms(query, channels);
    // A complete name needs no completion.
    const done = query && items.some((item) => item.label.toLowerCase() === query);
    const from = before.length - query.length - 1;
    return items.length && !done ? { from, items, eager: true } : null;
  }
  const started = EMOJI.exec(before.toLowerCase());
  if (started) {
    const items = namesLike(started[1], MOST)
      .map((name) => ({ text: `:${name}: `, label: `:${name}:`, note: '', kind: 'emoji', name }));
    if (items.length) return { from: before.length - started[1].length - 1, items, eager: true };
  }
  const query = commandIn(before, bot, direct);
  return query === null ? null : offers(query, before, commands);
}

function people(query, users) {
  const fits = (name) => name.toLowerCase().startsWith(query);
  const found = users
    .filter(({ name, realName }) => fits(name) || fits(realName))
    .map((user) => {
      const { name, realName } = user;
      return { text: `@${name} `, label: name, note: realName, kind: 'user', user };
    });
  const all = BROADCASTS.filter(({ name }) => name.startsWith(query))
    .map(({ name, note }) => ({ text: `@${name} `, label: name, note, kind: 'broadcast' }));
  return [...found, ...all].slice(0, MOST);
}

/** The app's slash commands and global shortcuts. */
function slashes(written, slash) {
  const items = slash.filter(({ label }) => label.toLowerCase().includes(written.slice(1))).slice(0, MOST);
  const done = items.some(({ label }) => label === written);
  return items.length && !done ? { from: 0, items, eager: true } : null;
}

function rooms(query, channels) {
  const rank = ({ name }) => (name.startsWith(query) ? 0 : 1);
  return channels
    .filter(({ name }) => name.includes(query))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .slice(0, MOST)
    .map(({ name, purpose }) => ({ text: `#${name} `, label: name, note: purpose, kind: 'channel' }));
}

/** The command typed so far; null if the bot isn't addressed. */
function commandIn(before, bot, direct) {
  if (before.includes('\n')) return null;
  const start = `@${bot} `;
  const text = before.trimStart();
  if (text.toLowerCase().startsWith(start)) return text.slice(start.length).trimStart();
  return direct && text ? text : null;
}

function offers(query, before, commands) {
  const wanted = query.toLowerCase();
  const rank = ({ text }) => (text.toLowerCase().startsWith(wanted) ? 0 : 1);
  const items = commands
    .filter(({ text }) => text.toLowerCase().includes(wanted) && text.toLowerCase() !== wanted)
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MOST)
    .map(({ text, help }) => ({ text, label: text.trim(), note: help, kind: 'command' }));
  return items.length ? { from: before.length - query.length, items, eager: false } : null;
}
