// The page's entry point: wires the parts together and redraws them after changes.

import { button, h, icon, setText, sync } from './elements/dom.js';
import { setCustomEmoji, setStandardEmoji, spokenName } from './elements/emoji.js';
import { count } from './elements/format.js';
import { makeActions } from './actions/actions.js';
import { openMainComposer, drawComposer } from './conversation/main_composer.js';
import { drawHome, drawModal } from './blocks/views.js';
import { drawHeader, drawIntro } from './conversation/header.js';
import { drawMessages } from './conversation/messages.js';
import { listenToMessages } from './conversation/message_walk.js';
import { loadOlderNearTop } from './conversation/older.js';
import { followPermalinks } from './actions/permalinks.js';
import { drawHealth, Health, healthButton } from './panes/health.js';
import { drawPane } from './panes/pane.js';
import { drawSidebar, listenToSidebar } from './sidebar/sidebar.js';
import { showKeys } from './sidebar/dialogs.js';
import { openSwitcher } from './sidebar/switcher.js';
import { drawWelcome } from './conversation/welcome.js';
import { plainText } from './elements/markup.js';
import { isQuiet, Workspace } from './workspace/state.js';
import { Drafts } from './workspace/drafts.js';
import { older, Stream } from './workspace/stream.js';
import { Timeline } from './timeline/timeline.js';
import { TimelineView } from './timeline/timeline_view.js';
import { Traces } from './trace/trace.js';
import { View } from './view.js';

const at = (id) => document.getElementById(id);

const app = {
  workspace: new Workspace(), traces: new Traces(), timeline: new Timeline(), drafts: new Drafts(),
  editor: null, away: false, ready: false,
};
app.view = new View(app);
app.health = new Health(app);
app.names = {
  user: (id) => (id === 'USLACKBOT' ? 'slackbot' : app.workspace.users.get(id)?.name ?? null),
  /** An app's name, if there are several. */
  app: (id) => app.workspace.nameOfApp(id),
  channel: (id) => app.workspace.channels.get(id)?.name || null,
  /** A conversation as one says it: "#general", "DM with regular". */
  place(id) {
    // Apps may write to a member's ID in place of the DM's.
    const direct = app.names.user(id) ? { members: [id] } : { name: id };
    const { name = '', members = [], bot } = app.workspace.channels.get(id) ?? direct;
    if (name) return `#${name}`;
    const others = [...members].filter((member) => member !== bot);
    return `DM with ${others.map(app.names.user).join(', ')}`;
  },
  get me() {
    return app.view.me;
  },
};

// Drawing: at most once per frame, regardless of the number of changes.

let due = false;

app.draw = () => {
  if (due || !app.ready) return;
  due = true;
  const soon = document.hidden ? (work) => setTimeout(work, 50) : requestAnimationFrame;
  soon(() => {
    due = false;
    drawAll();
  });
};

/** Draws at once, after user actions, so that the focus has moved before the next key press. */
app.drawNow = () => {
  if (app.ready) drawAll();
};

function drawAll() {
  const { timeline } = app.view;
  at('timeline').hidden = !timeline;
  const home = drawHome(app, app.view.conversation);
  at('messages').hidden = timeline || home;
  at('composer').hidden = timeline || home;
  const follows = !timeline && drawConversation();
  if (timeline) drawTimeline();
  drawHealth(app);
  drawModal(app);
  drawPane(app);
  // An opened pane makes the conversation narrower, and thus longer.
  if (follows) at('messages').scrollTop = at('messages').scrollHeight;
  const unread = app.view.unreadInAll();
  const title = `${app.view.title} · ${app.workspace.team.name} (simulated Slack)`;
  setText(document.querySelector('title'), unread ? `(${unread}) ${title}` : title);
}

let wholeHistory = null;

function drawTimeline() {
  // Older entries are fetched when the timeline is first opened.
  wholeHistory ??= loadOlder();
  at('to-newest').hidden = true;
  drawSidebar(app);
  drawHeader(app, app.view.conversation);
  drawBanners();
  app.timelineView ??= new TimelineView(app);
  app.timelineView.draw();
}

/** Draws the conversation. Returns whether it should stay scrolled to its end. */
function drawConversation() {
  const region = at('messages');
  const conversation = app.view.conversation;
  const moved = region.dataset.conversation !== app.view.conversationKey;
  const follows = moved || region.scrollHeight - region.scrollTop - region.clientHeight < 60;
  app.view.markRead(follows);
  drawSidebar(app);
  drawHeader(app, conversation);
  drawBanners();
  drawIntro(app, conversation);
  const messages = app.workspace.messagesIn(conversation, app.view.me);
  drawMessages(at('message-list'), messages, app, { newFrom: app.view.newFrom });
  drawWelcome(app, conversation);
  drawComposer(app, conversation);
  region.dataset.conversation = app.view.conversationKey;
  at('to-newest').hidden = follows;
  return follows;
}

const FAULTS_SHOWN = 2;
const AWAY = 'The simulator isn’t responding. This page reconnects as soon as it’s back.';

function drawBanners() {
  const faults = app.actions.faultsInWords();
  const { playing } = app.workspace;
  const rest = faults.length - FAULTS_SHOWN;
  const shown = [...faults.slice(0, FAULTS_SHOWN), ...(rest > 0 ? [`and ${rest} more`] : [])];
  const words = `Simulated faults: ${shown.join('; ')}.`;
  const stop = button('link-button', { onclick: app.actions.clearFaults }, 'Make it behave');
  const banners = [
    app.away && { key: 'away', parts: [AWAY] },
    playing && {
      key: 'playing',
      parts: [`Playing a scenario: ${playing.done + 1} of ${count(playing.actions, 'action')}.`,
        button('link-button', { onclick: app.actions.stopScenario }, 'Stop')],
    },
    app.health.problem && { key: 'problem', parts: [app.health.problem] },
    faults.length > 0 && { key: 'faults', parts: [words, stop] },
  ];
  sync(at('banners'), banners.filter(Boolean), {
    key: (banner) => banner.key,
    version: (banner) => banner.parts[0],
    build: ({ key, parts: [text, ...more] }) =>
      h('div', { class: `banner banner-${key}` }, icon('warn'), h('span', null, text), more),
  });
}

