// The left side: who you are, the channels and DMs with their unread marks, ways to join.

import { avatar } from './avatar.js';
import { browseChannels, joinTheTeam } from './dialogs.js';
import { drawing, h, icon, iconButton, spoken, sync } from './dom.js';
import { openPeople } from './people.js';

const narrow = matchMedia('(max-width: 47.99rem)');

export function listenToSidebar(app) {
  const sidebar = document.getElementById('sidebar');
  const { actions } = app;
  sidebar.append(
    h('div', { class: 'brand' },
      drawing('emoji', 'gopher', null, 'brand-gopher'),
      h('div', null, h('div', { class: 'brand-name', id: 'team-name' }), h('div', { class: 'brand-line', id: 'connection' })),
      iconButton('close', 'Close the list of channels', () => actions.closeSomething(), { class: 'icon-button sidebar-close' }),
    ),
    h('button', { type: 'button', class: 'you', id: 'you', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => openPeople(app) }),
    h('div', { class: 'places' },
      section('Channels', 'channels', [
        ['plus', 'Browse channels', () => browseChannels(app)],
      ]),
      section('Direct messages', 'directs', []),
      section('Newcomers', null, [
        ['door', 'Join the team', () => joinTheTeam(app)],
      ]),
    ),
    h('div', { class: 'sidebar-foot' },
      h('button', { type: 'button', class: 'foot-button', id: 'theme', onclick: () => window.toggleTheme() }),
      h('button', { type: 'button', class: 'foot-button', onclick: () => showWelcome(app) }, icon('bolt'), 'What to try'),
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
  new MutationObserver(showTheme).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  showTheme();
}

function section(title, list, buttons) {
  return h('section', { 'aria-label': title },
    h('h2', { class: 'places-title' }, title),
    list && h('ul', { class: 'places-list', id: list }),
    buttons.map(([name, label, onclick]) =>
      h('button', { type: 'button', class: 'place-link place-more', onclick }, icon(name), label)),
  );
}

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
  drawList('directs', [workspace.dmOf(view.me) ?? view.unopenedDm(), ...workspace.groupDmsOf(view.me)], app);
}

function drawConnection({ workspace, away }) {
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
      h('span', { class: 'you-words' }, h('span', { class: 'you-label' }, 'You are '), h('span', { class: 'you-name' }, user.name)),
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
    version: (row) => `${view.me} ${row.title} ${row.unread.number} ${row.unread.personal} ${row.current}`,
    build: (row) => h('li', null, link(row, app)),
  });
}

function link({ place, route, title, unread, current }, app) {
  const className = ['place-link', unread.number && 'unread'].filter(Boolean).join(' ');
  const open = () => {
    app.actions.go(route);
    if (narrow.matches) document.getElementById('open-sidebar').focus();
  };
  return h('button', { type: 'button', class: className, 'aria-current': current && 'page', 'data-f': 'open', onclick: open },
    sign(place, app),
    h('span', { class: 'place-title' }, title),
    unread.number > 0 && h('span', { class: unread.personal ? 'badge badge-personal' : 'badge', 'aria-hidden': 'true' }, unread.number),
    unread.number > 0 && spoken(`, ${unread.number} unread`),
  );
}

function sign(place, { workspace }) {
  if (place.kind === 'im') return avatar(workspace, workspace.users.get(workspace.bot.id), '', 'avatar-tiny');
  return icon({ channel: 'hash', group: 'lock', mpim: 'people' }[place.kind]);
}

function showTheme() {
  const dark = document.documentElement.dataset.theme === 'dark';
  const button = document.getElementById('theme');
  button.replaceChildren(icon(dark ? 'sun' : 'moon'), dark ? 'Light' : 'Dark');
  button.setAttribute('aria-label', dark ? 'Light colours' : 'Dark colours');
}

function showWelcome(app) {
  app.view.welcome = true;
  app.actions.closeDrawer();
  document.querySelector('#welcome .chip').focus();
}

