// A trace in the pane: each step with its time, as it happens.

import { botIcon } from '../elements/avatar.js';
import { h, icon, setText, sync } from '../elements/dom.js';
import { emoji } from '../elements/emoji.js';
import { duration } from '../elements/format.js';
import { plainText } from '../elements/markup.js';
import { rows, ruleInWords, summary } from './trace_story.js';

export function buildTrace(pane, app) {
  const raw = { 'data-part': 'raw', tabindex: 0, role: 'group', 'aria-label': 'Entries of the feed' };
  const onchange = (event) => {
    app.view.pane.follow = event.target.checked;
  };
  return [
    h('div', { class: 'pane-scroll' },
      h('div', { 'data-part': 'subject' }),
      h('div', { 'data-part': 'summary' }),
      h('ol', { class: 'steps', 'data-part': 'steps', 'aria-label': 'Steps' }),
      h('details', { class: 'raw' }, h('summary', null, 'As the feed tells it'), h('pre', raw))),
    h('label', { class: 'pane-foot' },
      h('input', { type: 'checkbox', checked: pane.follow, onchange }),
      'Go on to my next message'),
  ];
}

export function drawTrace(aside, pane, app) {
  const trace = app.traces.byEvent.get(pane.id);
  const part = (name) => aside.querySelector(`[data-part="${name}"]`);
  const seen = trace ? [trace] : [];
  const whole = { key: () => pane.id, version: (each) => each.revision };
  const { settings } = app.workspace;
  sync(part('subject'), seen, { ...whole, build: (each) => subject(each, app) });
  sync(part('summary'), seen, { ...whole, build: (each) => verdict(each, settings) });
  drawSteps(part('steps'), trace ? rows(trace) : [], pane.id, app);
  setText(part('raw'), trace ? trace.steps.map(asFed).join('\n') : '');
}

const asFed = ({ what, at, main, open, ...facts }) => JSON.stringify(facts);

function drawSteps(list, steps, id, app) {
  const end = Math.max(0.001, ...steps.map((row) => row.at + (row.seconds ?? 0)));
  // The same step keeps its element, so that only what is new moves.
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

/** What set it all off. */
function subject(trace, { workspace, names }) {
  const user = workspace.users.get(trace.user);
  const place = workspace.channels.get(trace.channel);
  const message = place && trace.kind === 'message' ? workspace.message(place, trace.ts) : null;
  const fileNames = message?.files.map((file) => file.name).join(', ');
  const said = message ? plainText(message.text, names) || fileNames : '';
  return h('div', { class: 'trace-subject' },
    h('div', { class: 'trace-who' },
      h('strong', null, user?.realName ?? 'Somebody'), ` ${did(trace, place)}`),
    said && h('blockquote', null, said.length > 140 ? `${said.slice(0, 139)}…` : said));
}

function did(trace, place) {
  if (trace.kind === 'team_join') return 'joined the team';
  if (trace.kind === 'channel_join') return `joined #${place?.name}`;
  return place?.kind === 'im' ? 'in a direct message' : `in #${place?.name}`;
}

const STATES = {
  waiting: 'On its way', working: 'On its way', retry: 'Trying again', failed: 'Given up',
  done: 'Done', quiet: 'Done',
};

function verdict(trace, settings) {
  const { state, line } = summary(trace, settings);
  return h('div', { class: 'trace-verdict', 'data-state': state },
    h('span', { class: 'dot' }),
    h('span', { class: 'verdict-word' }, STATES[state]),
    h('span', null, line));
}

function step(row, end, app) {
  const { at, seconds = 0, title, note, tone, tags = [], quote, code } = row;
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
      note && h('div', { class: 'step-note' }, note),
      tags.length > 0 && h('div', { class: 'step-tags' }, tags.map((rule) =>
        h('span', { class: 'tag' }, ruleInWords(rule)))),
      bar));
}
