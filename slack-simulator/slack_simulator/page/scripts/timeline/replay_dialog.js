// The dialog to edit an event and send it again.

import { button, h } from '../elements/dom.js';
import { showDialog } from '../elements/dialog.js';

export function openReplayDialog(app, id, event) {
  showDialog('Edit and send', (close) => {
    const field = h('textarea', {
      class: 'field replay-field', id: 'replay-event', rows: 14, spellcheck: 'false',
      'data-first': true, 'aria-describedby': 'replay-problem',
    });
    field.value = JSON.stringify(event, null, 2);
    const now = h('input', { type: 'checkbox', checked: true });
    const problem = h('p', { class: 'replay-problem', id: 'replay-problem', role: 'alert' });
    const send = async (submitted) => {
      submitted.preventDefault();
      let changed;
      try {
        changed = JSON.parse(field.value);
      } catch (error) {
        problem.textContent = `This isn’t valid JSON: ${error.message}`;
        return;
      }
      const sent = await app.actions.replay(id, now.checked ? asOfNow(changed) : changed);
      if (!sent) return;
      close();
      app.actions.openTrace({ id: sent });
    };
    return h('form', { class: 'dialog-form', onsubmit: send },
      h('label', { for: 'replay-event' }, 'Event'),
      field,
      problem,
      h('label', { class: 'check' }, now, 'As if it happened now'),
      h('div', { class: 'dialog-buttons' },
        button('button', { onclick: close }, 'Cancel'),
        button('button button-main', { type: 'submit' }, 'Send')));
  }, 'dialog-wide').querySelector('textarea').setSelectionRange(0, 0);
}

/** An event with the current time, which makes a message a new one. */
function asOfNow(event) {
  const ts = `${(Date.now() / 1000).toFixed(3)}${String(Math.floor(Math.random() * 1000)).padStart(3, '0')}`;
  const times = 'event_ts' in event ? { event_ts: ts } : {};
  return 'ts' in event && !event.subtype ? { ...event, ...times, ts } : { ...event, ...times };
}
