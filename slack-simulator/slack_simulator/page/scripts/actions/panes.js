// The pane beside the conversation, and the drawer in narrow windows.

export function paneActions(app) {
  const { view } = app;

  /** Opens a pane beside the conversation and focuses it. */
  function openPane(pane) {
    const opener = view.pane?.opener ?? whereabouts(document.activeElement);
    view.show({ ...pane, opener, fresh: true });
    app.drawNow();
  }

  function closePane() {
    const opener = view.pane?.opener;
    view.show(null);
    app.drawNow();
    (opener?.() ?? app.actions.composerField())?.focus({ preventScroll: true });
  }

  const openThread = (message) =>
    openPane({ kind: 'thread', channel: message.channel, ts: message.threadTs ?? message.ts });

  const openWhy = ({ channel, ts }) => openPane({ kind: 'why', channel, ts });

  function openTrace(trace, article = null) {
    openPane({ kind: 'trace', id: trace.id, follow: true });
    article?.scrollIntoView({ block: 'nearest' });
  }

  function openEntry(row) {
    openPane({ kind: 'entry', id: row.id });
  }

  function toggle(kind) {
    if (view.pane?.kind === kind) closePane();
    else openPane({ kind });
  }

  const toggleFaults = () => toggle('faults');
  const toggleExplain = () => toggle('explain');

  function openDrawer() {
    view.drawer = true;
    app.drawNow();
  }

  function closeDrawer() {
    view.drawer = false;
    app.drawNow();
  }

  /** Closes the drawer or the pane, if one is open. */
  function closeSomething() {
    if (view.drawer) {
      closeDrawer();
      document.getElementById('open-sidebar').focus();
    } else if (view.pane) {
      closePane();
    } else {
      return false;
    }
    return true;
  }

  return {
    openThread, openWhy, openTrace, openEntry, closePane, toggleFaults, toggleExplain, openDrawer, closeDrawer,
    closeSomething,
  };
}

/** A function that finds an element again, even if its message was redrawn. */
function whereabouts(element) {
  const { ts } = element.closest('article')?.dataset ?? {};
  const { f, row } = element.dataset;
  if (row) return () => document.querySelector(`[data-row="${CSS.escape(row)}"]`);
  if (!ts) return () => (element.isConnected && element !== document.body ? element : null);
  return () => {
    const article = document.querySelector(`#message-list article[data-ts="${CSS.escape(ts)}"]`);
    return article?.querySelector(`[data-f="${CSS.escape(f ?? '')}"]`) ?? article;
  };
}
