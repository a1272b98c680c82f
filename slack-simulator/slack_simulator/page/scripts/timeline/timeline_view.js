// The view of the timeline: filters, and a list that draws only the visible rows.

import { h, icon, iconButton, sync } from '../elements/dom.js';
import { count, duration } from '../elements/format.js';
import { plainText } from '../elements/markup.js';
import { ruleInWords } from '../trace/summary.js';
import { TimeAxis } from './axis.js';
import { choices, filtered, KINDS, NO_FILTER } from './filters.js';

const ROW = 40;
const AROUND = 12;
const ICONS = {
  event: 'mail', job: 'clock', probe: 'heart', call: 'call', service: 'globe', log: 'list',
};
const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false,
});

export class TimelineView {
  constructor(app) {
    Object.assign(this, { app, filter: { ...NO_FILTER }, shown: [], active: null, drawn: '' });
    this.selects = Object.fromEntries(['kind', 'app', 'channel', 'user', 'rule'].map((name) => [name, this.select(name)]));
    this.number = h('p', { class: 'timeline-count', role: 'status' });
    this.list = h('div', { class: 'timeline-rows', role: 'rowgroup' });
    this.grid = h('div', {
      class: 'timeline-grid', role: 'grid', 'aria-label': 'What happened', 'aria-colcount': 5,
      onkeydown: (event) => this.onKey(event), onscroll: () => this.drawRows(),
    }, this.list);
    this.axis = new TimeAxis((row) => this.scrollTo(row));
    this.none = h('p', { class: 'timeline-none', hidden: true }, 'Nothing here. Change the filters, or write to the bot.');
    document.getElementById('timeline').append(this.toolbar(), this.axis.node, this.grid, this.none);
    new ResizeObserver(() => this.drawRows()).observe(this.grid);
  }

  toolbar() {
    const search = h('input', {
      type: 'search', class: 'field timeline-search', placeholder: 'Search', 'aria-label': 'Search the timeline',
      id: 'timeline-search', oninput: (event) => this.set('search', event.target.value),
    });
    const check = (name, label) => h('label', { class: 'check' },
      h('input', { type: 'checkbox', onchange: (event) => this.set(name, event.target.checked) }), label);
    const picker = h('input', {
      type: 'file', class: 'spoken', tabindex: -1, 'aria-hidden': 'true', accept: '.json',
      onchange: ({ target }) => {
        if (target.files[0]) this.app.actions.chooseScenario(target.files[0]);
        target.value = '';
      },
    });
    const exported = h('a', { class: 'icon-button', href: '/sim/scenario', download: 'scenario.json',
      'aria-label': 'Export what members did', title: 'Export what members did as a scenario file' }, icon('download'));
    return h('div', { class: 'timeline-toolbar', role: 'search', 'aria-label': 'Filters' },
      search, Object.values(this.selects), check('failed', 'Failed'), check('slow', 'Slow'),
      check('oldest', 'Oldest first'), this.number,
      h('div', { class: 'timeline-files' },
        h('a', { class: 'icon-button', href: '/sim/trace', download: 'slack-trace.html',
          'aria-label': 'Save everything as a page', title: 'Save everything as a page that opens by itself' },
        icon('file')),
        iconButton('clock', 'Begin a recording here', () => {
          exported.href = `/sim/scenario?after=${this.app.workspace.seq}`;
          this.app.actions.notice('The recording begins here. Export it when members have done enough.');
        }),
        exported,
        iconButton('replay', 'Play a scenario file', () => picker.click()),
        picker));
  }

  select(name) {
    const labels = { kind: 'Everything', app: 'All apps', channel: 'All channels', user: 'All members', rule: 'All rules' };
    const options = name === 'kind' ? Object.entries(KINDS).map(([kind, { many }]) => [kind, many]) : [];
    const node = h('select', {
      class: 'field timeline-select', 'aria-label': name[0].toUpperCase() + name.slice(1),
      onchange: (event) => this.set(name, event.target.value),
      hidden: name === 'app' || name === 'rule',
    }, option('', labels[name]), options.map(([value, label]) => option(value, label)));
    return node;
  }

  set(name, value) {
    this.filter[name] = value;
    this.jumped = null;
    this.grid.scrollTop = 0;
    this.app.drawNow();
  }

  draw() {
    const { timeline, names, view } = this.app;
    if (timeline !== this.timeline) {
      // After a reconnection, it's another one.
      Object.assign(this, { timeline, drawn: '', chosenFrom: null });
    }
    const key = `${timeline.revision} ${JSON.stringify(this.filter)}`;
    if (key !== this.drawn) {
      const before = this.shown.length;
      const sameFilter = this.drawn.endsWith(JSON.stringify(this.filter));
      this.shown = filtered(timeline.rows, this.filter, names);
      // Keep the scroll position when new rows arrive above.
      if (sameFilter && this.grid.scrollTop > 0 && !this.filter.oldest) {
        this.grid.scrollTop += Math.max(0, this.shown.length - before) * ROW;
      }
      this.drawn = key;
      this.axis.draw(this.shown);
      this.drawChoices();
      const all = timeline.rows.length;
      this.number.textContent = this.shown.length === all ? count(all, 'row') : `${this.shown.length} of ${count(all, 'row')}`;
      this.none.hidden = this.shown.length > 0;
    }
    this.open = view.pane?.kind === 'entry' ? view.pane.id : null;
    this.stop = this.shown.some((row) => row.id === this.active) ? this.active : this.shown[0]?.id;
    this.drawRows();
  }

