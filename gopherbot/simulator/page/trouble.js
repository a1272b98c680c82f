// Switches that make Slack misbehave, so that one can watch the bot cope.

import { h, icon, sync } from './dom.js';

const REDELIVERIES = 4;

export function buildTrouble(_pane, app) {
  const { actions } = app;
  const calls = number('Next', 'calls', 2, 1, 20);
  const wait = number('Retry-After', 's', 2, 0, 25);
  const cuts = number('Next', 'posts', 1, 1, 5);
  return [
    h('div', { class: 'pane-scroll' },
      h('p', { class: 'trouble-lead' }, 'Real Slack limits, stalls, fails and repeats itself. Choose one, write to the bot, and open the trace of your message.'),
      h('div', { class: 'troubles' },
        trouble('Rate limit', 'Slack answers 429 and says when to come back. Nothing is done.', [calls.element, wait.element],
          once('Limit', () => actions.trouble({ kind: 'ratelimited', times: calls.value(), retry_after: wait.value() }))),
        trouble('Slow', 'Every call is answered two seconds late.', [],
          toggle('slow', 'Slow', (on) => (on ? actions.trouble({ kind: 'slow', seconds: 2, times: null }) : actions.endTrouble('slow')))),
        trouble('Down', 'Every call is answered 500. Nothing is done.', [],
          toggle('server_error', 'Down', (on) => (on ? actions.trouble({ kind: 'server_error', status: 500, times: null }) : actions.endTrouble('server_error')))),
        trouble('Cut after posting', 'The message is posted, but the connection ends without an answer.', [cuts.element],
          once('Cut', () => actions.trouble({ kind: 'cut_after', method: 'chat.postMessage', times: cuts.value() }))),
        trouble('Redeliver', `Every event is delivered ${REDELIVERIES} times, whatever the gateway answers.`, [],
          toggle('redeliver', 'Redeliver', (on) => actions.deliverTimes(on ? REDELIVERIES : 1)))),
      h('h3', { class: 'trouble-title' }, 'Going wrong now'),
      h('ul', { class: 'trouble-active', 'data-part': 'active', 'aria-live': 'polite' })),
    h('div', { class: 'pane-foot' },
      h('button', { type: 'button', class: 'button', 'data-part': 'reset', onclick: actions.stopTrouble }, 'Make Slack behave again')),
  ];
}

export function drawTrouble(aside, _pane, app) {
  const { workspace, actions } = app;
  const on = new Set(workspace.faults.map((fault) => fault.kind));
  if (workspace.settings.redeliver > 1) on.add('redeliver');
  for (const button of aside.querySelectorAll('[role="switch"]')) {
    button.setAttribute('aria-checked', String(on.has(button.dataset.kind)));
  }
  const active = actions.troubles();
  aside.querySelector('[data-part="reset"]').disabled = !active.length;
  const items = active.length ? active : ['Nothing: Slack works as it should.'];
  sync(aside.querySelector('[data-part="active"]'), items, {
    key: (text) => text,
    version: () => active.length,
    build: (text) => h('li', { class: active.length ? 'on' : 'off' }, icon(active.length ? 'warn' : 'check'), text),
  });
}

function trouble(title, words, fields, control) {
  return h('fieldset', { class: 'trouble' },
    h('legend', { class: 'trouble-name' }, title),
    h('p', null, words),
    fields.length > 0 && h('div', { class: 'trouble-row' }, fields),
    h('div', { class: 'trouble-control' }, control));
}

function once(label, onclick) {
  return h('button', { type: 'button', class: 'button', onclick }, label);
}

function toggle(kind, label, change) {
  return h('button', {
    type: 'button', class: 'switch', role: 'switch', 'aria-checked': 'false', 'aria-label': label, 'data-kind': kind,
    onclick: (event) => change(event.currentTarget.getAttribute('aria-checked') !== 'true'),
  }, h('span', { class: 'switch-knob' }));
}

function number(before, after, start, min, max) {
  const field = h('input', { class: 'field field-number', type: 'number', value: start, min, max, inputmode: 'numeric' });
  const element = h('label', { class: 'number' }, before, field, after);
  const value = () => Math.min(max, Math.max(min, Math.round(field.valueAsNumber) || start));
  return { element, value };
}
