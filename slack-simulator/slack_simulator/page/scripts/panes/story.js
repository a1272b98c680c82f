// Why? The app's own record of what became of a message.

import { h, icon, sync } from '../elements/dom.js';
import { post } from '../workspace/stream.js';

/** What the app said last, and about which message and state of it. */
let latest = { about: '', story: null, problem: '' };

export const buildStory = () =>
  h('div', { class: 'pane-scroll', role: 'region', 'aria-label': 'Why', 'aria-live': 'polite', 'data-part': 'story' });

export function drawStory(aside, { channel, ts }, app) {
  const message = { key: `${channel}/${ts}` };
  const trace = app.traces.of(message) ?? app.traces.causeOf(message);
  // Asked again after each step, since the record may say more.
  const about = `${message.key} ${trace?.revision}`;
  if (about !== latest.about) ask(about, { channel, ts }, app);
  sync(aside.querySelector('[data-part="story"]'), [latest], {
    key: () => 'story',
    version: ({ story, problem }) => JSON.stringify([story, problem]),
    build: ({ story, problem }) => h('div', { class: 'entry' }, problem
      ? h('p', { class: 'explain-problems' }, icon('warn'), problem)
      : story && told(story)),
  });
}

function ask(about, message, app) {
  const isSame = latest.about.startsWith(`${message.channel}/${message.ts} `);
  latest = { ...(isSame ? latest : { story: null, problem: '' }), about };
  const show = (facts) => {
    if (latest.about !== about) return;
    latest = { about, story: null, problem: '', ...facts };
    app.draw();
  };
  post('/sim/why', message).then((story) => show({ story }), ({ message: problem }) => show({ problem }));
}

function told({ verdict, steps, now = [], remedy }) {
  return [
    h('p', { class: 'entry-title' }, verdict),
    h('ol', { class: 'story' }, [
      ...steps.map(({ at, text }) => line(new Date(at * 1000).toLocaleTimeString(), text)),
      ...now.map((text) => line('now', text)),
    ]),
    remedy && h('p', { class: 'story-remedy' }, `→ ${remedy}`),
  ];
}

const line = (when, text) => h('li', null, h('span', { class: 'story-when' }, when), h('span', null, text));
