// Raw requests and responses, made readable: indented JSON, and forms as JSON.

import { get } from '../workspace/stream.js';
import { button, h, icon } from './dom.js';
import { codeBlock } from './markup.js';

/** A text with a copy button. JSON and forms are formatted. */
export function rawText(text, label) {
  const shown = pretty(text);
  const copy = button('icon-button raw-copy', {
    'aria-label': `Copy: ${label}`, title: 'Copy',
    async onclick(event) {
      const { currentTarget } = event;
      await navigator.clipboard.writeText(shown);
      currentTarget.replaceChildren(icon('check'));
      setTimeout(() => currentTarget.replaceChildren(icon('copy')), 1500);
    },
  }, icon('copy'));
  return h('div', { class: 'raw-text' }, codeBlock(shown || '(empty)', label), shown && copy);
}

/** A request and its response, fetched when first opened. */
export function exchange(number, title = 'Request and response') {
  const content = h('div', { class: 'raw-content' }, 'Loading …');
  const ontoggle = async ({ currentTarget }) => {
    if (!currentTarget.open || currentTarget.dataset.loaded) return;
    currentTarget.dataset.loaded = 'true';
    try {
      content.replaceChildren(...parts(await get(`/sim/exchange?id=${number}`)));
    } catch (problem) {
      content.replaceChildren(problem.message);
      delete currentTarget.dataset.loaded;
    }
  };
  return h('details', { class: 'raw', ontoggle }, h('summary', null, title), content);
}

function parts({ request, response }) {
  return [
    h('p', { class: 'raw-title' }, `${request.method} ${request.url}`),
    headers(request.headers),
    rawText(request.body, 'Request body'),
    h('p', { class: 'raw-title' }, response ? `Response: ${response.status}` : 'No response'),
    response && headers(response.headers),
    response && rawText(response.body, 'Response body'),
  ].filter(Boolean);
}

function headers(named) {
  return h('dl', { class: 'raw-headers' }, Object.entries(named).map(([name, value]) =>
    [h('dt', null, name), h('dd', null, value)]));
}

/** JSON indented, a form as JSON (including JSON in its fields), any other text unchanged. */
export function pretty(text) {
  const value = parsed(text);
  if (value !== undefined) return JSON.stringify(value, null, 2);
  if (!/^[\w.%+-]+=[^\s]*$/.test(text)) return text;
  const fields = [...new URLSearchParams(text)].map(([name, each]) => [name, parsed(each) ?? each]);
  return JSON.stringify(Object.fromEntries(fields), null, 2);
}

function parsed(text) {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
