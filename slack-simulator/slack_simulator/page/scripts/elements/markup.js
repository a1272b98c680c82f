// Slack's markup as elements: https://docs.slack.dev/messaging/formatting-message-text
//
// Text is escaped (&lt; &gt; &amp;), and `<…>` encloses links and mentions. Invalid markup is shown as
// text. The running time is linear in the length of the text.

import { h } from './dom.js';
import { emoji, isKnown } from './emoji.js';

const FENCE = '```';
const MARKS = { '*': 'strong', _: 'em', '~': 's' };
const WORD = /[\p{L}\p{N}_]/u;
const TOKEN = /<([^<>\n]{1,4000})>/y;
const CODE = /`([^`\n]+)`/y;
const EMOJI = /:([a-z0-9_+'-]{1,100}(?:::skin-tone-[2-6])?):/y;
const ADDRESS = /https?:\/\/[^\s<>|`]+/y;
const ESCAPE = /&(lt|gt|amp);/g;
const CHARACTER = { lt: '<', gt: '>', amp: '&' };
const SAFE = new Set(['http:', 'https:', 'mailto:']);

/** Reverses Slack's escaping, once. */
export const unescape = (text) => text.replace(ESCAPE, (_, name) => CHARACTER[name]);

/**
 * Renders a text as a document fragment. In `names`, `user(id)` and `channel(id)` return a name or
 * null, and `me` is the reader's ID.
 */
export function renderMarkup(text, names) {
  const whole = document.createDocumentFragment();
  let rest = text;
  for (;;) {
    const open = rest.indexOf(FENCE);
    const close = open < 0 ? -1 : rest.indexOf(FENCE, open + 3);
    if (close < 0) break;
    const code = rest.slice(open + 3, close);
    if (code.trim()) {
      blocks(rest.slice(0, open).replace(/\n$/, ''), whole, names);
      whole.append(codeBlock(unescape(code.replace(/^\n|\n$/g, '')), 'Code'));
    } else {
      blocks(rest.slice(0, close + 3), whole, names);
    }
    rest = rest.slice(close + 3).replace(/^\n/, '');
  }
  blocks(rest, whole, names);
  return whole;
}

/** A code block that can be scrolled with the mouse or the keyboard. */
export function codeBlock(code, label, className = null) {
  const properties = { class: className, tabindex: 0, role: 'group', 'aria-label': label };
  return h('pre', properties, h('code', null, code));
}

/** A text as a screen reader would say it. */
export function plainText(text, names) {
  const whole = h('div', null, renderMarkup(text, names));
  for (const each of whole.querySelectorAll('[role="img"], img')) {
    each.replaceWith(` ${each.alt ?? each.getAttribute('aria-label')} `);
  }
  return whole.textContent.replace(/\s+/g, ' ').trim();
}

/** A text as its author typed it: `@name`, `#channel` and bare URLs. */
export function typedText(text, names) {
  return unescape(text.replace(/<([^<>\n]+)>/g, (whole, content) => {
    const [target, label = ''] = content.split('|');
    switch (target[0]) {
      case '@':
        return `@${names.user(target.slice(1)) ?? (label || target.slice(1))}`;
      case '#':
        return `#${names.channel(target.slice(1)) ?? (label || target.slice(1))}`;
      case '!':
        return ['!here', '!channel', '!everyone'].includes(target) ? `@${target.slice(1)}` : (label || whole);
      default:
        return target;
    }
  }));
}

/** Paragraphs, quotes and lists. */
function blocks(text, into, names) {
  if (!text) return;
  const lines = text.split('\n');
  let at = 0;
  const take = (fits) => {
    const start = at;
    while (at < lines.length && fits(lines[at])) at += 1;
    return lines.slice(start, at);
  };
  while (at < lines.length) {
    if (/^(?:&gt;|>){3}/.test(lines[at])) {
      const rest = lines.slice(at).join('\n').replace(/^(?:&gt;|>){3} ?/, '');
      into.append(paragraph(rest, names, 'blockquote'));
      return;
    }
    const quoted = take(isQuote).map((line) => line.replace(/^(?:&gt;|>) ?/, ''));
    if (quoted.length) into.append(paragraph(quoted.join('\n'), names, 'blockquote'));
    const points = take(isPoint);
    if (points.length) into.append(bullets(points, names));
    const plain = take((line) => !isQuote(line) && !isPoint(line)).join('\n');
    if (plain) into.append(paragraph(plain, names, 'p'));
  }
}

const isQuote = (line) => /^(?:&gt;|>)/.test(line);
const isPoint = (line) => /^\s*[•◦▪] /.test(line);

function paragraph(text, names, tag) {
  const node = h(tag);
  inline(text, node, names, MARKS);
  return node;
}

