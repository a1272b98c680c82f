// The parts below a message's text: attachments, files, and cards for links.

import { button, h, icon, picture } from '../elements/dom.js';
import { bytes } from '../elements/format.js';
import { codeBlock, renderMarkup, unescape } from '../elements/markup.js';

/** Attachments longer than this are folded. */
const LONG_LINES = 14;
const LONG_TEXT = 1200;

const unfolded = new Set();

/** `draw` draws the blocks of an attachment. */
export function attachments(message, app, draw) {
  return message.attachments.map((attachment, index) => {
    const { pretext, title, text, fallback, fields = [], footer, color } = attachment;
    const words = text || (title || fields.length ? '' : fallback) || '';
    const content = h('div', { class: 'attachment-text' }, renderMarkup(words, app.names));
    const block = h('div', { class: 'attachment' },
      title && h('div', { class: 'attachment-title' }, unescape(title)),
      attachment.blocks?.length ? draw(attachment.blocks) : content,
      attachment.controls?.length && draw(attachment.controls),
      fields.map(({ title: name, value = '' }) => h('dl', { class: 'attachment-field' },
        h('dt', null, name), h('dd', null, renderMarkup(value, app.names)))),
      footer && h('div', { class: 'attachment-footer' }, unescape(footer)));
    const bar = /^#?([0-9a-f]{6})$/i.exec(color ?? '');
    if (bar) block.style.setProperty('--bar', `#${bar[1]}`);
    if (isLong(words)) fold(block, content, `${message.key} ${index}`);
    return [pretext && h('div', { class: 'text' }, renderMarkup(pretext, app.names)), block];
  });
}

const isLong = (text) => text.length > LONG_TEXT || text.split('\n').length > LONG_LINES;

function fold(block, content, key) {
  const show = () => {
    const open = unfolded.has(key);
    content.classList.toggle('folded', !open);
    // Hidden links must not be tab stops.
    for (const link of content.querySelectorAll('a')) link.tabIndex = open ? 0 : -1;
    more.textContent = open ? 'Show less' : 'Show all';
    more.setAttribute('aria-expanded', String(open));
  };
  const more = button('link-button', {
    'data-f': `fold ${key}`,
    onclick() {
      if (!unfolded.delete(key)) unfolded.add(key);
      show();
    },
  });
  block.append(more);
  show();
}

/** The whole texts of the files that were opened, by ID. */
const opened = new Map();

export function files(message) {
  return message.files.map((file) => {
    const address = `/sim/file?id=${file.id}`;
    const note = [file.pretty_type, bytes(file.size), file.lines_more > 0 && `${file.lines} lines`];
    return h('figure', { class: 'file' },
      h('figcaption', { class: 'file-head' },
        icon('file'),
        h('a', { class: 'file-name link', href: address, target: '_blank', rel: 'noopener noreferrer' }, file.name),
        h('span', { class: 'file-note' }, note.filter(Boolean).join(' · '))),
      file.mimetype.startsWith('image/') && picture(address, file.name, 'file-picture'),
      file.preview && preview(file, address));
  });
}

function preview({ id, name, preview: beginning, preview_is_truncated: cut }, address) {
  if (!cut || opened.has(id)) return codeBlock(opened.get(id) ?? beginning, name, 'file-preview');
  const start = codeBlock(`${beginning}\n…`, `Beginning of ${name}`, 'file-preview');
  const onclick = async () => {
    opened.set(id, await (await fetch(address)).text());
    const whole = codeBlock(opened.get(id), name, 'file-preview');
    more.remove();
    start.replaceWith(whole);
    whole.focus();
  };
  const more = button('link-button', { 'data-f': `open ${id}`, onclick }, 'Show all');
  return [start, more];
}

/** Link cards. Slack fetches the pages; here, a card shows only the address. */
export function unfurls(message, text) {
  if (!message.unfurl) return null;
  const addresses = new Set([...text.querySelectorAll('a.link')].map((link) => link.href));
  const shown = [...addresses].filter((address) => address.startsWith('http')).slice(0, 3);
  return shown.map((address) => {
    const { host, pathname } = new URL(address);
    const elsewhere = { target: '_blank', rel: 'noopener noreferrer' };
    return h('a', { class: 'unfurl', href: address, ...elsewhere },
      h('span', { class: 'unfurl-picture' }, icon('globe')),
      h('span', { class: 'unfurl-words' },
        h('span', { class: 'unfurl-host' }, host.replace(/^www\./, '')),
        h('span', { class: 'unfurl-path' }, pathname === '/' ? address : pathname)));
  });
}
