// Switches that make Slack misbehave, to see how the bot copes.

import { button, h, icon, sync } from '../elements/dom.js';

const REDELIVERIES = 4;
const RESET = 'Make Slack behave again';
const LEAD = 'The real Slack has rate limits, delays, outages and duplicate events. Choose one, write to '
  + 'the bot, and open the trace of your message.';

export function buildTrouble(_pane, { actions }) {
  const calls = number('Next', 'calls', 2, 1, 20);
  const wait = number('Retry-After', 's', 2, 0, 25);
  const cuts = number('Next', 'posts', 1, 1, 5);
  const limit = () =>
    actions.trouble({ kind: 'ratelimited', times: calls.value(), retry_after: wait.value() });
  const cut = () =>
    actions.trouble({ kind: 'cut_after', method: 'chat.postMessage', times: cuts.value() });
  const lasting = (fault) => (on) =>
    (on ? actions.trouble({ ...fault, times: null }) : actions.endTrouble(fault.kind));
  const onclick = actions.stopTrouble;
  const redeliver = (on) => actions.deliverTimes(on ? REDELIVERIES : 1);
  return [
    h('div', { class: 'pane-scroll' },
      h('p', { class: 'trouble-lead' }, LEAD),
      h('div', { class: 'troubles' },
        trouble('Rate limit', 'Calls return 429 with a Retry-After and have no effect.',
          once('Limit', limit), calls.element, wait.element),
        trouble('Slow', 'Every call takes two seconds longer.',
          toggle('slow', 'Slow', lasting({ kind: 'slow', seconds: 2 }))),
        trouble('Down', 'Every call returns 500 and has no effect.',
          toggle('server_error', 'Down', lasting({ kind: 'server_error', status: 500 }))),
        trouble('Cut after posting', 'The message is posted, but the connection drops before the response.',
          once('Cut', cut), cuts.element),
        trouble('Redeliver',
          `Every event is delivered ${REDELIVERIES} times, even if it’s acknowledged.`,
          toggle('redeliver', 'Redeliver', redeliver))),
      h('h3', { class: 'trouble-title' }, 'Active now'),
      h('ul', { class: 'trouble-active', 'data-part': 'active' })),
    h('div', { class: 'pane-foot' }, button('button', { 'data-part': 'reset', onclick }, RESET)),
  ];
}

export function drawTrouble(aside, _pane, { workspace, actions }) {
  const on = new Set(workspace.faults.map((fault) => fault.kind));
  if (workspace.settings.redeliver > 1) on.add('redeliver');
  for (const each of aside.querySelectorAll('[role="switch"]')) {
    each.setAttribute('aria-checked', String(on.has(each.dataset.kind)));
  }
  const active = actions.troubles();
  const some = active.length > 0;
  aside.querySelector('[data-part="reset"]').disabled = !some;
  const lines = some ? active : ['Nothing. Slack works normally.'];
  sync(aside.querySelector('[data-part="active"]'), lines, {
    key: (text) => text,
    version: () => some,
    build: (text) => h('li', { class: some ? 'on' : 'off' }, icon(some ? 'warn' : 'check'), text),
  });
}

function trouble(title, words, control, ...fields) {
  return h('fieldset', { class: 'trouble' },
    h('legend', { class: 'trouble-name' }, title),
    h('p', null, words),
    fields.length > 0 && h('div', { class: 'trouble-row' }, fields),
    h('div', { class: 'trouble-control' }, control));
}

const once = (label, onclick) => button('button', { onclick }, label);

function toggle(kind, label, change) {
  return button('switch', {
    role: 'switch', 'aria-checked': 'false', 'aria-label': label, 'data-kind': kind,
    onclick: (event) => change(event.currentTarget.getAttribute('aria-checked') !== 'true'),
  }, h('span', { class: 'switch-knob' }));
}

function number(before, after, start, min, max) {
  const properties = { type: 'number', inputmode: 'numeric', value: start, min, max };
  const field = h('input', { class: 'field field-number', ...properties });
  const element = h('label', { class: 'number' }, before, field, after);
  const value = () => {
    const given = Math.round(field.valueAsNumber);
    return Number.isNaN(given) ? start : Math.min(max, Math.max(min, given));
  };
  return { element, value };
}
