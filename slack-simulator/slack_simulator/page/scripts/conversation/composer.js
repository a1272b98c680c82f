// The composer: Enter sends, Shift+Enter adds a new line, and completions open while typing.

import { botIcon } from '../elements/avatar.js';
import { button, h, icon, iconButton, sync } from '../elements/dom.js';
import { bytes } from '../elements/format.js';
import { openMenu } from '../elements/menu.js';
import { complete } from './completion.js';
import { Offers } from './offers.js';

const LARGEST_FILE = 1_000_000;
const TALLEST = 220;

export class Composer {
  /** `send(text, file)` sends a message and returns whether that worked. */
  constructor(app, id, { send, label }) {
    Object.assign(this, { app, id, send });
    this.file = null;
    this.draftKey = null;
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
      onblur: () => this.offers.close(),
      onpaste: (event) => this.pasted(event),
    });
    this.offers = new Offers(this.app, this.field, `${id}-offers`, (item, { from }) => {
      this.field.setRangeText(item.text, from, this.field.selectionStart, 'end');
      this.field.focus();
      this.changed();
      if (item.shortcut) this.app.actions.startShortcut(item.shortcut);
    });
    this.chosen = h('div', { class: 'composer-file', hidden: true });
    this.picker = h('input', {
      type: 'file', class: 'spoken', tabindex: -1, 'aria-hidden': 'true',
      onchange: () => this.picked(),
    });
    this.button = button('send', { type: 'submit', 'aria-label': 'Send', title: 'Send' }, icon('send'));
    this.mention = button('icon-button', {
      'aria-label': 'Mention the bot', title: 'Mention the bot',
      onclick: () => this.insert(`@${this.app.workspace.bot.name} `),
    });
    const hint = h('span', { class: 'composer-hint', id: `${id}-hint` },
      'Enter to send, Shift+Enter for a new line');
    const share = iconButton('clip', 'Share a file', () => this.picker.click());
    this.shortcuts = iconButton('bolt', 'Shortcuts', ({ currentTarget }) => this.offerShortcuts(currentTarget));
    const bar = h('div', { class: 'composer-bar' },
      share, this.mention, this.shortcuts, this.picker, hint, this.button);
    const box = h('div', { class: 'composer-box' }, this.chosen, this.field, bar);
    const onsubmit = (event) => this.submit(event);
    this.element = h('form', { class: 'composer', onsubmit }, this.offers.list, box);
  }

  globalShortcuts() {
    return this.app.workspace.app.shortcuts.filter(({ type }) => type === 'global');
  }

  offerShortcuts(anchor) {
    openMenu(anchor, 'Shortcuts', this.globalShortcuts().map((each) => ({
      label: each.name, note: each.description, act: () => this.app.actions.startShortcut(each),
    })));
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

  /** Shows the draft with this key. */
  showDraft(key) {
    if (key === this.draftKey) return;
    this.draftKey = key;
    this.field.value = this.app.drafts.of(key);
    this.take(this.app.drafts.fileOf(key), { quietly: true });
  }

  // Text.

  fill(text) {
    this.field.value = text;
    this.field.focus();
    this.changed();
    this.offers.close();
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
    this.shortcuts.hidden = this.globalShortcuts().length === 0;
    this.button.disabled = !field.value.trim() && !this.file;
    if (this.draftKey) this.app.drafts.keep(this.draftKey, field.value, this.file);
    const caret = field.selectionStart;
    const atEnd = caret === field.selectionEnd && document.activeElement === field;
    this.offers.show(atEnd ? complete(field.value.slice(0, caret), this.known()) : null);
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
      slash: this.slash(),
    };
  }

  slash() {
    const { slash_commands: commands } = this.app.workspace.app;
    return [
      ...(commands ?? []).map(({ command, description, usage_hint: hint }) => ({
        text: `${command} `, label: command, note: [hint, description].filter(Boolean).join(' · '), kind: 'slash',
      })),
      ...this.globalShortcuts().map((shortcut) => ({
        text: '', label: shortcut.name, note: shortcut.description, kind: 'shortcut', shortcut,
      })),
    ];
  }

  async submit(event) {
    event?.preventDefault();
    const text = this.field.value.trim();
    if (!text && !this.file) return;
    const { file, draftKey } = this;
    this.field.value = '';
    this.take(null);
    this.field.focus();
    if ((await this.send(text, file)) || this.app.drafts.of(draftKey)) return;
    // Sending failed: restore the draft of that conversation, which may not be open any more.
    this.app.drafts.keep(draftKey, text, file);
    if (this.draftKey !== draftKey) return;
    this.fill(text);
    this.take(file);
  }

  // Keys.

  onKey(event) {
    if (event.isComposing) return;
    if (this.offers.onKey(event)) {
      event.preventDefault();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === 'ArrowUp' && !this.field.value) {
      event.preventDefault();
      this.element.dispatchEvent(new CustomEvent('leave-upwards', { bubbles: true }));
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

  /** Sets or clears (null) the file to send. With `quietly`, the focus stays where it is. */
  take(file, { quietly = false } = {}) {
    if (file && file.size > LARGEST_FILE) {
      const most = bytes(LARGEST_FILE);
      this.app.actions.toast(`${file.name} is too large. The limit is ${most}.`);
      return;
    }
    this.file = file;
    this.chosen.hidden = !file;
    this.chosen.replaceChildren(...(file ? [
      icon('file'), h('span', null, file.name), h('span', { class: 'file-note' }, bytes(file.size)),
      iconButton('close', 'Remove file', () => {
        this.take(null);
        this.field.focus();
      }),
    ] : []));
    this.changed();
    if (file && !quietly) this.field.focus();
  }
}
