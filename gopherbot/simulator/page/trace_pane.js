// A trace in the pane: each step with its time, as it happens.

import { drawing, h, icon, sync } from './dom.js';
import { emoji } from './emoji.js';
import { duration } from './format.js';
import { plainText } from './markup.js';
import { rows, summary } from './trace_story.js';

export function buildTrace(pane, app) {
  return [
    h('div', { class: 'pane-scroll' },
      h('div', { 'data-part': 'subject' }),
      h('div', { 'data-part': 'summary' }),
      h('ol', { class: 'steps', 'data-part': 'steps', 'aria-label': 'Steps' }),
      h('details', { class: 'raw' }, h('summary', null, 'As the feed tells it'), h('pre', { 'data-part': 'raw', tabindex: 0, role: 'group', 'aria-label': 'Entries of the feed' }))),
    h('label', { class: 'pane-foot' },
      h('input', { type: 'checkbox', checked: pane.follow, onchange: (event) => { app.view.pane.follow = event.target.checked; } }),
      'Go on to my next message'),
  ];
}

export function drawTrace(aside, pane, app) {
  const trace = app.traces.byEvent.get(pane.id);
  const part = (name) => aside.querySelector(`[data-part="${name}"]`);
  const seen = trace ? [trace] : [];
  const whole = { key: () => pane.id, version: (each) => each.revision };
  sync(part('subject'), seen, { ...whole, build: (each) => subject(each, app) });
  sync(part('summary'), seen, { ...whole, build: (each) => verdict(each, app.workspace.settings) });
  const told = trace ? rows(trace) : [];
  const end = Math.max(0.001, ...told.map((row) => row.at + (row.seconds ?? 0)));
  const places = new Map();
  sync(part('steps'), told, {
    // The same step keeps its element, so that only what is new moves.
    key(row) {
      const name = `${pane.id} ${row.title}`;
      if (!row.key) {
        places.set(name, (places.get(name) ?? 0) + 1);
        row.key = `${name} ${places.get(name)}`;
      }
      return row.key;
    },
    version: (row) => JSON.stringify([row.at, row.seconds, row.note, row.tone, row.tags, end]),
    build: (row) => step(row, end, app),
  });
  const raw = part('raw');
  const text = trace ? trace.steps.map(({ what, at, main, open, ...facts }) => JSON.stringify(facts)).join('\n') : '';
  if (raw.textContent !== text) raw.textContent = text;
}

const SUBJECTS = { channel_join: 'joined', team_join: 'joined the team' };

/** What set it all off. */
function subject(trace, { workspace, names }) {
  const user = workspace.users.get(trace.user);
  const place = workspace.channels.get(trace.channel);
  const message = place && trace.kind === 'message' ? workspace.message(place, trace.ts) : null;
  const where = place ? ` ${place.kind === 'im' ? 'in a direct message' : `in #${place.name}`}` : '';
  const said = message ? plainText(message.text, names) || message.files.map((file) => file.name).join(', ') : '';
  const did = SUBJECTS[trace.kind] ? ` ${SUBJECTS[trace.kind]}${trace.kind === 'channel_join' ? ` #${place?.name}` : ''}` : where;
  return h('div', { class: 'trace-subject' },
    h('div', { class: 'trace-who' }, h('strong', null, user?.realName ?? 'Somebody'), did),
    said && h('blockquote', null, said.length > 140 ? `${said.slice(0, 139)}…` : said));
}

const STATES = { waiting: 'On its way', working: 'On its way', retry: 'Trying again', failed: 'Given up', done: 'Done', quiet: 'Done' };

function verdict(trace, settings) {
  const { state, line } = summary(trace, settings);
  return h('div', { class: 'trace-verdict', 'data-state': state },
    h('span', { class: 'dot' }), h('span', { class: 'verdict-word' }, STATES[state]), h('span', null, line));
}

function step(row, end, app) {
  const { at, seconds, title, note, tone, tags = [], quote, code } = row;
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' }, h('span'));
  bar.firstChild.style.setProperty('--from', `${(100 * at) / end}%`);
  bar.firstChild.style.setProperty('--long', `${(100 * (seconds ?? 0)) / end}%`);
  return h('li', { class: 'step', 'data-tone': tone },
    h('span', { class: 'step-icon' }, row.icon === 'gopher' ? drawing('emoji', 'gopher', null, 'icon') : icon(row.icon)),
    h('div', { class: 'step-words' },
      h('div', { class: 'step-head' },
        h('span', { class: 'step-title' }, code ? h('code', null, title) : title, row.emoji && [' ', emoji(row.emoji)]),
        h('span', { class: 'step-at' }, `+${duration(at)}`)),
      quote !== undefined && h('div', { class: 'step-quote' }, plainText(quote, app.names).slice(0, 120)),
      note && h('div', { class: 'step-note' }, note),
      tags.length > 0 && h('div', { class: 'step-tags' }, tags.map((tag) => h('span', { class: 'tag' }, tag.replace('_', ' ').replace(':', ': ')))),
      bar));
}
