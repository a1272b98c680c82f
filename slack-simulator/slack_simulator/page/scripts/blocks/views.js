// The app's modals and Home tab.

import { button, h, iconButton, sync } from '../elements/dom.js';
import { renderBlocks } from './blocks.js';
import { stateOf } from './inputs.js';

let shown = null;

/** Shows the member's topmost modal, if any, and removes a closed one. */
export function drawModal(app) {
  const { workspace, view: { me } } = app;
  const top = [...workspace.views.values()].filter(({ user, view }) => user === me && view.type === 'modal').at(-1);
  const stamp = top ? `${top.view.id} ${top.view.hash}` : '';
  if (shown?.stamp === stamp) return;
  const opener = shown?.opener ?? document.activeElement;
  shown?.dialog.remove();
  if (!top) {
    shown = null;
    if (opener?.isConnected) opener.focus();
    return;
  }
  const dialog = build(top.view, app);
  shown = { stamp, dialog, opener };
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector('input, textarea, select')?.focus();
}

function build(view, app) {
  const { actions } = app;
  const titleId = `modal-${view.id}`;
  const content = h('div', { class: 'modal-blocks' });
  const context = {
    app,
    act: (action) => actions.act(action, { view_id: view.id }, stateOf(content)),
    suggest: (asked) => actions.suggestOptions(asked, { view_id: view.id }),
  };
  content.append(...renderBlocks(view.blocks, context));
  const dismiss = () => actions.closeView(view.id);
  const send = button('button button-main', { type: 'submit' }, view.submit?.text ?? 'Submit');
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    await Promise.all([...content.querySelectorAll('[type=file]')].map((field) => field.uploaded));
    const errors = await actions.submitView(view.id, stateOf(content));
    send.disabled = false;
    if (errors) showErrors(content, errors);
  };
  const dialog = h('dialog', { class: 'dialog modal', 'aria-labelledby': titleId },
    h('div', { class: 'dialog-head' },
      h('h2', { class: 'dialog-title', id: titleId }, view.title?.text ?? ''),
      iconButton('close', 'Close', dismiss)),
    h('form', { class: 'dialog-form', novalidate: true, onsubmit }, content,
      h('div', { class: 'dialog-buttons' },
        button('button', { onclick: dismiss }, view.close?.text ?? 'Close'),
        view.submit && send)));
  // Escape also notifies the app.
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    dismiss();
  });
  return dialog;
}

/** Shows the app's errors, each under its block. The values stay. */
function showErrors(content, errors) {
  for (const old of content.querySelectorAll('.block-error')) old.remove();
  for (const [block, text] of Object.entries(errors)) {
    const node = content.querySelector(`[data-block-id="${CSS.escape(block)}"]`);
    const field = node?.querySelector('input, textarea, select');
    const id = `error-${block}`;
    node?.append(h('p', { class: 'block-error', id, role: 'alert' }, text));
    field?.setAttribute('aria-describedby', id);
    field?.setAttribute('aria-invalid', 'true');
  }
  content.querySelector('[aria-invalid]')?.focus();
}

const HOME = [['messages', 'Messages'], ['home', 'Home']];

/** Draws the tabs of the DM with the bot, if it has a Home tab. Returns whether Home is shown. */
export function drawHome(app, conversation) {
  const { workspace, view } = app;
  const its = workspace.appOf(conversation);
  const published = [...workspace.views.values()].find(({ user, view: each }) =>
    user === view.me && each.type === 'home' && each.app_id === its?.id)?.view ?? null;
  const has = its && !view.timeline && (its.setup.home_tab || published);
  const tab = has && view.home ? 'home' : 'messages';
  sync(document.getElementById('home-tabs'), has ? ['tabs'] : [], {
    key: (name) => name,
    version: () => `${its.id} ${tab}`,
    build: () => h('div', { class: 'home-tabs', role: 'tablist', 'aria-label': 'The app' },
      HOME.map(([name, label]) => button('home-tab', {
        role: 'tab', 'aria-selected': String(name === tab), tabindex: name === tab ? 0 : -1,
        'aria-controls': name === 'home' ? 'home' : 'messages', 'data-f': `tab ${name}`,
        onclick: () => app.actions.openHome(name),
        onkeydown: (event) => onTabKey(event, app),
      }, label))),
  });
  const section = document.getElementById('home');
  section.hidden = tab !== 'home';
  sync(section, tab === 'home' ? [published] : [], {
    key: () => its.id,
    version: (each) => each?.hash ?? '',
    build: (each) => homeContent(each, app),
  });
  return tab === 'home';
}

function onTabKey(event, { actions, view }) {
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
  event.preventDefault();
  actions.openHome(view.home ? 'messages' : 'home');
  document.querySelector('.home-tab[aria-selected="true"]')?.focus();
}

function homeContent(view, app) {
  if (!view) return h('p', { class: 'home-empty' }, 'The app hasn’t published its Home tab yet.');
  const content = h('div', { class: 'home-blocks' });
  const act = (action) => app.actions.act(action, { view_id: view.id }, stateOf(content));
  const suggest = (asked) => app.actions.suggestOptions(asked, { view_id: view.id });
  content.append(...renderBlocks(view.blocks, { app, act, suggest }));
  return content;
}
