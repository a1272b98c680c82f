// The emoji picker: a few favourites, and a field to find others by name.

import { button, h, hasFocus, placeAt } from './dom.js';
import { emoji, namesLike } from './emoji.js';

const SHOWN = 24;

/** Opens the picker beside `anchor`. Calls `onPick(name)` at most once. */
export function openPicker(anchor, favourites, onPick) {
  const grid = h('div', { class: 'picker-grid' });
  const field = h('input', {
    class: 'field', type: 'search',
    placeholder: 'Find an emoji by name', 'aria-label': 'Find an emoji by name',
    oninput: () => fill(),
    onkeydown(event) {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      grid.querySelector('button')?.click();
    },
  });
  const properties = { class: 'picker', popover: 'auto', role: 'dialog', 'aria-label': 'Pick an emoji' };
  const picker = h('div', properties, field, grid);
  const pick = (name) => {
    picker.hidePopover();
    onPick(name);
  };
  const fill = () => {
    const wanted = field.value.trim().toLowerCase().replaceAll(':', '').replaceAll(' ', '_');
    const buttons = (wanted ? namesLike(wanted, SHOWN) : favourites).map((name) => button('picker-emoji', {
      'aria-label': name.replaceAll('_', ' '), title: `:${name}:`, onclick: () => pick(name),
    }, emoji(name, null)));
    grid.replaceChildren(...buttons);
    if (!buttons.length) grid.append(h('p', { class: 'picker-none' }, 'No emoji found.'));
  };
  const article = anchor.closest('article');
  picker.addEventListener('toggle', ({ newState }) => {
    if (newState !== 'closed') return;
    const back = anchor.isConnected ? anchor : article?.isConnected ? article : null;
    if (hasFocus(picker)) back?.focus({ preventScroll: true });
    picker.remove();
  });
  fill();
  document.body.append(picker);
  picker.showPopover();
  beside(picker, anchor.getBoundingClientRect());
  field.focus();
}

/** Places a popover below its anchor, or else above. */
function beside(popover, rectangle) {
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = rectangle.bottom + 6;
  const top = below + height < innerHeight - 8 ? below : rectangle.top - height - 6;
  placeAt(popover, rectangle.right - width, top);
}
