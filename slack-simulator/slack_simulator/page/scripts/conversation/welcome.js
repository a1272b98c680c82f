// The welcome: suggestions for the first visit.

import { logo } from '../elements/avatar.js';
import { button, h, icon, iconButton, sync } from '../elements/dom.js';

const HELLO = 'Welcome to your own Slack!';
const ABOUT_TRACES = 'The line under each message is its trace. Open it to follow the event live: '
  + 'each delivery, what the app did with it, and each call.';

export function drawWelcome(app, conversation) {
  const { view, actions, workspace } = app;
  const { ideas } = workspace.page;
  const shown = view.welcome && conversation.kind !== 'im' ? ['welcome'] : [];
  sync(document.getElementById('welcome'), shown, {
    key: (name) => name,
    version: () => '',
    build: () => h('section', { class: 'welcome', 'aria-labelledby': 'welcome-title' },
      h('div', { class: 'welcome-head' },
        logo(workspace, 'welcome-logo'),
        h('div', null,
          h('h2', { id: 'welcome-title', class: 'welcome-title' }, HELLO),
          h('p', null, intro(ideas.length))),
        iconButton('close', 'Close this hint', actions.dismissWelcome)),
      h('ol', { class: 'ideas' }, ideas.map((idea) => card(idea, app))),
      h('p', { class: 'welcome-more' }, icon('route'), h('span', null, ABOUT_TRACES))),
  });
}

const NUMBERS = ['', 'One thing', 'Two things', 'Three things', 'Four things'];

function intro(number) {
  const behind = 'Your app sees what you write, as in Slack.';
  return number ? `${behind} ${NUMBERS[number] ?? 'Things'} to try:` : behind;
}

function card({ title, words, channel, text, member }, app) {
  const { actions, workspace } = app;
  const act = () => {
    if (text) {
      actions.suggest(text, channel);
      return;
    }
    actions.become(workspace.userNamed(member).id);
    actions.joinChannel(channel);
  };
  const name = text.startsWith('@') ? 'hash' : text ? 'smile' : 'door';
  const label = text || `Join #${channel} as ${member}`;
  return h('li', { class: 'idea' },
    h('div', { class: 'idea-title' }, icon(name), title),
    h('p', null, words),
    button('chip', { onclick: act }, label));
}
