// The time axis: how much happened when. A slider, whose value is the time of the topmost row.

import { h } from '../elements/dom.js';
import { count } from '../elements/format.js';

const PARTS = 60;
const SHORTEST = 60;
const DAY = 24 * 3600;
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false };
const TIME = new Intl.DateTimeFormat(undefined, CLOCK);
const DATE = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', ...CLOCK });

export class TimeAxis {
  /** `go` scrolls to a row. */
  constructor(go) {
    Object.assign(this, { go, parts: [], at: null });
    this.bars = h('div', { class: 'axis-bars', 'aria-hidden': 'true' });
    this.ends = [h('span'), h('span')];
    this.node = h('div', {
      class: 'timeline-axis', role: 'slider', tabindex: 0, 'aria-label': 'Time', 'aria-valuemin': 0,
      'aria-valuemax': PARTS - 1, onkeydown: (event) => this.onKey(event), onclick: (event) => this.onClick(event),
    }, this.bars, h('div', { class: 'axis-ends', 'aria-hidden': 'true' }, this.ends));
  }

  draw(rows) {
    this.node.hidden = !rows.length;
    if (!rows.length) return;
    const times = [rows[0].at, rows.at(-1).at];
    this.start = Math.min(...times);
    this.step = Math.max(Math.max(...times) - this.start, SHORTEST) / PARTS;
    this.format = this.step * PARTS > DAY / 2 ? DATE : TIME;
    this.parts = Array.from({ length: PARTS }, () => ({ rows: 0, failed: 0, first: null }));
    for (const row of rows) {
      const part = this.parts[this.partOf(row)];
      part.rows += 1;
      part.failed += row.failed;
      part.first ??= row;
    }
    const most = Math.max(...this.parts.map((part) => part.rows));
    this.bars.replaceChildren(...this.parts.map((part) => {
      const bar = h('span', { 'data-failed': part.failed > 0 });
      // A little is visible beside a lot.
      bar.style.setProperty('height', `${part.rows && 10 + (90 * part.rows) / most}%`);
      return bar;
    }));
    this.ends.forEach((end, index) => { end.textContent = this.clock(index * PARTS); });
    this.at = null;
  }

  /** Show which row is the topmost. */
  mark(row) {
    const at = row ? this.partOf(row) : null;
    if (at === this.at || !this.parts.length) return;
    this.bars.children[this.at]?.removeAttribute('data-here');
    this.bars.children[at]?.setAttribute('data-here', '');
    this.at = at;
    const { rows, failed } = this.parts[at] ?? { rows: 0 };
    this.node.setAttribute('aria-valuenow', at ?? 0);
    this.node.setAttribute('aria-valuetext',
      `${this.clock(at ?? 0)}: ${count(rows, 'row')}${failed ? `, ${failed} failed` : ''}`);
  }

  partOf(row) {
    return Math.min(PARTS - 1, Math.max(0, Math.floor((row.at - this.start) / this.step)));
  }

  clock(part) {
    return this.format.format(new Date((this.start + part * this.step) * 1000));
  }

  onClick(event) {
    const { left, width } = this.bars.getBoundingClientRect();
    const here = ((event.clientX - left) / width) * PARTS - 0.5;
    this.goTo(this.used().sort((a, b) => Math.abs(a - here) - Math.abs(b - here))[0]);
  }

  onKey(event) {
    const used = this.used();
    const to = {
      ArrowLeft: used.findLast((part) => part < this.at), ArrowRight: used.find((part) => part > this.at),
      Home: used[0], End: used.at(-1),
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    this.goTo(to[event.key]);
  }

  goTo(part) {
    if (part !== undefined) this.go(this.parts[part].first);
  }

  /** The parts in which something happened. */
  used() {
    return [...this.parts.keys()].filter((part) => this.parts[part].rows);
  }
}
