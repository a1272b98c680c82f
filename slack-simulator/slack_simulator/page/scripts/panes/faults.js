// Switches that make Slack misbehave, to see how the bot copes.

import { button, h, icon, sync } from '../elements/dom.js';

const REDELIVERIES = 4;
const FAULT_SETS = ['rush hour', 'deploy', 'lost answers', 'worst day'];
const RESET = 'Make Slack behave again';
const LEAD = 'The real Slack has rate limits, delays, outages and duplicate events. Choose one, write to '
  + 'the bot, and open the trace of your message.';

export function buildFaults(_pane, { actions }) {
  const calls = number('Next', 'calls', 2, 1, 20);
  const wait = number('Retry-After', 's', 2, 0, 25);
  const cuts = number('Next', 'posts', 1, 1, 5);
  const limit = () =>
    actions.addFault({ kind: 'ratelimited', times: calls.value(), retry_after: wait.value() });
  const cut = () =>
    actions.addFault({ kind: 'cut_after', method: 'chat.postMessage', times: cuts.value() });
  const lasting = (fault) => (on) =>
    (on ? actions.addFault({ ...fault, times: null }) : actions.removeFaults(fault.kind));
  const onclick = actions.clearFaults;
  const redeliver = (on) => actions.deliverTimes(on ? REDELIVERIES : 1);
  return [
    h('div', { class: 'pane-scroll' },
      h('p', { class: 'faults-lead' }, LEAD),
      h('div', { class: 'faults' },
        control('Rate limit', 'Calls return 429 with a Retry-After and have no effect.',
          once('Limit', limit), calls.element, wait.element),
        control('Slow', 'Every call takes two seconds longer.',
          toggle('slow', 'Slow', lasting({ kind: 'slow', seconds: 2 }))),
        control('Down', 'Every call returns 500 and has no effect.',
          toggle('server_error', 'Down', lasting({ kind: 'server_error', status: 500 }))),
        control('Cut after posting', 'The message is posted, but the connection drops before the response.',
          once('Cut', cut), cuts.element),
        control('Redeliver',
          `Every event is delivered ${REDELIVERIES} times, even if it’s acknowledged.`,
          toggle('redeliver', 'Redeliver', redeliver)),
        inWords(actions)),
      h('h3', { class: 'faults-title' }, 'Active now'),
      h('ul', { class: 'faults-active', 'data-part': 'active' })),
    h('div', { class: 'pane-foot' }, button('button', { 'data-part': 'reset', onclick }, RESET)),
  ];
}

export function drawFaults(aside, _pane, { workspace, actions }) {
  const on = new Set(workspace.faults.map((fault) => fault.kind));
  if (workspace.settings.redeliver > 1) on.add('redeliver');
  for (const each of aside.querySelectorAll('[role="switch"]')) {
    each.setAttribute('aria-checked', String(on.has(each.dataset.kind)));
  }
  const active = actions.faultsInWords();
  const some = active.length > 0;
  aside.querySelector('[data-part="reset"]').disabled = !some;
  const lines = some ? active : ['Nothing. Slack works normally.'];
  sync(aside.querySelector('[data-part="active"]'), lines, {
    key: (text) => text,
    version: () => some,
    build: (text) => h('li', { class: some ? 'on' : 'off' }, icon(some ? 'warn' : 'check'), text),
  });
}

function control(title, words, action, ...fields) {
  return h('fieldset', { class: 'fault' },
    h('legend', { class: 'fault-name' }, title),
    h('p', null, words),
    fields.length > 0 && h('div', { class: 'fault-row' }, fields),
    h('div', { class: 'fault-control' }, action));
}

/** A fault as a line of text, or a named set of them. */
function inWords(actions) {
  const field = h('input', {
    class: 'field', 'aria-label': 'A fault in words', placeholder: 'chat.* 503 twice', list: 'fault-sets',
    required: true,
  });
  const onsubmit = async (event) => {
    event.preventDefault();
    if (await actions.addFaultLines(field.value)) field.value = '';
  };
  const sets = h('datalist', { id: 'fault-sets' },
    FAULT_SETS.map((name) => h('option', { value: name })));
  return h('form', { class: 'fault', onsubmit },
    h('p', { class: 'fault-name' }, 'In words'),
    h('p', null, 'A line such as “chat.postMessage lost in general”, or a set such as “worst day”.'),
    h('div', { class: 'fault-row' }, field, sets),
    h('div', { class: 'fault-control' }, button('button', { type: 'submit' }, 'Add')));
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
