// The inline editor of a message.

import { button, h } from '../elements/dom.js';
import { showDialog } from '../elements/dialog.js';
import { typedText } from '../elements/markup.js';
import { complete } from './completion.js';
import { Offers } from './offers.js';

export class Editor {
  constructor(app, message) {
    Object.assign(this, { app, message });
    const { ts } = message;
    this.field = h('textarea', {
      class: 'field editor-field', rows: 2, 'aria-label': 'Edit message', 'data-f': 'editor',
      'aria-autocomplete': 'list', 'aria-controls': `editor-offers-${ts}`,
      oninput: () => this.changed(),
      onkeydown: (event) => this.onKey(event),
      onblur: () => this.offers.close(),
    });
    this.field.value = typedText(message.text, app.names);
    this.offers = new Offers(app, this.field, `editor-offers-${ts}`, (item, { from }) => {
      this.field.setRangeText(item.text, from, this.field.selectionStart, 'end');
      this.changed();
    });
    const onsubmit = (event) => {
      event.preventDefault();
      this.save();
    };
    this.element = h('form', { class: 'editor', onsubmit }, this.offers.list, this.field,
      h('div', { class: 'editor-buttons' },
        button('button', { onclick: () => this.close() }, 'Cancel'),
        button('button button-main', { type: 'submit' }, 'Save')));
  }

  /** Focuses the field, with the caret at the end. The editor must be on the page. */
  focus() {
    this.field.focus();
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
    this.fit();
  }

  fit() {
    this.field.style.setProperty('height', 'auto');
    this.field.style.setProperty('height', `${Math.min(this.field.scrollHeight + 2, 220)}px`);
  }

  changed() {
    this.fit();
    const caret = this.field.selectionStart;
    this.offers.show(complete(this.field.value.slice(0, caret), this.app.composer.known()));
  }

  onKey(event) {
    if (event.isComposing) return;
    if (this.offers.onKey(event)) {
      event.preventDefault();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.save();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      this.close();
    }
  }

  async save() {
    const { app, message } = this;
    const typed = this.field.value.trim();
    if (!typed) {
      askToDelete(app, message);
    } else if (typed === typedText(message.text, app.names) || await app.actions.edit(message, typed)) {
      this.close();
    }
  }

  close() {
    this.app.actions.stopEditing();
  }
}

/** Deletes a message after confirmation. */
export function askToDelete(app, message) {
  const dialog = showDialog('Delete message', (close) => {
    const remove = async () => {
      close();
      await app.actions.remove(message);
    };
    const words = typedText(message.text, app.names) || message.files.map(({ name }) => name).join(', ');
    return h('div', { class: 'dialog-form' },
      h('p', null, 'Delete this message? This can’t be undone.'),
      h('blockquote', { class: 'quoted' }, words.slice(0, 300)),
      h('div', { class: 'dialog-buttons' },
        button('button', { onclick: close }, 'Cancel'),
        button('button button-bad', { onclick: remove, 'data-first': true }, 'Delete')));
  });
  dialog.addEventListener('close', () => app.composer.field.focus());
}
