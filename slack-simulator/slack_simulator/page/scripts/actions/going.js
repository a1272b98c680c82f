// Navigation: switching members and conversations, and joining new ones.

import { readAddress, TIMELINE } from '../routes.js';
import { remember } from '../workspace/prefs.js';
import { post } from '../workspace/stream.js';

export function goingActions(app, { attempt }) {
  const { view } = app;
  const at = (id) => document.getElementById(id);

  function go(route) {
    app.actions.closeDrawer();
    if (view.pane?.kind === 'thread' && view.route !== route) view.pane = null;
    view.enter(route);
    view.writeAddress('push');
    app.drawNow();
  }

  function onAddress() {
    const { route, pane } = readAddress(location.hash);
    const open = view.timeline ? TIMELINE : view.route;
    if (route && route !== open) go(view.known(route));
    if (pane) view.openAddressed(pane);
    app.drawNow();
  }

  function become(user, route = view.route) {
    view.me = user;
    remember('me', user);
    if (view.pane?.kind === 'thread') view.pane = null;
    go(view.resolve(route) ? route : 'general');
  }

  async function joinChannel(name) {
    go(name);
    if (!(await attempt(() => post('/sim/joins', { channel: name, user: view.me })))) return;
    // The feed may lag behind the response.
    await until(() => view.conversation.members.has(view.me));
    app.drawNow();
    skipTo('composer');
  }

  /** Leaves a channel. Returns whether that worked. */
  async function leaveChannel({ id, members }) {
    if (!(await attempt(() => post('/sim/leaves', { channel: id, user: view.me })))) return false;
    await until(() => !members.has(view.me));
    app.drawNow();
    return true;
  }

  /** Goes where an open channel is now, or to #general if you no longer see it. */
  function follow(id) {
    if (view.timeline || view.resolve(view.route)) return;
    const channel = app.workspace.channels.get(id);
    go(channel && app.workspace.maySee(channel, view.me) ? view.routeTo(channel) : 'general');
  }

  async function joinTeam(name) {
    const joined = await attempt(() => post('/sim/joins', { user: name }));
    if (!joined) return false;
    await until(() => app.workspace.users.has(joined.user));
    become(joined.user, view.botRoute);
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

  /** Puts a text into the composer, ready to send. */
  function suggest(text, route = view.route) {
    if (route !== view.route) go(route);
    app.actions.closeDrawer();
    app.composer.fill(text);
  }

  return {
    go, onAddress, become, joinChannel, leaveChannel, follow, joinTeam, composerField, skipTo,
    dismissWelcome, suggest,
  };
}

async function until(holds) {
  for (let tries = 0; tries < 100 && !holds(); tries += 1) {
    await new Promise((done) => setTimeout(done, 20));
  }
}
