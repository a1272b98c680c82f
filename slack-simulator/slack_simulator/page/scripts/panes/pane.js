// The pane at the right: a thread, a trace, why, a timeline row, what the bot would say, or the
// switches that make Slack misbehave.

import { h, iconButton, sync } from '../elements/dom.js';
import { buildThread, drawThread } from './thread.js';
import { buildTrace, drawTrace } from '../trace/trace_pane.js';
import { buildExplain, drawExplain } from './explain.js';
import { buildStory, drawStory } from './story.js';
import { buildEntry, drawEntry } from '../timeline/entry_pane.js';
import { buildFaults, drawFaults } from './faults.js';

const KINDS = {
  thread: { title: 'Thread', build: buildThread, draw: drawThread },
  trace: { title: 'Trace', build: buildTrace, draw: drawTrace },
  entry: { title: 'Details', build: buildEntry, draw: drawEntry },
  why: { title: 'Why?', build: buildStory, draw: drawStory },
  explain: { title: 'What would it say?', build: buildExplain, draw: drawExplain },
  faults: { title: 'Make Slack misbehave', build: buildFaults, draw: drawFaults },
};

export function drawPane(app) {
  const aside = document.getElementById('pane');
  const { pane } = app.view;
  aside.hidden = !pane;
  document.body.dataset.pane = pane?.kind ?? '';
  sync(aside, pane ? [pane] : [], {
    key: ({ kind, channel = '', ts = '' }) => `${app.view.me} ${kind} ${channel} ${ts}`,
    version: () => '',
    build: ({ kind }) => frame(kind, app),
  });
  keepFocusOut(Boolean(pane) && covers(aside));
  if (!pane) return;
  aside.setAttribute('aria-label', KINDS[pane.kind].title);
  KINDS[pane.kind].draw(aside, pane, app);
  if (pane.fresh) {
    pane.fresh = false;
    const first = aside.querySelector('textarea') ?? aside.querySelector('.pane-title');
    first.focus({ preventScroll: true });
  }
}

/** Whether the pane leaves so little of a narrow window that nobody sees what is behind it. */
function covers(aside) {
  if (getComputedStyle(aside).position !== 'fixed') return false;
  const { width, height } = aside.getBoundingClientRect();
  return width * height > 0.75 * innerWidth * innerHeight;
}

/** Takes the focus from what a pane hides; the heading still says where one is. */
function keepFocusOut(hidden) {
  const behind = '#main > :not(.conversation-header), .conversation-header > :not(.conversation-about)';
  for (const each of document.querySelectorAll(behind)) each.inert = hidden;
}

function frame(kind, app) {
  const { title, build } = KINDS[kind];
  return h('div', { class: `pane-inside pane-${kind}` },
    h('div', { class: 'pane-head' },
      h('h2', { class: 'pane-title', tabindex: -1 }, title),
      iconButton('wide', 'Wider or narrower', () => document.body.toggleAttribute('data-wide'), { class: 'icon-button pane-wider' }),
      iconButton('close', `Close: ${title}`, () => app.actions.closePane())),
    build(app.view.pane, app));
}
