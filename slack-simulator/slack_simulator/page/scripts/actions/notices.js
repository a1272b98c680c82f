// Messages at the top of the page, clear of the composer, that go away by themselves.

import { h } from '../elements/dom.js';

const TOAST_SECONDS = 8;

export function makeNotices() {
  const banners = document.getElementById('banners');
  const toasts = document.getElementById('toasts');
  let latest = null;

  function placeBelowBanners() {
    toasts.style.top = `${banners.getBoundingClientRect().bottom}px`;
  }
  new ResizeObserver(placeBelowBanners).observe(banners);

  function toast(text) {
    const note = h('div', { class: 'toast' }, text);
    placeBelowBanners();
    toasts.append(note);
    setTimeout(() => note.remove(), TOAST_SECONDS * 1000);
    return note;
  }

  /** Shows what the app says about itself, in place of what it said before. */
  function notice(text) {
    latest?.remove();
    latest = toast(text);
  }

  /** Runs an action and reports its failure. Returns its answer, or null. */
  async function attempt(work) {
    try {
      return await work();
    } catch (problem) {
      const away = problem instanceof TypeError;
      toast(away ? 'The simulator isn’t responding.' : `That didn’t work: ${problem.message}`);
      return null;
    }
  }

  return { toast, notice, attempt };
}
