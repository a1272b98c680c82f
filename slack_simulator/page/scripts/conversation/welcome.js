// The first thing to see: three things to try.

import { button, drawing, h, icon, iconButton, sync } from '../elements/dom.js';

const IDEAS = [
  {
    icon: 'hash',
    title: 'Ask the bot',
    words: 'Mention it in a channel, with a command:',
    label: '@gopher flip a coin',
    act: (actions) => actions.suggest('@gopher flip a coin', 'general'),
  },
  {
    icon: 'smile',
    title: 'Make it react',
    words: 'Some words get an emoji, whoever says them:',
    label: 'spacex launched a rubber duck',
    act: (actions) => actions.suggest('spacex launched a rubber duck', 'general'),
  },
  {
    icon: 'door',
    title: 'Be new here',
    words: 'Become the newcomer and see who welcomes you:',
    label: 'Join #newbies as newcomer',
    act(actions, app) {
      actions.become(app.workspace.userNamed('newcomer').id);
      actions.joinChannel('newbies');
    },
  },
];

const HELLO = 'Hello! This is a Slack of your own.';
const ABOUT_TRACES = 'The line under each message is its trace: open it to follow the event '
  + 'through gateway, queue and worker, live.';

export function drawWelcome(app, place) {
  const { view, actions } = app;
  const shown = view.welcome && place.kind !== 'im' ? ['welcome'] : [];
  sync(document.getElementById('welcome'), shown, {
    key: (name) => name,
    version: () => '',
    build: () => h('section', { class: 'welcome', 'aria-labelledby': 'welcome-title' },
      h('div', { class: 'welcome-head' },
        drawing('emoji', 'gopher', null, 'welcome-gopher'),
        h('div', null,
          h('h2', { id: 'welcome-title', class: 'welcome-title' }, HELLO),
          h('p', null, 'The real bot runs behind it. Three things to try:')),
        iconButton('close', 'Close this hint', actions.dismissWelcome)),
      h('ol', { class: 'ideas' }, IDEAS.map((idea) => card(idea, app))),
      h('p', { class: 'welcome-more' }, icon('route'), h('span', null, ABOUT_TRACES))),
  });
}

function card({ icon: name, title, words, label, act }, app) {
  return h('li', { class: 'idea' },
    h('div', { class: 'idea-title' }, icon(name), title),
    h('p', null, words),
    button('chip', { onclick: () => act(app.actions, app) }, label));
}
