// A small menu beside a button.

import { button, h, hasFocus, placeAt } from './dom.js';
import { oneStop, rove } from './roving.js';

/** Opens a menu of `{ label, note, act }` beside an element. Escape closes it. */
export function openMenu(anchor, name, entries) {
  const menu = h('div', { class: 'menu', role: 'menu', popover: 'auto', 'aria-label': name });
  const items = entries.map(({ label, note, act }) => button('menu-item', {
    role: 'menuitem', tabindex: -1,
    onclick() {
      menu.hidePopover();
      act();
    },
  }, h('span', { class: 'menu-words' }, h('span', null, label), note && h('span', { class: 'menu-note' }, note))));
  menu.append(...items);
  rove(menu, '[role="menuitem"]');
  menu.addEventListener('toggle', ({ newState }) => {
    if (newState !== 'closed') return;
    if (hasFocus(menu) && anchor.isConnected) anchor.focus({ preventScroll: true });
    menu.remove();
  });
  // Inside the landmark, but outside elements that may be hidden or redrawn.
  (anchor.closest('main, aside, nav') ?? document.body).append(menu);
  menu.showPopover();
  const { right, bottom } = anchor.getBoundingClientRect();
  placeAt(menu, right - menu.offsetWidth, bottom + 4);
  oneStop(items, items[0]);
  items[0].focus();
}
