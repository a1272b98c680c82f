// The sidebar: the current member, channels and DMs with unread counts, and buttons to join.

import { avatar, logo } from '../elements/avatar.js';
import { button, h, icon, iconButton, spoken, sync } from '../elements/dom.js';
import { oneStop, rove } from '../elements/roving.js';
import { signOf } from '../conversation/header.js';
import { addressOf, TIMELINE } from '../routes.js';
import { browseChannels, joinTheTeam } from './dialogs.js';
import { openPeople } from './people.js';
import { openSwitcher } from './switcher.js';

const narrow = matchMedia('(max-width: 47.99rem)');
const SHORTCUT = navigator.platform.startsWith('Mac') ? '⌘K' : 'Ctrl+K';

export function listenToSidebar(app) {
  const { actions } = app;
  const close = () => actions.closeSomething();
  const places = h('div', { class: 'sidebar-places' },
    h('ul', { class: 'sidebar-list', id: 'workbench', 'aria-label': 'Workbench' }),
    section('Channels', 'channels', more('plus', 'Browse channels', () => browseChannels(app))),
    section('Direct messages', 'directs'),
  );
  document.getElementById('sidebar').append(
    h('div', { class: 'brand' },
      h('span', { id: 'logo' }),
      h('div', null,
        h('div', { class: 'brand-name', id: 'team-name' }),
        h('div', { class: 'brand-line', id: 'connection' })),
      iconButton('close', 'Close the channel list', close, { class: 'icon-button sidebar-close' }),
    ),
    button('you', {
      id: 'you', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => openPeople(app),
    }),
    button('go-to', { 'aria-keyshortcuts': 'Control+K', onclick: () => openSwitcher(app) },
      icon('search'), 'Go to', h('kbd', { 'aria-hidden': 'true' }, SHORTCUT)),
    places,
    h('div', { class: 'sidebar-foot' },
      button('foot-button', { onclick: () => joinTheTeam(app) }, icon('door'), 'Join the team'),
      iconButton('bolt', 'What to try', () => showWelcome(app)),
      iconButton('moon', 'Dark colours', () => window.toggleTheme(), { id: 'theme' }),
    ),
  );
  rove(places, 'a.sidebar-link');
  const opener = document.getElementById('open-sidebar');
  opener.append(icon('menu'));
  opener.addEventListener('click', actions.openDrawer);
  document.getElementById('backdrop').addEventListener('click', () => actions.closeSomething());
  narrow.addEventListener('change', app.draw);
  const theme = { attributeFilter: ['data-theme'] };
  new MutationObserver(showTheme).observe(document.documentElement, theme);
  showTheme();
}

function section(title, list, after = null) {
  return h('section', { 'aria-label': title },
    h('h2', { class: 'sidebar-title' }, title),
    h('ul', { class: 'sidebar-list', id: list }),
    after);
}

const more = (name, label, onclick) => button('sidebar-link sidebar-more', { onclick }, icon(name), label);

export function drawSidebar(app) {
  const { workspace, view } = app;
  const sidebar = document.getElementById('sidebar');
  const open = view.drawer && narrow.matches;
  const opens = open && !sidebar.classList.contains('open');
  sidebar.classList.toggle('open', open);
  sidebar.inert = narrow.matches && !open;
  document.getElementById('main').inert = open;
  document.getElementById('backdrop').hidden = !open;
  document.getElementById('open-sidebar').setAttribute('aria-expanded', String(open));
  drawConnection(app);
  drawYou(app);
  // Not on the click: before the workspace is loaded, the drawer stays closed.
  if (opens) document.getElementById('you').focus();
  drawList('channels', workspace.channelsOf(view.me), app);
  const withBots = workspace.apps.map(({ bot }) => view.dmWith(bot));
  drawList('directs', [...withBots, ...workspace.groupDmsOf(view.me)], app);
  drawWorkbench(app);
  const links = [...sidebar.querySelectorAll('a.sidebar-link')];
  if (!links.includes(document.activeElement)) {
    oneStop(links, links.find((each) => each.hasAttribute('aria-current')) ?? links[0]);
  }
}

