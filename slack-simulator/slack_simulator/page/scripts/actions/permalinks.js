// Links to messages, as Slack's clients have them, lead to the messages on this page.

import { jumpTo } from '../conversation/older.js';

const PERMALINK = /\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})/;

/** The place of a permalink to a message in this workspace: `{ channel, ts }`; null for other texts. */
export function placeOf(text, { workspace }) {
  const [, id, seconds, micros] = PERMALINK.exec(text) ?? [];
  const channel = workspace.channels.get(id);
  return channel ? { channel, ts: `${seconds}.${micros}` } : null;
}

/** Makes links to messages lead to them, unless they are opened in a tab or window of their own. */
export function followPermalinks(app) {
  document.getElementById('main').addEventListener('click', (event) => {
    const link = event.target.closest('a.link');
    const place = link && placeOf(link.href, app);
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    jumpTo(app, place);
  });
}
