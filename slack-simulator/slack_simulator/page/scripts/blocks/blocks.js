// Slack's Block Kit as elements: https://docs.slack.dev/reference/block-kit/blocks
//
// `context` has `app`, `act(action)`, which is called for a used element, and `errors` by block ID of
// a rejected modal.

import { h } from '../elements/dom.js';
import { emoji } from '../elements/emoji.js';
import { codeBlock, live, renderMarkup, unescape } from '../elements/markup.js';
import { interactive } from './inputs.js';
import { newerBlocks } from './newer.js';

export function renderBlocks(blocks, context) {
  return blocks.map((block) => {
    const draw = BLOCKS[block.type];
    const content = draw
      ? draw(block, { ...context, blockId: block.block_id ?? '' })
      : h('p', { class: 'block-unknown' }, `The simulator doesn’t show blocks of type ${block.type}.`);
    return h('div', { class: `block block-${block.type}`, 'data-block-id': block.block_id }, content);
  });
}

const BLOCKS = {
  header: ({ text }) => h('p', { class: 'block-title' }, unescape(text?.text ?? '')),
  divider: () => h('hr'),
  image: (block) => picture(block),
  markdown: ({ text }, { app }) => h('div', { class: 'text' }, renderMarkup(text ?? '', app.names)),
  section: (block, context) => [
    h('div', { class: 'block-words' },
      block.text && words(block.text, context),
      block.fields?.length > 0 && h('div', { class: 'block-fields' },
        block.fields.map((field) => words(field, context)))),
    block.accessory && element(block.accessory, context),
  ],
  context: ({ elements = [] }, context) => elements.map((each) =>
    (each.type === 'image' ? picture(each, 'block-thumb') : words(each, context))),
  actions: ({ elements = [] }, context) => elements.map((each) => element(each, context)),
  context_actions: ({ elements = [] }, context) => elements.map((each) => element(each, context)),
  input: (block, context) => input(block, context),
  task_card: (block, context) => task(block, context),
  plan: ({ title, tasks = [] }, context) => [
    title && h('p', { class: 'block-label' }, title),
    h('ul', { class: 'block-tasks' }, tasks.map((each) => h('li', null, task(each, context)))),
  ],
  rich_text: ({ elements = [] }, context) =>
    h('div', { class: 'text' }, elements.map((each) => richPart(each, context))),
  ...newerBlocks({ blocks: renderBlocks, element, picture, words, cell: cellOf, plain, link }),
};

function link(address, name) {
  const shown = name ?? address ?? '';
  return live(`${address ?? ''}|${shown}`, {}) ?? shown;
}

function cellOf(cell, context) {
  return cell.type === 'rich_text'
    ? (cell.elements ?? []).map((each) => richPart(each, context)) : plain(String(cell.text ?? cell.value ?? ''));
}

const MARKS = { complete: '✓', error: '✗', in_progress: '…' };

/** What an assistant is doing: a line, and what came of it. */
function task({ title, status, details, output, sources = [] }, context) {
  const more = [details, output].filter(Boolean)
    .map((each) => (each.elements ?? []).map((part) => richPart(part, context)));
  const from = sources.map(({ url, text }) => [link(url, text), ' ']);
  return [h('p', null, `${MARKS[status] ?? '·'} ${title ?? ''}`), more, from];
}

/** A text object: markup or plain text, both with emoji. */
export function words(text, { app }) {
  if (!text) return null;
  if (text.type === 'mrkdwn') return h('div', { class: 'text' }, renderMarkup(text.text, app.names));
  return h('div', { class: 'text' }, plain(text.text));
}

function plain(text = '') {
  return text.split(/(:[a-z0-9_+'-]+:)/).map((part, index) => (index % 2 ? emoji(part.slice(1, -1)) : part));
}

function element(each, context) {
  if (each.type === 'image') return picture(each, 'block-thumb');
  return interactive(each, { ...context, live: true })
    ?? h('p', { class: 'block-unknown' }, `The simulator doesn’t show elements of type ${each.type}.`);
}

/** A link in place of an image, because nothing is fetched from other sites. */
function picture({ alt_text: alt, image_url: address, title }, className = 'block-picture') {
  const name = title?.text || alt || 'picture';
  return h('a', { class: `link ${className}`, href: address ?? '#', target: '_blank', rel: 'noopener noreferrer' },
    `[${name}]`);
}

let inputs = 0;

function input(block, context) {
  inputs += 1;
  const id = `input-${inputs}`;
  const { label, hint, optional, dispatch_action: live = false } = block;
  const error = context.errors?.[context.blockId];
  const describedby = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  const name = label?.text ?? '';
  const field = interactive(block.element, { ...context, live, id, describedby, name, invalid: Boolean(error) })
    ?? h('p', { class: 'block-unknown' }, `The simulator doesn’t show elements of type ${block.element?.type}.`);
  const title = [name, optional && h('span', { class: 'block-optional' }, ' (optional)')];
  return [
    field.matches?.('fieldset, .block-group') ? h('p', { class: 'block-label' }, title)
      : h('label', { class: 'block-label', for: id }, title),
    field,
    hint && h('p', { class: 'block-hint', id: `${id}-hint` }, hint.text),
    error && h('p', { class: 'block-error', id: `${id}-error`, role: 'alert' }, error),
  ];
}

// Rich text, as produced by Slack's composer.

function richPart(part, context) {
  const children = () => (part.elements ?? []).map((each) => richLeaf(each, context));
  switch (part.type) {
    case 'rich_text_section':
      return h('p', null, children());
    case 'rich_text_quote':
      return h('blockquote', null, children());
    case 'rich_text_preformatted':
      return codeBlock((part.elements ?? []).map((each) => each.text ?? '').join(''), 'Code');
    case 'rich_text_list':
      return h(part.style === 'ordered' ? 'ol' : 'ul', null,
        (part.elements ?? []).map((each) => h('li', null, richPart(each, context))));
    default:
      return null;
  }
}

const TAGS = { bold: 'strong', italic: 'em', strike: 's', code: 'code' };

function richLeaf(leaf, { app: { names } }) {
  let node = leafNode(leaf, names);
  for (const [style, on] of Object.entries(leaf.style ?? {})) {
    if (on && TAGS[style]) node = h(TAGS[style], null, node);
  }
  return node;
}

function swatch(colour) {
  const node = h('span', { class: 'swatch' });
  node.style.background = colour;
  return node;
}

function leafNode(leaf, names) {
  switch (leaf.type) {
    case 'emoji':
      return emoji(leaf.name);
    case 'link':
      return link(leaf.url, leaf.text);
    case 'user':
      return live(`@${leaf.user_id}`, names);
    case 'channel':
      return live(`#${leaf.channel_id}`, names);
    case 'broadcast':
      return live(`!${leaf.range}`, names);
    case 'usergroup':
      return live(`!subteam^${leaf.usergroup_id}`, names);
    case 'date':
      return leaf.fallback ?? new Date(leaf.timestamp * 1000).toLocaleString();
    case 'color':
      return [swatch(leaf.value), leaf.value];
    case 'team':
      return leaf.team_id;
    default:
      return leaf.text ?? '';
  }
}
