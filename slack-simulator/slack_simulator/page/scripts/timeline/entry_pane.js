// The details of a timeline row, with its raw requests and responses.

import { button, h, icon, sync } from '../elements/dom.js';
import { duration } from '../elements/format.js';
import { plainText } from '../elements/markup.js';
import { exchange, rawText } from '../elements/raw.js';
import { replayButtons } from '../trace/trace_pane.js';
import { ruleInWords } from '../trace/summary.js';
import { KINDS } from './filters.js';

export function buildEntry() {
  return h('div', { class: 'pane-scroll', 'data-part': 'entry' });
}

export function drawEntry(aside, { id }, app) {
  const row = app.timeline.rows.find((each) => each.id === id);
  sync(aside.querySelector('[data-part="entry"]'), [row ?? 'gone'], {
    key: () => id,
    version: (each) => `${each.entries?.length} ${each.open}`,
    build: () => (row ? content(row, app) : h('p', { class: 'trace-gone' }, GONE)),
  });
}

const GONE = 'This row is no longer available. The page keeps only the latest events.';

function content(row, app) {
  const trace = row.eventId && app.traces.byEvent.get(row.eventId);
  const numbers = row.exchanges.filter(Boolean);
  const title = (index) => (numbers.length > 1 ? `Attempt ${index + 1}` : 'Request and response');
  return h('div', { class: 'entry' },
    h('p', { class: 'entry-title' }, h('span', { class: 'tag' }, KINDS[row.kind].one), ` ${row.title}`),
    row.note && h('blockquote', { class: 'quoted' }, plainText(row.note, app.names)),
    h('dl', { class: 'entry-facts' }, facts(row, app).map(([name, value]) => [h('dt', null, name), h('dd', null, value)])),
    trace && button('button button-main', { onclick: () => app.actions.openTrace(trace) },
      icon('route'), 'Open the trace'),
    row.eventId && replayButtons(row.eventId, app),
    numbers.map((number, index) => exchange(number, title(index))),
    h('details', { class: 'raw' }, h('summary', null, 'Raw events'),
      rawText(JSON.stringify(row.entries), 'Entries of the feed')));
}

function facts(row, { names }) {
  return [
    ['Time', new Date(row.at * 1000).toLocaleString()],
    ['ID', row.eventId],
    ['App', row.app && names.app(row.app)],
    ['Channel', row.channel && names.place(row.channel)],
    ['Member', row.user && `@${names.user(row.user) ?? row.user}`],
    ['Rules', row.rules.map(ruleInWords).join(', ')],
    ['Response', row.outcome],
    ['Duration', row.seconds === null ? '' : duration(row.seconds)],
  ].filter(([, value]) => value);
}
