// A trace in the pane: its steps and their times, updated live.

import { botIcon } from '../elements/avatar.js';
import { button, h, icon, sync } from '../elements/dom.js';
import { emoji } from '../elements/emoji.js';
import { duration } from '../elements/format.js';
import { codeBlock, plainText } from '../elements/markup.js';
import { exchange, rawText } from '../elements/raw.js';
import { whyNothing } from './why.js';
import { rows } from './steps.js';
import { ruleInWords, summary } from './summary.js';

export function buildTrace(pane, app) {
  const onchange = (event) => {
    app.view.pane.follow = event.target.checked;
  };
  return [
    h('div', { class: 'pane-scroll' },
      h('div', { 'data-part': 'subject' }),
      h('div', { 'data-part': 'summary' }),
      h('ol', { class: 'steps', 'data-part': 'steps', 'aria-label': 'Steps' }),
      h('div', { 'data-part': 'why' }),
      h('div', { class: 'trace-actions', 'data-part': 'actions' }),
      h('details', { class: 'raw raw-events' },
        h('summary', null, 'Raw events'), h('div', { 'data-part': 'raw' }))),
    h('label', { class: 'pane-foot' },
      h('input', { type: 'checkbox', checked: pane.follow, onchange }),
      'Follow my next message'),
  ];
}

export function drawTrace(aside, pane, app) {
  const trace = app.traces.byEvent.get(pane.id);
  const part = (name) => aside.querySelector(`[data-part="${name}"]`);
  const seen = trace ? [trace] : [];
  const whole = { key: () => pane.id, version: (each) => each.revision };
  sync(part('subject'), trace ? seen : ['gone'], {
    ...whole, build: (each) => (trace ? subject(each, app) : h('p', { class: 'trace-gone' }, GONE)),
  });
  sync(part('summary'), seen, { ...whole, build: verdict });
  drawSteps(part('steps'), trace ? rows(trace) : [], pane.id, app);
  const quiet = trace?.kind === 'message' && summary(trace).state === 'quiet';
  const why = quiet && !trace.effects.length ? whyNothing(trace, app) : null;
  sync(part('why'), why ? [why] : [], { ...whole, version: ({ version }) => version, build: ({ build }) => build() });
  sync(part('actions'), trace?.ids.length ? seen : [], {
    key: () => pane.id, version: () => '', build: (each) => replayButtons(each.id, app),
  });
  const raw = trace ? JSON.stringify(trace.steps.map(asFed)) : '';
  sync(part('raw'), trace ? [raw] : [], {
    key: () => pane.id, version: (text) => text, build: (text) => rawText(text, 'Entries of the feed'),
  });
}

const GONE = 'This trace is no longer available. The page keeps only the latest events.';

const asFed = ({ what, at, main, open, ...facts }) => facts;

/** The buttons that send an event again, unchanged or edited. */
export function replayButtons(id, { actions }) {
  return h('div', { class: 'replay-buttons' },
    button('button', { onclick: () => actions.replay(id) }, icon('replay'), 'Replay'),
    button('button', { onclick: () => actions.editAndReplay(id) }, icon('pencil'), 'Edit and send …'));
}

function drawSteps(list, steps, id, app) {
  const end = Math.max(0.001, ...steps.map((row) => row.at + (row.seconds ?? 0)));
  // A step keeps its element, so that only new steps move.
  const times = new Map();
  for (const row of steps) {
    times.set(row.title, (times.get(row.title) ?? 0) + 1);
    row.key = `${id} ${row.title} ${times.get(row.title)}`;
  }
  sync(list, steps, {
    key: (row) => row.key,
    version: (row) => JSON.stringify([row, end]),
    build: (row) => step(row, end, app),
  });
}

/** The cause of the trace. */
function subject(trace, { workspace, names }) {
  const user = workspace.users.get(trace.user);
  const conversation = workspace.channels.get(trace.channel);
  const message = conversation && trace.kind === 'message' ? workspace.message(conversation, trace.ts) : null;
  const fileNames = message?.files.map((file) => file.name).join(', ');
  const said = message ? plainText(message.text, names) || fileNames : '';
  return h('div', { class: 'trace-subject' },
    h('div', { class: 'trace-who' },
      user && h('strong', null, user.realName), ` ${did(trace, conversation)}`),
    said && h('blockquote', null, said.length > 140 ? `${said.slice(0, 139)}…` : said));
}

function did(trace, conversation) {
  const where = conversation?.kind === 'im' ? 'in a direct message' : `in #${conversation?.name}`;
  switch (trace.kind) {
    case 'team_join':
      return 'joined the team';
    case 'channel_join':
      return `joined #${conversation?.name}`;
    case 'channel_leave':
      return `left #${conversation?.name}`;
    case 'reaction':
      return `reacted with :${trace.emoji}: ${where}`;
    case 'reaction_removed':
      return `removed :${trace.emoji}: ${where}`;
    case 'event':
      return `Slack sent ${trace.eventType ?? 'an event'}`;
    default:
      return where;
  }
}

const STATES = {
  waiting: 'On its way', working: 'On its way', retry: 'Trying again', failed: 'Failed',
  done: 'Done', quiet: 'Done',
};

function verdict(trace) {
  const { state, line } = summary(trace);
  return h('div', { class: 'trace-verdict', 'data-state': state },
    h('span', { class: 'dot' }),
    h('span', { class: 'verdict-word' }, STATES[state]),
    h('span', null, line));
}

function step(row, end, app) {
  const named = row.app && app.names.app(row.app);
  const { at, seconds = 0, title, note, tone, tags = [], quote, code, more } = row;
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' }, h('span'));
  bar.firstChild.style.setProperty('--from', `${(100 * at) / end}%`);
  bar.firstChild.style.setProperty('--long', `${(100 * (seconds ?? 0)) / end}%`);
  return h('li', { class: 'step', 'data-tone': tone },
    h('span', { class: 'step-icon' }, row.icon === 'bot' ? botIcon(app.workspace) : icon(row.icon)),
    h('div', { class: 'step-words' },
      h('div', { class: 'step-head' },
        h('span', { class: 'step-title' },
          code ? h('code', null, title) : title, row.emoji && [' ', emoji(row.emoji)]),
        h('span', { class: 'step-at' }, `+${duration(at)}`)),
      quote && h('div', { class: 'step-quote' }, plainText(quote, app.names).slice(0, 120)),
      (note || named) && h('div', { class: 'step-note' }, [named, note].filter(Boolean).join(': ')),
      tags.length > 0 && h('div', { class: 'step-tags' }, tags.map((rule) =>
        h('span', { class: 'tag' }, ruleInWords(rule)))),
      more && h('details', { class: 'raw' }, h('summary', null, 'Traceback'), codeBlock(more, 'Traceback')),
      row.exchange > 0 && exchange(row.exchange),
      bar));
}
