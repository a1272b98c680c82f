// Where one writes: Enter sends, Shift+Enter begins a line, offers open while one types.

import { avatar, botIcon } from '../elements/avatar.js';
import { complete } from './completion.js';
import { button, h, icon, iconButton, sync } from '../elements/dom.js';
import { bytes } from '../elements/format.js';

const LARGEST_FILE = 1_000_000;
const TALLEST = 220;

export class Composer {
  /** `send(text, file)` sends what was written; it gives whether that worked. */
  constructor(app, id, { send, label }) {
    Object.assign(this, { app, id, send });
    this.file = null;
    this.offer = null;
    this.active = -1;
    this.build(label);
    this.changed();
  }

  build(label) {
    const { id } = this;
    this.field = h('textarea', {
      class: 'composer-field', rows: 1, autocomplete: 'off', 'data-f': 'field',
      placeholder: label, 'aria-label': label, 'aria-describedby': `${id}-hint`,
      'aria-autocomplete': 'list', 'aria-controls': `${id}-offers`,
      oninput: () => this.changed(),
      onclick: () => this.changed(),
      onkeydown: (event) => this.onKey(event),
      onblur: () => this.close(),
      onpaste: (event) => this.pasted(event),
    });
    this.list = h('ul', {
      class: 'offers', id: `${id}-offers`, role: 'listbox', 'aria-label': 'Suggestions', hidden: true,
    });
    this.chosen = h('div', { class: 'composer-file', hidden: true });
    this.picker = h('input', {
      type: 'file', class: 'spoken', tabindex: -1, 'aria-hidden': 'true',
      onchange: () => this.picked(),
    });
    this.button = button('send', { type: 'submit', 'aria-label': 'Send', title: 'Send' }, icon('send'));
    this.mention = iconButton('robot', 'Mention the bot', () => {
      this.insert(`@${this.app.workspace.bot.name} `);
    });
    const hint = h('span', { class: 'composer-hint', id: `${id}-hint` },
      'Enter to send, Shift+Enter for a new line');
    const share = iconButton('clip', 'Share a file', () => this.picker.click());
    const bar = h('div', { class: 'composer-bar' }, share, this.mention, this.picker, hint, this.button);
    const box = h('div', { class: 'composer-box' }, this.chosen, this.field, bar);
    const onsubmit = (event) => this.submit(event);
    this.element = h('form', { class: 'composer', onsubmit }, this.list, box);
  }

  relabel(label) {
    sync(this.mention, [this.app.workspace.page.bot_picture], {
      key: (name) => `bot ${name}`,
      version: () => '',
      build: () => botIcon(this.app.workspace),
    });
    if (this.field.placeholder === label) return;
    this.field.placeholder = label;
    this.field.setAttribute('aria-label', label);
  }

  // Text.

  fill(text) {
    this.field.value = text;
    this.field.focus();
    this.changed();
    this.close();
  }

  insert(text) {
    const { selectionStart: from, selectionEnd: to, value } = this.field;
    const space = from > 0 && !/\s/.test(value[from - 1]) ? ' ' : '';
    this.field.focus();
    this.field.setRangeText(space + text, from, to, 'end');
    this.changed();
  }

  changed() {
    const { field } = this;
    field.style.setProperty('height', 'auto');
    const height = Math.min(field.scrollHeight, TALLEST);
    if (height) field.style.setProperty('height', `${height}px`);
    this.button.disabled = !field.value.trim() && !this.file;
    const caret = field.selectionStart;
    const atEnd = caret === field.selectionEnd && document.activeElement === field;
    this.show(atEnd ? complete(field.value.slice(0, caret), this.known()) : null);
  }

  known() {
    const { workspace, view } = this.app;
    const rank = (user) => (user.id === workspace.bot.id ? 0 : 1);
    const isOpen = (channel) => channel.kind === 'channel' && !channel.isArchived;
    return {
      users: [...workspace.users.values()].sort((a, b) => rank(a) - rank(b)),
      channels: [...workspace.channels.values()].filter(isOpen),
      commands: workspace.suggestions,
      bot: workspace.bot.name,
      direct: view.isBotDm,
    };
  }