// Incoming entries.

/** Announces messages in the open conversation to screen readers. */
function announce(message) {
  const { workspace, view, names } = app;
  if (message.user === view.me || isQuiet(message)) return;
  if (message.ephemeralTo !== null && message.ephemeralTo !== view.me) return;
  if (message.channel !== view.conversation.id) return;
  const texts = [message.text, ...message.attachments.map((a) => a.text ?? '')];
  const whisper = message.ephemeralTo ? ', only visible to you' : '';
  const words = texts.map((text) => plainText(text, names)).join(' ').slice(0, 600);
  say(`${workspace.author(message).name}${whisper}: ${words}`);
}

function say(text) {
  const log = at('announcer');
  log.append(h('p', null, text));
  while (log.childElementCount > 20) log.firstChild.remove();
}

function take(entry) {
  const { workspace, view } = app;
  const message = workspace.apply(entry);
  remember(entry);
  if (message) announce(message);
  if (message?.user === view.me) app.actions.onOwnMessage(message);
  const changed = entry.kind === 'channel_changed';
  if (changed || (entry.kind === 'channel_leave' && entry.user === view.me)) {
    app.actions.follow(entry.channel);
  }
  // The channel is unknown, so it was created since the state was loaded: start over.
  const unknown = entry.channel && !workspace.channels.has(entry.channel);
  if (unknown && (entry.message || (changed && entry.what !== 'deleted'))) stream.start();
  if (entry.kind === 'reaction' && entry.channel === view.conversation.id && entry.user !== view.me) {
    const who = workspace.users.get(entry.user)?.realName ?? 'Someone';
    say(`${who} reacted with ${spokenName(entry.emoji)}`);
  }
  if (entry.kind === 'api_call' && entry.fault) app.actions.refreshFaults();
  if (entry.hint) app.actions.toast(entry.hint);
  if (entry.kind === 'scenario') app.actions.onScenario(entry);
  if (entry.kind === 'notice') {
    app.actions.notice(entry.text);
    app.health.ask();
  }
  app.draw();
}

// The history: feed entries, and the traces and timeline made from them.

const HISTORY = 60_000;
let history = [];

function remember(entry) {
  history.push(entry);
  if (history.length > HISTORY) history.splice(0, HISTORY / 6);
  app.traces.add(entry);
  app.timeline.add(entry);
}

/** Rebuilds the traces and the timeline from other entries. */
function retell(entries) {
  Object.assign(app, { traces: new Traces(), timeline: new Timeline() });
  history = [];
  for (const entry of entries) remember(entry);
}

async function loadOlder() {
  const from = history[0]?.seq ?? app.workspace.seq + 1;
  const before = [];
  try {
    await older(from, (part) => before.push(...part));
  } catch {
    // The stream detects that the simulator is away.
    return;
  }
  if (!before.length || (history[0] && history[0].seq !== from)) return;
  retell([...before, ...history]);
  app.draw();
}

const RESTARTED = 'The simulator was restarted. What was said before is gone.';

const stream = new Stream({
  onState(state, before, emoji) {
    setStandardEmoji(emoji);
    const { started } = app.workspace;
    if (started && started !== state.started) app.actions.notice(RESTARTED);
    app.workspace.load(state);
    setCustomEmoji(app.workspace.emoji);
    retell(before);
    wholeHistory = null;
    app.away = false;
    app.ready = true;
    app.view.settle();
    app.health.ask();
    app.draw();
  },
  onEntry: take,
  onAway() {
    app.away = true;
    app.draw();
  },
});

// Set-up.

app.actions = makeActions(app);
openMainComposer(app);
listenToSidebar(app);
listenToMessages(at('message-list'), app);
followPermalinks(app);

at('to-newest').append(icon('down'), 'Newest messages');
at('to-newest').addEventListener('click', () => {
  at('messages').scrollTop = at('messages').scrollHeight;
});
at('messages').addEventListener('scroll', () => {
  const region = at('messages');
  const atEnd = region.scrollHeight - region.scrollTop - region.clientHeight < 60;
  if (at('to-newest').hidden !== atEnd) app.draw();
  loadOlderNearTop(app);
}, { passive: true });
at('health-slot').replaceWith(healthButton(app));
at('open-faults').append(icon('bolt'), h('span', { class: 'wide-only' }, 'Make Slack misbehave'));
at('open-faults').addEventListener('click', () => app.actions.toggleFaults());

for (const link of document.querySelectorAll('[data-skip]')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    app.actions.skipTo(link.dataset.skip);
  });
}
addEventListener('hashchange', () => app.actions.onAddress());
document.addEventListener('visibilitychange', app.draw);
// In another size, a pane may cover the conversation, or the end be out of sight.
addEventListener('resize', () => {
  if (at('to-newest').hidden) at('messages').scrollTop = at('messages').scrollHeight;
  app.draw();
});
addEventListener('focus', () => app.ready && app.actions.refreshFaults());
document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k' && app.ready) {
    event.preventDefault();
    openSwitcher(app);
    return;
  }
  if (event.key === '?' && !event.target.closest('input, textarea, select, dialog')) showKeys();
  if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
  if (app.actions.closeSomething()) event.preventDefault();
});

stream.start();
