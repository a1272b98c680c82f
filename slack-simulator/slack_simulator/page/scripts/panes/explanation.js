// The app's explanation of a message: the rules that fire, their replies, and the near misses.

import { attachments } from '../conversation/extras.js';
import { button, h, icon } from '../elements/dom.js';
import { emoji } from '../elements/emoji.js';
import { codeBlock, renderMarkup } from '../elements/markup.js';
import { ruleInWords } from '../trace/summary.js';

/** The whole answer as elements. */
export function answerParts(answer, app) {
  if (answer.problems?.length) return [problems(answer.problems)];
  const { outcomes = [], near = [] } = answer;
  const names = namesOf(answer, app);
  return [
    outcomes.length
      ? h('ul', { class: 'outcomes' }, outcomes.map((each) => outcome(each, names, app)))
      : h('p', { class: 'explain-silent' }, 'The bot would stay silent.'),
    nearParts(near),
  ];
}

/** The rules that nearly fired, and why they didn't. */
export function nearParts(near) {
  if (!near.length) return null;
  return h('section', { class: 'near', 'aria-label': 'What didn’t fire' },
    h('h3', { class: 'explain-title' }, 'What didn’t fire'),
    h('ul', null, near.map(({ rule, why, ...origin }) => h('li', { class: 'near-miss' },
      h('div', null, h('span', { class: 'tag tag-dim' }, ruleInWords(rule)), ` ${why}`),
      originOf(origin)))));
}

/** Why there is no answer. */
export function problems(texts) {
  return h('div', { class: 'explain-problems' },
    h('h3', { class: 'explain-title' }, icon('warn'), 'The content can’t be loaded'),
    h('ul', null, texts.map((text) => h('li', null, text))));
}

function outcome({ rule, emoji: names = [], replies = [], notes = [], failure, ...origin }, users, app) {
  return h('li', { class: 'outcome', 'data-failed': Boolean(failure) },
    h('div', { class: 'outcome-head' }, h('span', { class: 'tag' }, ruleInWords(rule))),
    originOf(origin),
    failure && failed(failure),
    names.length > 0 && h('div', { class: 'outcome-emoji' },
      names.map((name) => [emoji(name), h('span', { class: 'outcome-note' }, `:${name}:`)])),
    replies.map((reply, number) => said(reply, `${rule} ${number}`, users, app)),
    notes.map((note) => h('p', { class: 'outcome-note' }, note)));
}

function said({ text = '', attachment = '', manner = [] }, key, users, app) {
  const shown = { key: `explain ${key}`, attachments: attachment ? [{ text: attachment }] : [] };
  return h('div', { class: 'outcome-reply' },
    manner.length > 0 && h('div', { class: 'outcome-note' }, manner.join(', ')),
    text && h('div', { class: 'text' }, renderMarkup(text, users)),
    attachments(shown, { ...app, names: users }));
}

function failed({ error, source, line, traceback }) {
  const where = source ? ` · ${source}${line ? `, line ${line}` : ''}` : '';
  return h('div', { class: 'outcome-failure' },
    h('p', null, icon('warn'), `${error}${where}`),
    traceback && h('details', { class: 'raw' }, h('summary', null, 'Traceback'),
      codeBlock(traceback, 'Traceback')));
}

/** The location of a rule, and its entry there. */
function originOf({ source, line, entry }) {
  if (!source) return null;
  const where = line ? `${source}:${line}` : source;
  const copy = button('source-link', {
    title: 'Copy', 'aria-label': `Copy ${where}`,
    onclick: () => navigator.clipboard.writeText(where),
  }, where);
  if (!entry) return copy;
  return h('details', { class: 'source' }, h('summary', null, where), codeBlock(entry, where));
}

/** Names for the IDs in replies: those of the workspace, and those that the app provides. */
function namesOf({ names = {} }, app) {
  return {
    me: app.names.me,
    user: (id) => app.names.user(id) ?? names[id] ?? null,
    channel: (id) => app.names.channel(id) ?? names[id] ?? null,
  };
}