  async submit(event) {
    event?.preventDefault();
    const text = this.field.value.trim();
    if (!text && !this.file) return;
    const { file } = this;
    this.field.value = '';
    this.take(null);
    this.field.focus();
    if (!(await this.send(text, file)) && !this.field.value) {
      this.fill(text);
      this.take(file);
    }
  }

  // Offers.

  show(offer) {
    this.offer = offer;
    this.active = offer?.eager ? 0 : -1;
    this.drawOffers();
  }

  close() {
    if (this.offer) this.show(null);
  }

  drawOffers() {
    const items = this.offer?.items ?? [];
    this.list.hidden = !items.length;
    sync(this.list, items, {
      key: (item) => item.kind + item.text,
      version: (item) => items.indexOf(item),
      build: (item) => this.option(item, items.indexOf(item)),
    });
    [...this.list.children].forEach((child, place) => {
      child.setAttribute('aria-selected', String(place === this.active));
    });
    const active = this.list.children[this.active];
    active?.scrollIntoView({ block: 'nearest' });
    if (active) this.field.setAttribute('aria-activedescendant', active.id);
    else this.field.removeAttribute('aria-activedescendant');
  }

  option(item, place) {
    return h('li', {
      class: 'offer', role: 'option', id: `${this.id}-offer-${place}`, 'aria-selected': 'false',
      onpointerdown: (event) => event.preventDefault(),
      onclick: () => this.accept(item),
    },
    this.sign(item),
    h('span', { class: 'offer-label' }, item.label),
    h('span', { class: 'offer-note' }, item.note));
  }

  sign({ kind, user, label }) {
    if (kind === 'user') return avatar(this.app.workspace, user, label, 'avatar-tiny');
    if (kind === 'command') return botIcon(this.app.workspace);
    return icon(kind === 'channel' ? 'hash' : 'people');
  }

  accept(item) {
    const { field, offer } = this;
    field.setRangeText(item.text, offer.from, field.selectionStart, 'end');
    field.focus();
    this.changed();
  }

  // Keys.

  onKey(event) {
    if (event.isComposing) return;
    if (this.offer && this.onOfferKey(event)) {
      event.preventDefault();
      return;
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === 'ArrowUp' && !this.field.value) {
      event.preventDefault();
      this.element.dispatchEvent(new CustomEvent('leave-upwards', { bubbles: true }));
    }
  }

  /** Whether the open list of offers took the key. */
  onOfferKey(event) {
    const { items } = this.offer;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        const step = event.key === 'ArrowDown' ? 1 : -1;
        const from = this.active < 0 && step < 0 ? 0 : this.active;
        this.active = (from + step + items.length) % items.length;
        this.drawOffers();
        return true;
      }
      case 'Enter':
        if (this.active < 0 || event.shiftKey) return false;
        this.accept(items[this.active]);
        return true;
      case 'Tab':
        if (event.shiftKey) return false;
        this.accept(items[Math.max(0, this.active)]);
        return true;
      case 'Escape':
        this.close();
        return true;
      default:
        return false;
    }
  }

  // Files.

  picked() {
    this.take(this.picker.files[0] ?? null);
    this.picker.value = '';
  }

  pasted(event) {
    const file = event.clipboardData?.files[0];
    if (!file) return;
    event.preventDefault();
    this.take(file);
  }

  /** Takes a file to be sent with the text; null: none. */
  take(file) {
    if (file && file.size > LARGEST_FILE) {
      const most = bytes(LARGEST_FILE);
      this.app.actions.toast(`${file.name} is too large: up to ${most} can be shared here.`);
      return;
    }
    this.file = file;
    this.chosen.hidden = !file;
    this.chosen.replaceChildren(...(file ? [
      icon('file'), h('span', null, file.name), h('span', { class: 'file-note' }, bytes(file.size)),
      iconButton('close', 'Leave the file out', () => {
        this.take(null);
        this.field.focus();
      }),
    ] : []));
    this.changed();
    if (file) this.field.focus();
  }
}
