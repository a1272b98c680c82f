// The keyboard in a list of messages: the list is one tab stop, and arrows move between messages.
//
// Only the current message and its controls are in the tab order. It's the one with the focus, or
// else the last one. Otherwise, the way to the composer would be as long as the conversation.

import { onMessageKey } from './message_tools.js';

const STOPS = 'a, button, summary, input, select, textarea, [tabindex]';

/** Takes a message and its controls out of the tab order. */
export const rest = (article) => setStops(article, -1);

/** Makes the message with the focus, or else the last one, the list's tab stop. */
export function keepOneStop(list) {
  const focused = document.activeElement?.closest('article');
  makeCurrent(list, list.contains(focused) ? focused : lastOf(list));
}

function makeCurrent(list, article) {
  const before = list.querySelector('article[tabindex="0"]');
  if (before === article) return;
  if (before) rest(before);
  if (article) setStops(article, 0);
}

function setStops(article, tabIndex) {
  article.tabIndex = tabIndex;
  for (const stop of article.querySelectorAll(STOPS)) {
    // Links in folded text are hidden.
    if (!stop.closest('.folded')) stop.tabIndex = tabIndex;
  }
}

const lastOf = (list) => [...list.querySelectorAll('article')].at(-1) ?? null;

/** Makes Up and Down move between messages, and Escape focus the composer. */
export function listenToMessages(list, app) {
  list.addEventListener('focusin', () => keepOneStop(list));
  list.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !list.contains(relatedTarget)) makeCurrent(list, lastOf(list));
  });
  list.addEventListener('keydown', (event) => {
    const article = event.target.closest('article');
    if (!article || event.target.closest('input, textarea, pre')) return;
    const all = [...list.querySelectorAll('article')];
    const here = all.indexOf(article);
    const target = {
      ArrowUp: all[here - 1], ArrowDown: all[here + 1], Home: all[0], End: all.at(-1),
    }[event.key];
    if (target) {
      event.preventDefault();
      target.focus();
    } else if (event.target === article && onMessageKey(event, article)) {
      event.preventDefault();
    } else if (event.key === 'Escape' && !app.view.pane && !app.view.drawer) {
      event.preventDefault();
      app.actions.skipTo('composer');
    }
  });
}
