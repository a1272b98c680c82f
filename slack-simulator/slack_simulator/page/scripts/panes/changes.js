// What the app would do differently since its files were changed, each with lines to try.

import { button, h, icon } from '../elements/dom.js';
import { count } from '../elements/format.js';
import { ruleInWords } from '../trace/summary.js';
import { post } from '../workspace/stream.js';

/** A part that asks the app when it's opened. `onTry(example)` is called for a message. */
export function changesPart(app, onTry) {
  const content = h('div', { class: 'changes' });
  const part = h('details', { class: 'raw', 'data-part': 'changes', ontoggle: () => drawChanges(part, app) },
    h('summary', null, 'What my changes do'), content);
  asking.set(part, { content, onTry, version: null });
  return part;
}

const asking = new WeakMap();
/** Characters of an answer that are shown. */
const SHOWN = 160;

/** Asks again if the part is open and the app's files have changed since. */
export async function drawChanges(part, { health }) {
  const state = asking.get(part);
  const { version } = health;
  if (!part.open || state.version === version) return;
  const { content, onTry } = Object.assign(state, { version });
  content.replaceChildren('Comparing …');
  const shown = await post('/sim/compare', {}).then((answer) => parts(answer, onTry),
    ({ message }) => [h('p', { class: 'explain-problems' }, icon('warn'), message)]);
  if (state.version === version) content.replaceChildren(...shown);
}

function parts({ before, after, changes, problems }, onTry) {
  const lead = h('p', null, `${before} → ${after}`);
  if (problems.length) return [lead, h('ul', null, problems.map((text) => h('li', null, text)))];
  if (!changes.length) return [lead, h('p', null, 'No line gets a different answer.')];
  return [lead, ...changes.map(({ kind, rule, source, lines, examples }) => h('section', null,
    h('p', null, h('span', { class: 'tag' }, ruleInWords(rule)), ` ${kind}, on ${count(lines, 'line')}`),
    source && h('p', null, source),
    examples.map((example) => line(example, onTry))))];
}

function line(example, onTry) {
  const { text, kind } = example;
  const [before, after] = aroundDifference(example.before, example.after);
  const content = [
    h('span', null, text),
    before && h('span', { class: 'change-before' }, `− ${before}`),
    after && h('span', { class: 'change-after' }, `+ ${after}`),
  ];
  return kind ? button('change', { onclick: () => onTry(example) }, content) : h('p', { class: 'change' }, content);
}

/** Both texts from shortly before they differ: answers may be long. */
function aroundDifference(...texts) {
  const [before, after] = texts.map((text) => [...text]);
  const different = before.findIndex((letter, at) => letter !== after[at]);
  const same = different < 0 ? before.length : different;
  const start = same > SHOWN / 2 ? same - SHOWN / 4 : 0;
  return [before, after].map((letters) => {
    if (!letters.length) return '';
    const shown = letters.slice(start, start + SHOWN).join('');
    return `${start ? '…' : ''}${shown}${letters.length > start + SHOWN ? '…' : ''}`;
  });
}
