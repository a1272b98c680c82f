// The list of completions above the composer: names, channels, emoji and commands.

import { avatar, botIcon } from '../elements/avatar.js';
import { h, icon, sync } from '../elements/dom.js';
import { emoji, isDrawn } from '../elements/emoji.js';

/** The completions of a text field. `onAccept(item, offer)` is called with the chosen one. */
export class Offers {
  constructor(app, field, id, onAccept) {
    Object.assign(this, { app, field, id, onAccept, offer: null, active: -1 });
    this.list = h('ul', {
      class: 'offers', id, role: 'listbox', 'aria-label': 'Suggestions', hidden: true,
    });
  }

  /** Shows the result of `complete`. */
  show(offer) {
    this.offer = offer;
    this.active = offer?.eager ? 0 : -1;
    this.draw();
  }

  close() {
    if (this.offer) this.show(null);
  }

  draw() {
    const items = this.offer?.items ?? [];
    this.list.hidden = !items.length;
    sync(this.list, items, {
      key: (item) => item.kind + item.text,
      version: (item) => items.indexOf(item),
      build: (item) => this.option(item, items.indexOf(item)),
    });
    [...this.list.children].forEach((child, index) => {
      child.setAttribute('aria-selected', String(index === this.active));
    });
    const active = this.list.children[this.active];
    active?.scrollIntoView({ block: 'nearest' });
    if (active) this.field.setAttribute('aria-activedescendant', active.id);
    else this.field.removeAttribute('aria-activedescendant');
  }

  option(item, index) {
    return h('li', {
      class: 'offer', role: 'option', id: `${this.id}-${index}`, 'aria-selected': 'false',
      onpointerdown: (event) => event.preventDefault(),
      onclick: () => this.onAccept(item, this.offer),
    },
    this.sign(item),
    h('span', { class: 'offer-label' }, item.label),
    h('span', { class: 'offer-note' }, item.note));
  }

  sign({ kind, user, label, name }) {
    if (kind === 'user') return avatar(this.app.workspace, user, label, 'avatar-tiny');
    if (kind === 'command') return botIcon(this.app.workspace);
    if (kind === 'emoji') return isDrawn(name) ? emoji(name, null) : icon('smile');
    return icon({ channel: 'hash', slash: 'bolt', shortcut: 'bolt' }[kind] ?? 'people');
  }

  /** Handles a key. Returns whether the open list used it. */
  onKey(event) {
    if (!this.offer) return false;
    const { items } = this.offer;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        const step = event.key === 'ArrowDown' ? 1 : -1;
        const from = this.active < 0 && step < 0 ? 0 : this.active;
        this.active = (from + step + items.length) % items.length;
        this.draw();
        return true;
      }
      case 'Enter':
        if (this.active < 0 || event.shiftKey) return false;
        this.onAccept(items[this.active], this.offer);
        return true;
      case 'Tab':
        if (event.shiftKey) return false;
        this.onAccept(items[Math.max(0, this.active)], this.offer);
        return true;
      case 'Escape':
        this.close();
        return true;
      default:
        return false;
    }
  }
}
