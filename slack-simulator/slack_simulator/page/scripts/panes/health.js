// The app's health, polled twice a second and shown in the header.

import { button, h, icon, sync } from '../elements/dom.js';
import { get } from '../workspace/stream.js';

const EVERY = 500;

export class Health {
  constructor(app) {
    Object.assign(this, { app, parts: [], problem: '', lastError: null, version: null });
    setInterval(() => this.ask(), EVERY);
    addEventListener('focus', () => this.ask());
  }

  async ask() {
    const { app } = this;
    if (document.hidden || !app.ready || app.away) return;
    try {
      const { parts, problem, last_error: lastError, version } = await get('/sim/health');
      Object.assign(this, { parts, problem, lastError, version });
    } catch {
      // The stream detects that the simulator is away.
      return;
    }
    app.draw();
  }

  /** The worst state of any part. */
  get state() {
    const states = this.parts.map((part) => part.state);
    return ['down', 'unknown', 'ok'].find((state) => states.includes(state)) ?? 'unknown';
  }

  get words() {
    const down = this.parts.filter((part) => part.state === 'down').map((part) => part.name);
    if (down.length) return `${down.join(', ')} down`;
    if (this.problem) return 'Its files have a problem';
    return { ok: 'All is well', unknown: 'Unknown' }[this.state];
  }
}

export function drawHealth(app) {
  const { health } = app;
  const opener = document.getElementById('health');
  opener.setAttribute('aria-label', `The bot's health: ${health.words}`);
  opener.toggleAttribute('data-problem', Boolean(health.problem));
  sync(opener, health.parts.length ? health.parts : [{ name: 'app', state: 'unknown' }], {
    key: ({ name }) => name,
    version: ({ state }) => state,
    build: ({ name, state }) => h('span', { class: 'health-part', 'data-health': state },
      h('span', { class: 'dot' }), h('span', { class: 'wide-only' }, name)),
  });
  const open = document.getElementById('health-details');
  if (open) open.replaceChildren(...details(health));
}

export function openHealth({ health }) {
  const opener = document.getElementById('health');
  const panel = h('div', {
    class: 'menu health-panel', id: 'health-details', popover: 'auto', role: 'dialog',
    'aria-label': 'Health', tabindex: -1,
  }, details(health));
  panel.addEventListener('toggle', ({ newState }) => {
    opener.setAttribute('aria-expanded', String(newState === 'open'));
    if (newState !== 'closed') return;
    panel.remove();
    opener.focus();
  });
  opener.after(panel);
  const { right, bottom } = opener.getBoundingClientRect();
  panel.style.setProperty('top', `${bottom + 4}px`);
  panel.showPopover();
  const room = `100vw - ${panel.offsetWidth + 8}px`;
  panel.style.setProperty('right', `max(8px, min(${innerWidth - right}px, ${room}))`);
  panel.focus();
}

function details({ parts, lastError }) {
  const when = lastError && new Date(lastError.at * 1000).toLocaleTimeString();
  return [
    h('dl', { class: 'health-list' }, parts.map(({ name, state, note }) => [
      h('dt', { 'data-health': state }, h('span', { class: 'dot' }), name),
      h('dd', null, note || STATES[state]),
    ])),
    h('p', { class: 'health-error' }, lastError
      ? [icon('warn'), h('span', null, `Last error, ${when}: ${lastError.text}`)]
      : 'No errors since startup.'),
  ];
}

const STATES = { ok: 'alive', down: 'down', unknown: 'unknown' };

export const healthButton = (app) => button('health', {
  id: 'health', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', onclick: () => openHealth(app),
});
