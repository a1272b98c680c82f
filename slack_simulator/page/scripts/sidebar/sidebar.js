// The left side: who you are, the channels and DMs with their unread marks, ways to join.

import { avatar, logo } from '../elements/avatar.js';
import { browseChannels, joinTheTeam } from './dialogs.js';
import { button, h, icon, iconButton, spoken, sync } from '../elements/dom.js';
import { openPeople } from './people.js';
import { signOf } from '../conversation/place.js';

const narrow = matchMedia('(max-width: 47.99rem)');

export function listenToSidebar(app) {
  const { actions } = app;
  const close = () => actions.closeSomething();
  document.getElementById('sidebar').append(
    h('div', { class: 'brand' },
      h('span', { id: 'logo' }),
      h('div', null,
        h('div', { class: 'brand-name', id: 'team-name' }),
        h('div', { class: 'brand-line', id: 'connection' })),
      iconButton('close', 'Close the list of channels', close, { class: 'icon-button sidebar-close' }),
    ),
    button('you', {
      id: 'you', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => openPeople(app),
    }),
    h('div', { class: 'places' },
      section('Channels', 'channels', more('plus', 'Browse channels', () => browseChannels(app))),
      section('Direct messages', 'directs'),
      section('Newcomers', null, more('door', 'Join the team', () => joinTheTeam(app))),
    ),
    h('div', { class: 'sidebar-foot' },
      button('foot-button', { id: 'theme', onclick: () => window.toggleTheme() }),
      button('foot-button', { onclick: () => showWelcome(app) }, icon('bolt'), 'What to try'),
    ),
  );
  const opener = document.getElementById('open-sidebar');
  opener.append(icon('menu'));
  opener.addEventListener('click', () => {
    actions.openDrawer();
    document.getElementById('you').focus();
  });
  document.getElementById('backdrop').addEventListener('click', () => actions.closeSomething());
  narrow.addEventListener('change', app.draw);
  const theme = { attributeFilter: ['data-theme'] };
  new MutationObserver(showTheme).observe(document.documentElement, theme);
  showTheme();
}

function section(title, list, more = null) {
  return h('section', { 'aria-label': title },
    h('h2', { class: 'places-title' }, title),
    list && h('ul', { class: 'places-list', id: list }),
    more);
}

const more = (name, label, onclick) => button('place-link place-more', { onclick }, icon(name), label);

export function drawSidebar(app) {
  const { workspace, view } = app;
  const sidebar = document.getElementById('sidebar');
  const open = view.drawer && narrow.matches;
  sidebar.classList.toggle('open', open);
  sidebar.inert = narrow.matches && !open;
  document.getElementById('main').inert = open;
  document.getElementById('backdrop').hidden = !open;
  document.getElementById('open-sidebar').setAttribute('aria-expanded', String(open));
  drawConnection(app);
  drawYou(app);
  drawList('channels', workspace.channelsOf(view.me), app);
  const withBot = workspace.dmOf(view.me) ?? view.unopenedDm();
  drawList('directs', [withBot, ...workspace.groupDmsOf(view.me)], app);
}

function drawConnection({ workspace, away }) {
  sync(document.getElementById('logo'), [workspace], {
    key: () => 'logo',
    version: ({ team, page }) => `${team.name} ${page.logo}`,
    build: () => logo(workspace, 'brand-logo'),
  });
  document.getElementById('team-name').textContent = workspace.team.name;
  const line = document.getElementById('connection');
  line.textContent = away ? 'simulator away' : 'simulated, live';
  line.classList.toggle('away', away);
}

function drawYou({ workspace, view }) {
  const user = workspace.users.get(view.me);
  sync(document.getElementById('you'), [user], {
    key: () => 'you',
    version: ({ id }) => id,
    build: () => h('span', { class: 'you-inside' },
      avatar(workspace, user, user.realName, 'avatar-small'),
      h('span', { class: 'you-words' },
        h('span', { class: 'you-label' }, 'You are '),
        h('span', { class: 'you-name' }, user.name)),
      icon('down'),
    ),
  });
}

function drawList(id, places, app) {
  const { view, workspace } = app;
  const now = view.place;
  const rows = places.map((place) => ({
    place,
    route: view.routeTo(place),
    title: workspace.title(place, view.me),
    unread: view.unread(place),
    current: place.id === now.id,
  }));
  sync(document.getElementById(id), rows, {
    key: (row) => row.route,
    version: ({ title, unread, current }) =>
      [view.me, title, unread.number, unread.personal, current].join(' '),
    build: (row) => h('li', null, link(row, app)),
  });
}

function link({ place, route, title, unread: { number, personal }, current }, app) {
  const onclick = () => {
    app.actions.go(route);
    if (narrow.matches) document.getElementById('open-sidebar').focus();
  };
  const look = number ? 'place-link unread' : 'place-link';
  const badge = { class: personal ? 'badge badge-personal' : 'badge', 'aria-hidden': 'true' };
  return button(look, { 'aria-current': current && 'page', 'data-f': 'open', onclick },
    signOf(place, app.workspace),
    h('span', { class: 'place-title' }, title),
    number > 0 && [h('span', badge, number), spoken(`, ${number} unread`)]);
}

function showTheme() {
  const dark = document.documentElement.dataset.theme === 'dark';
  const toggle = document.getElementById('theme');
  toggle.replaceChildren(icon(dark ? 'sun' : 'moon'), dark ? 'Light' : 'Dark');
  toggle.setAttribute('aria-label', dark ? 'Light colours' : 'Dark colours');
}

function showWelcome(app) {
  app.view.welcome = true;
  app.actions.go(app.view.isBotDm ? 'general' : app.view.route);
  document.querySelector('#welcome .chip').focus();
}

