// What the app would do differently since its files were changed, each with lines to try.

import { button, h, icon } from '../elements/dom.js';
import { count } from '../elements/format.js';
import { ruleInWords } from '../trace/summary.js';
import { post } from '../workspace/stream.js';

/** A part that asks the app when it's opened. `onTry({ text, kind })` is called for a line. */
export function changesPart(onTry) {
  const content = h('div', { class: 'changes' });
  const ontoggle = async ({ currentTarget }) => {
    if (!currentTarget.open) return;
    content.replaceChildren('Comparing …');
    try {
      content.replaceChildren(...parts(await post('/sim/compare', {}), onTry));
    } catch (problem) {
      content.replaceChildren(h('p', { class: 'explain-problems' }, icon('warn'), problem.message));
    }
  };
  return h('details', { class: 'raw', ontoggle }, h('summary', null, 'What my changes do'), content);
}

function parts({ before, after, changes, problems }, onTry) {
  const lead = h('p', null, `${before} → ${after}`);
  if (problems.length) return [lead, h('ul', null, problems.map((text) => h('li', null, text)))];
  if (!changes.length) return [lead, h('p', null, 'No line gets a different answer.')];
  return [lead, ...changes.map(({ kind, rule, source, lines, examples }) => h('section', null,
    h('p', { class: 'change-title' }, h('span', { class: 'tag' }, ruleInWords(rule)), ` ${kind}, on ${count(lines, 'line')}`),
    source && h('p', { class: 'change-source' }, source),
    examples.map((example) => button('change', { onclick: () => onTry(example) },
      h('span', null, example.text),
      example.before && h('span', { class: 'change-before' }, `− ${example.before}`),
      example.after && h('span', { class: 'change-after' }, `+ ${example.after}`)))))];
}
