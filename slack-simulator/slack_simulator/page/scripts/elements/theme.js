// The light or dark theme. A plain script, so that it runs before anything is drawn.
// The system setting applies until the user chooses a theme.

(() => {
  const KEY = 'slack_simulator.theme';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage is disabled.
  }
  const show = () => {
    document.documentElement.dataset.theme = chosen ?? (dark.matches ? 'dark' : 'light');
  };
  show();
  dark.addEventListener('change', show);
  window.toggleTheme = () => {
    chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // The choice lasts until the page is closed.
    }
    show();
    return chosen;
  };
})();
