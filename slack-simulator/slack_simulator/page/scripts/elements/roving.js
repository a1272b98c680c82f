// Lists that are a single tab stop and are navigated with the arrow keys.

const KEYS = new Set(['ArrowDown', 'ArrowUp', 'Home', 'End']);

/** Makes the arrow keys move the focus among the elements that match `selector`. */
export function rove(container, selector) {
  container.addEventListener('keydown', (event) => {
    if (!KEYS.has(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...container.querySelectorAll(selector)];
    const here = all.indexOf(document.activeElement);
    if (here < 0) return;
    event.preventDefault();
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    const next = all[(to + all.length) % all.length];
    oneStop(all, next);
    next.focus();
  });
}

/** Makes `chosen` the only tab stop. */
export function oneStop(all, chosen) {
  for (const each of all) each.tabIndex = each === chosen ? 0 : -1;
}
