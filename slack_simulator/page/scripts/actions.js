// What you can do here. Each tells the simulator; what comes of it arrives by the feed.

import { h } from './elements/dom.js';
import { duration } from './elements/format.js';
import { remember } from './workspace/prefs.js';
import { get, post } from './workspace/stream.js';
import { addressOf, routeOf } from './view.js';

const TOAST_SECONDS = 8;
const SLACKS_DELAYS = [1, 60, 300];

export function makeActions(app) {
  const { view } = app;
  const at = (id) => document.getElementById(id);

  /** Runs what may be refused; what it says then is shown. Gives its answer, or null. */
  async function attempt(work) {
    try {
      return await work();
    } catch (problem) {
      const away = problem instanceof TypeError;
      toast(away ? 'The simulator does not answer.' : `That did not work: ${problem.message}`);
      return null;
    }
  }

  function toast(text) {
    const note = h('div', { class: 'toast' }, text);
    at('toasts').append(note);
    setTimeout(() => note.remove(), TOAST_SECONDS * 1000);
  }

  const channelForApi = (place) => place.id ?? `@${view.me}`;

  // Talking.

  function say(typed, place, threadTs = null) {
    view.newFrom = null;
    const body = { typed, channel: channelForApi(place), user: view.me, thread_ts: threadTs };
    return attempt(() => post('/sim/messages', body));
  }

  async function upload(file, typed, place, threadTs = null) {
    const content = await base64(file);
    const body = { name: file.name, content_base64: content, typed, channel: channelForApi(place) };
    return attempt(() => post('/sim/files', { ...body, user: view.me, thread_ts: threadTs }));
  }

  function react(message, emoji) {
    if (message.reactions.get(emoji)?.has(view.me)) return null;
    const { channel, ts } = message;
    return attempt(() => post('/sim/reactions', { channel, ts, emoji, user: view.me }));
  }

  /** A message of yours came in: if its trace can be watched, watch it. */
  function onOwnMessage(message) {
    const trace = app.traces.of(message);
    if (view.pane?.kind === 'trace' && view.pane.follow && trace?.ids.length) view.pane.id = trace.id;
  }

  // Coming and going.

  async function joinChannel(name) {
    go(name);
    if (!(await attempt(() => post('/sim/joins', { channel: name, user: view.me })))) return;
    // The feed may be a moment behind the answer.
    await until(() => view.place.members.has(view.me));
    app.drawNow();
    skipTo('composer');
  }

  async function joinTeam(name) {
    const joined = await attempt(() => post('/sim/joins', { user: name }));
    if (!joined) return false;
    await until(() => app.workspace.users.has(joined.user));
    become(joined.user, view.botRoute);
    return true;
  }

  function become(user, route = view.route) {
    view.me = user;
    remember('me', user);
    if (view.pane?.kind === 'thread') view.pane = null;
    go(view.resolve(route) ? route : 'general');
  }

  function go(route) {
    closeDrawer();
    if (view.pane?.kind === 'thread' && view.route !== route) view.pane = null;
    view.enter(route);
    if (routeOf(location.hash) !== route) history.pushState(null, '', addressOf(route));
    app.drawNow();
  }

  function onAddress() {
    const route = routeOf(location.hash);
    if (route && route !== view.route) go(route);
  }

  // Panes.

  /** Shows something beside the conversation; it gets the focus unless it only changed. */
  function openPane(pane) {
    const opener = view.pane?.opener ?? whereabouts(document.activeElement);
    view.pane = { ...pane, opener, fresh: true };
    app.drawNow();
  }

  function closePane() {
    const opener = view.pane?.opener;
    view.pane = null;
    app.drawNow();
    (opener?.() ?? composerField())?.focus({ preventScroll: true });
  }

  const openThread = (message) =>
    openPane({ kind: 'thread', channel: message.channel, ts: message.threadTs ?? message.ts });

  function openTrace(trace, article = null) {
    openPane({ kind: 'trace', id: trace.id, follow: true });
    article?.scrollIntoView({ block: 'nearest' });
  }

  function toggleTrouble() {
    if (view.pane?.kind === 'trouble') closePane();
    else openPane({ kind: 'trouble' });
  }

  function openDrawer() {
    view.drawer = true;
    app.drawNow();
  }

  function closeDrawer() {
    view.drawer = false;
    app.drawNow();
  }

  /** Closes what is on top, if anything is. */
  function closeSomething() {
    if (view.drawer) {
      closeDrawer();
      at('open-sidebar').focus();
    } else if (view.pane) {
      closePane();
    } else {
      return false;
    }
    return true;
  }

  function composerField() {
    return at('composer').querySelector('textarea, button');
  }

  function skipTo(where) {
    const last = at('message-list').querySelector('li:last-child article');
    const target = where === 'composer' ? composerField() : (last ?? at('messages'));
    target?.focus();
  }

  function dismissWelcome() {
    view.welcome = false;
    remember('welcomed', true);
    app.drawNow();
    composerField()?.focus();
  }

  /** Puts a text into the composer, ready to be sent. */
  function suggest(text, route = view.route) {
    if (route !== view.route) go(route);
    closeDrawer();
    app.composer.fill(text);
  }

  // Trouble.

  async function trouble(fault) {
    const answer = await attempt(() => post('/sim/faults', fault));
    if (answer) app.workspace.faults = answer.faults;
    app.draw();
  }

  /** Takes away the faults of one kind and leaves the others as they are. */
  async function endTrouble(kind) {
    const left = app.workspace.faults.filter((fault) => fault.kind !== kind);
    await attempt(async () => {
      await post('/sim/faults/clear', {});
      for (const { hits, ...fault } of left) {
        const times = fault.times === null ? null : fault.times - hits;
        await post('/sim/faults', { ...fault, times });
      }
    });
    await refreshFaults();
  }

  async function stopTrouble() {
    await Promise.all([attempt(() => post('/sim/faults/clear', {})), deliverTimes(1)]);
    await refreshFaults();
  }

  async function deliverTimes(redeliver) {
    const delays = redeliver > 1 ? Array(redeliver - 1).fill(0.7) : SLACKS_DELAYS;
    const answer = await attempt(() => post('/sim/settings', { redeliver, delays }));
    if (answer) app.workspace.settings = answer.settings;
    app.draw();
  }

  async function refreshFaults() {
    try {
      const [{ faults }, { settings }] = await Promise.all([get('/sim/faults'), get('/sim/settings')]);
      Object.assign(app.workspace, { faults, settings });
      app.draw();
    } catch {
      // The stream finds out by itself that nobody answers.
    }
  }

  /** What goes wrong on purpose, each in words. */
  function troubles() {
    const words = app.workspace.faults.map(inWords);
    const times = app.workspace.settings.redeliver ?? 1;
    if (times > 1) words.push(`every event is delivered ${times} times`);
    return words;
  }

  return {
    say, upload, react, onOwnMessage, joinChannel, joinTeam, become, go, onAddress,
    openThread, openTrace, closePane, toggleTrouble, openDrawer, closeDrawer, closeSomething,
    skipTo, dismissWelcome, suggest, toast,
    trouble, endTrouble, stopTrouble, deliverTimes, refreshFaults, troubles,
  };
}

