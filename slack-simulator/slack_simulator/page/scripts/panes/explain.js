// What would it say? Shows what the app would do with a message while the user types it.

import { h, icon, sync } from '../elements/dom.js';
import { post } from '../workspace/stream.js';
import { changesPart, drawChanges } from './changes.js';
import { answerParts } from './explanation.js';

const PAUSE = 120;

let asked = 0;
let timer = 0;
let latest = { question: '', answer: null, problem: '' };
/** The last text, kept with its answer for the next time the pane is opened. */
let typed = '';
/** Whether it's asked what the app would do as it was before its files were changed. */
let before = false;

export function buildExplain(_pane, app) {
  const field = h('textarea', {
    class: 'field explain-field', rows: 3, value: typed, 'aria-label': 'What a member types',
    placeholder: `@${app.workspace.bot.name} help`, spellcheck: 'false',
    oninput: () => ask(field.value, app),
  });
  field.value = typed;
  // Whoever opens the pane again can read on, or type something else in its place.
  field.select();
  ask(typed, app, { again: true });
  const answer = h('div', {
    role: 'region', 'aria-label': 'What it would do', 'aria-live': 'polite', 'data-part': 'answer',
  });
  const tryLine = ({ text, kind, channel }) => {
    const route = kind === 'dm' ? app.view.botRoute : channel;
    app.actions.go(app.view.resolve(route) ? route : 'general');
    field.value = text;
    ask(text, app);
    field.focus();
    answer.scrollIntoView({ block: 'start' });
  };
  return [
    h('div', { class: 'explain-ask' }, field, h('p', { class: 'explain-where', 'data-part': 'where' }),
      app.workspace.extensions.includes('compare')
        && versions(() => ask(typed, app))),
    h('div', { class: 'pane-scroll' },
      answer,
      app.workspace.extensions.includes('compare') && changesPart(app, tryLine)),
  ];
}

export function drawExplain(aside, _pane, app) {
  const { view, workspace } = app;
  const where = aside.querySelector('[data-part="where"]');
  where.textContent = `As ${workspace.users.get(view.me).name}, in ${view.conversationTitle}`;
  // The answer may differ by conversation and member.
  if (latest.question && latest.question !== questionKey(typed, app)) ask(typed, app);
  if (app.health.version !== latest.answer?.version && latest.answer) ask(typed, app, { again: true });
  const changes = aside.querySelector('[data-part="changes"]');
  if (changes) drawChanges(changes, app);
  sync(aside.querySelector('[data-part="answer"]'), [latest], {
    key: () => 'answer',
    version: ({ number }) => number,
    build: (each) => h('div', { class: 'explain-content' }, parts(each, app)),
  });
}

function parts({ answer, problem }, app) {
  if (problem) return h('p', { class: 'explain-problems' }, icon('warn'), problem);
  if (!answer) return h('p', { class: 'explain-silent' }, 'Type a message to see what the bot would do.');
  return answerParts(answer, app);
}

/** The switch between the app as it is and as its files were changed. */
function versions(onChange) {
  const choice = (label, value) => h('label', { class: 'check' },
    h('input', {
      type: 'radio', name: 'version', checked: value === before,
      onchange() {
        before = value;
        onChange();
      },
    }), label);
  return h('div', { class: 'versions', role: 'radiogroup', 'aria-label': 'Which version' },
    choice('As it is', true), choice('As I changed it', false));
}

const questionKey = (text, { view }) => `${text.trim()} ${view.conversationKey} ${before}`;

/** Asks after a pause in typing; with `again`, even if the question is unchanged. */
function ask(text, app, { again = false } = {}) {
  typed = text;
  const key = questionKey(text, app);
  if (!again && key === latest.question) return;
  latest = { ...latest, question: key };
  clearTimeout(timer);
  timer = setTimeout(() => send(text, app, key), PAUSE);
}

async function send(text, app, question) {
  asked += 1;
  const number = asked;
  const show = (facts) => {
    // Discard answers to superseded questions.
    if (number !== asked) return;
    latest = { question, number, answer: null, problem: '', ...facts };
    app.draw();
  };
  if (!text.trim()) {
    show({});
    return;
  }
  const { view, workspace } = app;
  const { conversation } = view;
  const user = workspace.users.get(view.me).name;
  const body = { text, channel: conversation.name, kind: conversation.kind, user, before };
  try {
    show({ answer: await post('/sim/explain', body) });
  } catch (problem) {
    show({ problem: problem.message });
  }
}
