// Says what did not work, at the lower edge of the page.

import { h } from '../elements/dom.js';

const TOAST_SECONDS = 8;

export function makeNotices() {
  function toast(text) {
    const note = h('div', { class: 'toast' }, text);
    document.getElementById('toasts').append(note);
    setTimeout(() => note.remove(), TOAST_SECONDS * 1000);
  }

  /** Runs what may be refused; what it says then is shown. Gives its answer, or null. */
  async function attempt(work) {
    try {
      return await work();
    } catch (problem) {
      const away = problem instanceof TypeError;
      toast(away ? 'The simulator isn’t responding.' : `That didn’t work: ${problem.message}`);
      return null;
    }
  }

  return { toast, attempt };
}
