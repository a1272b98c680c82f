// Modal dialogs.

import { h, iconButton } from './dom.js';

/**
 * Shows a dialog, and removes it once it is closed. `content(close)` returns its content. The focus
 * goes to the element with `data-first`, and its text is selected.
 */
export function showDialog(title, content, className = '') {
  const heading = h('h2', { id: 'dialog-title', class: 'dialog-title' }, title);
  const close = () => dialog.close();
  const head = h('div', { class: 'dialog-head' }, heading, iconButton('close', 'Close', close));
  const properties = { class: `dialog ${className}`.trim(), 'aria-labelledby': 'dialog-title' };
  const dialog = h('dialog', properties, head, content(close));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector('[data-first]');
  first?.focus();
  first?.select?.();
  return dialog;
}
