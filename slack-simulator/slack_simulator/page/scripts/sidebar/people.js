// The menu of members, to choose who you are.

import { avatar } from '../elements/avatar.js';
import { button, h, hasFocus, icon } from '../elements/dom.js';
import { joinTheTeam } from './dialogs.js';

/** Opens the menu below the button that shows the current member. */
export function openPeople(app) {
  const { workspace, view, actions } = app;
  const opener = document.getElementById('you');
  const close = () => menu.hidePopover();
  const items = workspace.members().map((user) =>
    button('menu-item', {
      role: 'menuitemradio', tabindex: -1, 'aria-checked': String(user.id === view.me),
      onclick() {
        close();
        actions.become(user.id);
      },
    },
    avatar(workspace, user, user.realName, 'avatar-small'),
    h('span', { class: 'menu-words' },
      h('span', null, user.name),
      h('span', { class: 'menu-note' }, roleOf(app, user))),
    user.id === view.me && icon('check')));
  items.push(button('menu-item menu-last', {
    role: 'menuitem', tabindex: -1,
    onclick() {
      close();
      joinTheTeam(app);
    },
  }, icon('door'), 'Add a new member …'));
  const properties = { class: 'menu', role: 'menu', popover: 'auto', 'aria-label': 'You are' };
  const menu = h('div', properties, items);
  menu.addEventListener('keydown', (event) => onKey(event, items));
  menu.addEventListener('toggle', ({ newState }) => {
    opener.setAttribute('aria-expanded', String(newState === 'open'));
    if (newState === 'closed') {
      if (hasFocus(menu)) opener.focus();
      menu.remove();
    }
  });
  // Inside the sidebar's landmark.
  document.getElementById('sidebar').append(menu);
  const { left, bottom } = opener.getBoundingClientRect();
  // The drawer of a narrow window may still be sliding in, with the opener out of sight.
  menu.style.setProperty('left', `${Math.max(8, left)}px`);
  menu.style.setProperty('top', `${bottom + 4}px`);
  menu.style.setProperty('max-height', `min(70dvh, calc(100dvh - ${bottom + 12}px))`);
  menu.showPopover();
  (items.find((item) => item.getAttribute('aria-checked') === 'true') ?? items[0]).focus();
}

function roleOf({ workspace }, user) {
  if (user.isAdmin) return 'moderator of this Slack';
  const rooms = workspace.channelsOf(user.id).length;
  return rooms < 3 ? 'new here' : `in ${rooms} channels`;
}

function onKey(event, items) {
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length).focus();
}