/** A way back to an element, also if its message is drawn anew meanwhile. */
function whereabouts(element) {
  const { ts } = element.closest('article')?.dataset ?? {};
  const { f } = element.dataset;
  if (!ts) return () => (element.isConnected && element !== document.body ? element : null);
  return () => {
    const article = document.querySelector(`#message-list article[data-ts="${CSS.escape(ts)}"]`);
    return article?.querySelector(`[data-f="${CSS.escape(f ?? '')}"]`) ?? article;
  };
}

/** One fault, as in "429 for the next 2 calls". */
function inWords(fault) {
  const left = fault.times === null ? null : fault.times - fault.hits;
  const call = fault.method === '*' ? 'call' : `${fault.method} call`;
  const next = left === 1 ? `the next ${call}` : `the next ${left} ${call}s`;
  const which = left === null ? `every ${call}` : next;
  switch (fault.kind) {
    case 'ratelimited':
      return `429 for ${which}, to be tried again after ${fault.retry_after} s`;
    case 'server_error':
      return `${fault.status} for ${which}`;
    case 'slow':
    case 'slow_after':
      return `${duration(fault.seconds)} slower for ${which}`;
    case 'cut_before':
    case 'cut_during':
    case 'cut_after':
      return `connection cut at ${which}`;
    default:
      return `${fault.kind.replaceAll('_', ' ')} for ${which}`;
  }
}

async function base64(file) {
  const raw = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < raw.length; at += 0x8000) {
    text += String.fromCharCode(...raw.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

async function until(holds) {
  for (let tries = 0; tries < 100 && !holds(); tries += 1) {
    await new Promise((done) => setTimeout(done, 20));
  }
}