  drawChoices() {
    // Searching doesn't change the choices.
    if (this.chosenFrom === this.app.timeline.revision) return;
    this.chosenFrom = this.app.timeline.revision;
    const found = choices(this.app.timeline.rows, this.app.names);
    for (const [name, values] of Object.entries(found)) {
      const select = this.selects[name];
      const words = name === 'rule' ? ruleInWords : (text) => text;
      const sign = name === 'user' ? '@' : '';
      // Replaced options would close an open list.
      const known = [...select.options].slice(1).map((each) => each.value);
      if (String(known) === String(values.map(([value]) => value))) continue;
      select.replaceChildren(select.options[0], ...values.map(([value, label]) => option(value, sign + words(label))));
      select.value = this.filter[name];
      if (name === 'app' || name === 'rule') select.hidden = !values.length && !this.filter[name];
    }
  }

  drawRows() {
    const { grid, list, shown } = this;
    const first = Math.max(0, Math.floor(grid.scrollTop / ROW) - AROUND);
    const last = Math.min(shown.length, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW) + AROUND);
    list.style.setProperty('height', `${shown.length * ROW}px`);
    // The last rows can't be scrolled to the top.
    const { row, top } = this.jumped ?? {};
    this.axis.mark(grid.scrollTop === top ? row : shown[Math.floor(grid.scrollTop / ROW)]);
    grid.setAttribute('aria-rowcount', shown.length);
    const inSight = shown.slice(first, last).map((row, at) => ({ row, index: first + at }));
    sync(list, inSight, {
      key: ({ row }) => row.id,
      version: ({ row }) => `${row.entries.length} ${row.open} ${this.open === row.id}`,
      build: ({ row }) => this.row(row),
    });
    [...list.children].forEach((node, at) => {
      const { row, index } = inSight[at];
      node.style.setProperty('transform', `translateY(${index * ROW}px)`);
      node.setAttribute('aria-rowindex', index + 1);
      node.tabIndex = row.id === this.stop ? 0 : -1;
    });
  }

  row(row) {
    const { app } = this;
    const cell = (className, ...content) => h('span', { class: className, role: 'gridcell' }, content);
    const state = row.failed ? 'failed' : row.open ? 'waiting' : row.kind === 'event' ? 'done' : 'quiet';
    const channel = row.channel && app.names.place(row.channel);
    const user = row.user && app.names.user(row.user);
    const where = [user && `@${user}`, channel].filter(Boolean).join(' in ');
    return h('div', {
      class: 'timeline-row', role: 'row', 'data-f': `row ${row.id}`, 'data-row': row.id,
      'data-state': state, 'aria-selected': String(this.open === row.id),
      onclick: () => this.openRow(row),
    },
    cell('timeline-at', CLOCK.format(new Date(row.at * 1000))),
    cell('timeline-what', h('span', { class: 'dot', 'aria-hidden': 'true' }), icon(ICONS[row.kind]),
      h('span', { class: 'timeline-title' }, row.title),
      row.app && app.names.app(row.app) && h('span', { class: 'tag' }, app.names.app(row.app)), row.failed && h('span', { class: 'timeline-failed' }, 'failed')),
    cell('timeline-note', noteOf(row, app)),
    cell('timeline-where', where),
    cell('timeline-took', row.seconds === null ? '' : duration(row.seconds)));
  }

  openRow(row) {
    this.active = row.id;
    this.app.actions.openEntry(row);
  }

  onKey(event) {
    const { shown, grid } = this;
    const here = shown.findIndex((row) => row.id === document.activeElement.dataset.row);
    if (here < 0) return;
    const page = Math.max(1, Math.floor(grid.clientHeight / ROW) - 1);
    const to = {
      ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + page, PageUp: here - page,
      Home: 0, End: shown.length - 1,
    }[event.key];
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.openRow(shown[here]);
    } else if (to !== undefined) {
      event.preventDefault();
      this.focusRow(Math.min(shown.length - 1, Math.max(0, to)));
    }
  }

  scrollTo(row) {
    this.grid.scrollTop = this.shown.indexOf(row) * ROW;
    this.jumped = { row, top: this.grid.scrollTop };
    this.drawRows();
  }

  focusRow(index) {
    const { grid, shown } = this;
    this.active = this.stop = shown[index].id;
    const top = index * ROW;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + ROW > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + ROW - grid.clientHeight;
    this.drawRows();
    this.list.querySelector(`[data-row="${this.active}"]`)?.focus({ preventScroll: true });
  }
}

const option = (value, label) => h('option', { value }, label);

function noteOf(row, { names }) {
  // Cached, because it is too slow to compute while scrolling.
  row.words ??= row.kind === 'event' ? plainText(row.note, names) : row.note;
  const rules = row.rules.map(ruleInWords).join(', ');
  const outcome = row.kind === 'event' && row.failed ? row.outcome : '';
  const tries = row.attempts > 1 ? `${row.attempts} attempts` : '';
  return [rules, outcome, tries, row.words].filter(Boolean).join(' · ');
}