function bullets(lines, names) {
  return h('ul', null, lines.map((line) => {
    const [, indent, point] = /^(\s*)([•◦▪]) /.exec(line);
    const deep = indent.length > 1 || point !== '•';
    const item = h('li', { class: deep && 'deep' });
    inline(line.slice(indent.length + 2), item, names, MARKS);
    return item;
  }));
}

/** Renders inline markup. `marks` are those that may still open here. */
function inline(text, into, names, marks) {
  let plain = '';
  let at = 0;
  const hopeless = {};
  const put = (node, length) => {
    if (plain) into.append(unescape(plain));
    plain = '';
    into.append(node);
    at += length;
  };
  while (at < text.length) {
    const [node, length] = piece(text, at, names, marks, hopeless) ?? [];
    if (node) {
      put(node, length);
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) into.append(unescape(plain));
}

/** The element that starts here and the length of its text; null for plain text. */
function piece(text, at, names, marks, hopeless) {
  const sign = text[at];
  if (sign === '<') return matched(TOKEN, text, at, (found) => live(found, names));
  if (sign === '`') return matched(CODE, text, at, (found) => h('code', null, unescape(found)));
  if (sign === 'h' && startsWord(text, at)) return address(text, at);
  if (sign === ':') {
    return matched(EMOJI, text, at, (found) => (isKnown(found) ? emoji(found) : null));
  }
  if (!(sign in marks) || !opens(text, at)) return null;
  const close = closing(text, at, hopeless);
  if (close < 0) return null;
  const { [sign]: tag, ...inner } = marks;
  const node = h(tag);
  inline(text.slice(at + 1, close), node, names, inner);
  return [node, close + 1 - at];
}

function matched(pattern, text, at, make) {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  const node = found && make(found[1]);
  return node ? [node, found[0].length] : null;
}

const startsWord = (text, at) => at === 0 || !WORD.test(text[at - 1]);

/** Whether a mark opens formatting: it must precede a word and not follow one. */
function opens(text, at) {
  const next = text[at + 1];
  return startsWord(text, at) && next !== undefined && !/\s/.test(next) && next !== text[at];
}

/** The index that closes the mark at `at` on its line, outside code and links; -1 if none. */
function closing(text, at, hopeless) {
  const mark = text[at];
  if (at < (hopeless[mark] ?? 0)) return -1;
  let index = at + 1;
  while (index < text.length && text[index] !== '\n') {
    const sign = text[index];
    const whole = { '<': TOKEN, '`': CODE }[sign];
    const skipped = whole ? length(whole, text, index) : 0;
    if (skipped) {
      index += skipped;
    } else if (sign === mark && index > at + 1 && closes(text, index)) {
      return index;
    } else {
      index += 1;
    }
  }
  // Spare the rest of the line from searching again.
  hopeless[mark] = index;
  return -1;
}

const closes = (text, at) =>
  !/\s/.test(text[at - 1]) && (at + 1 === text.length || !WORD.test(text[at + 1]));

function length(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** A bare URL. */
function address(text, at) {
  ADDRESS.lastIndex = at;
  const found = ADDRESS.exec(text)?.[0].replace(/(?:[.,;:!?'")\]*_~]|&gt;|&lt;)+$/, '');
  const node = found && link(unescape(found), unescape(found));
  return node ? [node, found.length] : null;
}

/** The element for `<…>`; null if it is unknown, so that it stays text. */
export function live(content, names) {
  const bar = content.indexOf('|');
  const target = bar < 0 ? content : content.slice(0, bar);
  const label = bar < 0 ? '' : unescape(content.slice(bar + 1));
  const id = target.slice(1);
  switch (target[0]) {
    case '@':
      return id ? user(id, label, names) : null;
    case '#':
      return id ? channel(id, label, names) : null;
    case '!':
      return special(id, label);
    default:
      return link(unescape(target), label || unescape(target).replace(/^mailto:/, ''));
  }
}

function user(id, label, names) {
  const className = id === names.me ? 'mention mention-me' : 'mention';
  return h('span', { class: className, 'data-user': id }, `@${names.user(id) ?? (label || id)}`);
}

function channel(id, label, names) {
  const name = names.channel(id);
  const text = `#${name ?? (label || id)}`;
  return name === null
    ? h('span', { class: 'mention' }, text)
    : h('a', { class: 'mention', href: `#/${encodeURIComponent(name)}` }, text);
}

function special(id, label) {
  const [kind] = id.split('^');
  if (['here', 'channel', 'everyone'].includes(kind)) {
    return h('span', { class: 'mention mention-me' }, `@${kind}`);
  }
  if (kind === 'subteam') return h('span', { class: 'mention' }, label || `@${id.slice(kind.length + 1)}`);
  return kind === 'date' && label ? h('span', null, label) : null;
}

function link(target, label) {
  try {
    if (!SAFE.has(new URL(target).protocol)) return null;
  } catch {
    return null;
  }
  const elsewhere = { target: '_blank', rel: 'noopener noreferrer' };
  return h('a', { class: 'link', href: target, ...elsewhere }, label);
}