function drawConnection({ workspace, away }) {
  sync(document.getElementById('logo'), [workspace], {
    key: () => 'logo',
    version: ({ team, page }) => `${team.name} ${page.logo}`,
    build: () => logo(workspace, 'brand-logo'),
  });
  document.getElementById('team-name').textContent = workspace.team.name;
  const line = document.getElementById('connection');
  line.textContent = away ? 'simulator offline' : 'simulated, live';
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

function drawList(id, conversations, app) {
  const { view, workspace, drafts } = app;
  const now = view.conversation;
  const rows = conversations.map((conversation) => ({
    conversation,
    route: view.routeTo(conversation),
    title: workspace.title(conversation, view.me),
    unread: view.unread(conversation),
    current: !view.timeline && view.routeTo(conversation) === view.routeTo(now),
    presence: conversation.bot === workspace.bot.id ? PRESENCE[app.health.state] : null,
    draft: conversation.id !== now.id && drafts.has(`${view.me} ${view.routeTo(conversation)}`),
  }));
  sync(document.getElementById(id), rows, {
    key: (row) => row.route,
    version: ({ title, unread, current, draft, presence }) =>
      [view.me, title, unread.number, unread.personal, current, draft, presence].join(' '),
    build: (row) => h('li', null, link(row, app)),
  });
}

/** The bot is active while all its parts are alive. */
const PRESENCE = { ok: 'active', down: 'away', unknown: null };

function link({ conversation, route, title, unread: { number, personal }, current, draft, presence }, app) {
  const onclick = (event) => {
    // Leave clicks that open a new tab or window to the browser.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    app.actions.go(route);
    if (narrow.matches) document.getElementById('open-sidebar').focus();
  };
  const look = number ? 'sidebar-link unread' : 'sidebar-link';
  const badge = { class: personal ? 'badge badge-personal' : 'badge', 'aria-hidden': 'true' };
  const properties = { class: look, href: addressOf(route), 'data-f': 'open', tabindex: -1 };
  return h('a', { ...properties, 'aria-current': current && 'page', onclick },
    signOf(conversation, app.workspace),
    h('span', { class: 'sidebar-link-title' }, title),
    presence && [
      h('span', { class: 'presence', 'data-presence': presence, title: presence, 'aria-hidden': 'true' }),
      spoken(`, ${presence}`),
    ],
    draft && [icon('pencil'), spoken(', draft')],
    number > 0 && [h('span', badge, number), spoken(`, ${number} unread`)]);
}

function drawWorkbench({ view, workspace, actions }) {
  const tools = [
    { name: 'list', title: 'Timeline', href: addressOf(TIMELINE), current: view.timeline, act: () => actions.go(TIMELINE) },
    workspace.extensions.includes('explain') && {
      name: 'question', title: 'What would it say?', href: '#', current: false, act: () => actions.toggleExplain(),
    },
  ].filter(Boolean);
  sync(document.getElementById('workbench'), tools, {
    key: ({ title }) => title,
    version: ({ current }) => current,
    build: ({ name, title, href, current, act }) => {
      const onclick = (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        actions.closeDrawer();
        act();
      };
      const properties = { class: 'sidebar-link', href, tabindex: -1, 'data-f': 'open', onclick };
      return h('li', null, h('a', { ...properties, 'aria-current': current && 'page' },
        icon(name), h('span', { class: 'sidebar-link-title' }, title)));
    },
  });
}

function showTheme() {
  const dark = document.documentElement.dataset.theme === 'dark';
  const toggle = document.getElementById('theme');
  const label = dark ? 'Light colours' : 'Dark colours';
  toggle.replaceChildren(icon(dark ? 'sun' : 'moon'));
  toggle.setAttribute('aria-label', label);
  toggle.title = label;
}

function showWelcome(app) {
  app.view.welcome = true;
  app.actions.go(app.view.isBotDm ? 'general' : app.view.route);
  document.querySelector('#welcome .chip')?.focus();
}
