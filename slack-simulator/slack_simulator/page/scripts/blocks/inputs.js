// Interactive elements: https://docs.slack.dev/reference/block-kit/block-elements
//
// Each element has a function that returns its value as in Slack's payloads.

import { button, h } from '../elements/dom.js';

const values = new WeakMap();

/** How many groups of fields there were, to name the next. */
let groups = 0;

/** The values of all elements in a container: block id → action id → value. */
export function stateOf(container) {
  const state = {};
  for (const node of container.querySelectorAll('[data-action-id]')) {
    const read = values.get(node);
    const block = node.closest('[data-block-id]')?.dataset.blockId;
    if (!read || !block) continue;
    (state[block] ??= {})[node.dataset.actionId] = read();
  }
  return state;
}

/** An element; null if its type is unknown. With `live`, each change is sent to the app. */
export function interactive(element, context) {
  const make = ELEMENTS[element?.type];
  if (!make) return null;
  const node = make(element, context);
  node.dataset.actionId = element.action_id ?? '';
  return node;
}

/** Registers how to read an element's value. With `live`, sends each change to the app. */
function holds(node, element, { live, act, blockId }, read) {
  const value = () => ({ type: element.type, ...read() });
  values.set(node, value);
  if (live) {
    node.addEventListener('change', () => {
      act({ action_id: element.action_id, block_id: blockId, ...value() });
    });
  }
  return node;
}

const common = ({ id, describedby, name, invalid }, element) => ({
  id, 'aria-describedby': describedby || null, 'aria-invalid': invalid ? 'true' : null,
  'aria-label': id ? null : (element.placeholder?.text ?? element.action_id ?? name),
});

const ELEMENTS = {
  button: pushButton,
  icon_button: (element, context) => pushButton({ ...element, type: 'icon_button' }, context),
  workflow_button: pushButton,
  file_input: fileInput,
  feedback_buttons: feedbackButtons,
  rich_text_input: richTextInput,
  plain_text_input: textInput,
  email_text_input: (element, context) => textInput(element, context, 'email'),
  url_text_input: (element, context) => textInput(element, context, 'url'),
  number_input: (element, context) => textInput(element, context, 'number'),
  static_select: (element, context) => select(element, context, optionsOf(element), {
    pick: (option) => ({ selected_option: option }), initial: element.initial_option?.value,
  }),
  multi_static_select: multiSelect,
  external_select: externalSelect,
  multi_external_select: multiExternalSelect,
  overflow: overflowMenu,
  radio_buttons: (element, context) => choices(element, context, 'radio'),
  checkboxes: (element, context) => choices(element, context, 'checkbox'),
  datepicker: (element, context) => moment(element, context, 'date', 'selected_date', element.initial_date),
  timepicker: (element, context) => moment(element, context, 'time', 'selected_time', element.initial_time),
  datetimepicker: dateTime,
  multi_users_select: (element, context) => multiDirectory(element, context, members(context), 'selected_users', element.initial_users),
  multi_channels_select: (element, context) => multiDirectory(element, context, rooms(context),
    'selected_channels', element.initial_channels),
  multi_conversations_select: (element, context) => multiDirectory(element, context, rooms(context),
    'selected_conversations', element.initial_conversations),
  users_select: (element, context) => directory(element, context, members(context), 'selected_user', element.initial_user),
  channels_select: (element, context) => directory(element, context, rooms(context),
    'selected_channel', element.initial_channel),
  conversations_select: (element, context) => directory(element, context, rooms(context),
    'selected_conversation', element.initial_conversation),
};

function pushButton(element, { act, blockId }) {
  const { text, value, url, style, action_id: action } = element;
  const look = { primary: 'button button-main', danger: 'button button-bad' }[style] ?? 'button';
  const press = { type: element.type, action_id: action, block_id: blockId, text, ...(value && { value }) };
  if (url) {
    const elsewhere = { target: '_blank', rel: 'noopener noreferrer' };
    return h('a', { class: look, href: safe(url), ...elsewhere, onclick: () => act(press) }, text?.text);
  }
  return button(look, { onclick: () => act(press), 'data-f': `action ${action}` }, text?.text);
}

/** Two buttons that say whether an answer helped. */
function feedbackButtons({ type, action_id: action, positive_button: good, negative_button: bad }, { act, blockId }) {
  const one = ({ text, value }) => button('button', {
    onclick: () => act({ type, action_id: action, block_id: blockId, text, value }), 'data-f': `action ${action} ${value}`,
  }, text?.text);
  return h('span', { class: 'block-group' }, one(good), one(bad));
}

/** A field for a text with formatting, which is written plainly here. */
function richTextInput(element, context) {
  const node = h('textarea', { class: 'field', rows: 2, placeholder: element.placeholder?.text, ...common(context, element) });
  const words = (part) => part.text ?? (part.elements ?? []).map(words).join('');
  node.value = words(element.initial_value ?? {});
  const section = (text) => ({ type: 'rich_text_section', elements: [{ type: 'text', text }] });
  return holds(node, element, context, () => ({
    rich_text_value: node.value ? { type: 'rich_text', elements: [section(node.value)] } : null,
  }));
}

/** Files, each of which is uploaded once it's chosen. */
function fileInput(element, context) {
  const { max_files: most = 10, filetypes = [] } = element;
  const node = h('input', {
    class: 'field', type: 'file', multiple: most > 1, accept: filetypes.map((ending) => `.${ending}`).join() || null,
    ...common(context, element),
  });
  let files = [];
  const holder = holds(h('span', null, node), element, context, () => ({ files }));
  const upload = async () => {
    const chosen = [...node.files].slice(0, most);
    const uploads = await Promise.all(chosen.map((file) => context.app.actions.keep(file)));
    files = uploads.filter(Boolean);
    holder.dispatchEvent(new Event('change'));
  };
  node.addEventListener('change', (event) => {
    event.stopPropagation();
    node.uploaded = upload();
  });
  return holder;
}

const safe = (url) => (/^(https?|mailto):/.test(url) ? url : '#');

function textInput(element, context, type = 'text') {
  const { multiline, placeholder, initial_value: initial, min_length: min, max_length: max } = element;
  const properties = {
    class: 'field', placeholder: placeholder?.text, minlength: min, maxlength: max ?? 3000,
    ...common(context, element),
  };
  const node = multiline ? h('textarea', { ...properties, rows: 4 }) : h('input', { ...properties, type });
  node.value = initial ?? '';
  return holds(node, element, context, () => ({ value: node.value || null }));
}

function optionsOf({ options = [], option_groups: groups = [] }) {
  return [...options, ...groups.flatMap((group) => group.options)];
}

function select(element, context, options, { pick, initial }) {
  const node = h('select', { class: 'field', ...common(context, element) },
    h('option', { value: '' }, element.placeholder?.text ?? 'Choose …'),
    options.map(({ text, value }) => h('option', { value }, text.text)));
  node.value = initial ?? '';
  const chosen = () => options.find((option) => option.value === node.value) ?? null;
  return holds(node, element, context, () => pick(chosen()));
}

function directory(element, context, entries, field, initial) {
  const options = entries.map(([value, text]) => ({ value, text: { text } }));
  return select(element, context, options, {
    pick: (option) => ({ [field]: option?.value ?? null }), initial,
  });
}

function multiDirectory(element, context, entries, field, initial = []) {
  const options = entries.map(([value, text]) => ({ value, text: { text } }));
  const node = multiSelect({ ...element, options, initial_options: initial.map((value) => ({ value })) }, context);
  return holds(node, element, context, () => ({ [field]: [...node.selectedOptions].map(({ value }) => value) }));
}

const members = ({ app: { workspace } }) => workspace.members().map((user) => [user.id, user.realName]);

const rooms = ({ app: { workspace, view } }) => workspace.channelsOf(view.me)
  .map((channel) => [channel.id, `#${channel.name}`]);

function multiSelect(element, context) {
  const options = optionsOf(element);
  const before = new Set((element.initial_options ?? []).map((option) => option.value));
  const node = h('select', { class: 'field', multiple: true, ...common(context, element) },
    options.map(({ text, value }) => h('option', { value, selected: before.has(value) }, text.text)));
  const chosen = () => [...node.selectedOptions].map(({ value }) => options.find((o) => o.value === value));
  return element.type.endsWith('static_select')
    ? holds(node, element, context, () => ({ selected_options: chosen() })) : node;
}

/** The options that were chosen in a field whose options the app offers, each with a button that removes it. */
function multiExternalSelect(element, context) {
  const chosen = [...element.initial_options ?? []];
  const field = externalSelect({ ...element, type: 'external_select', initial_option: null }, { ...context, id: null, live: false });
  const input = field.querySelector('input');
  input.setAttribute('aria-label', context.name ?? input.ariaLabel);
  const list = h('span', { class: 'block-chosen' });
  const node = holds(h('span', { class: 'block-group' }, list, field), element, context,
    () => ({ selected_options: [...chosen] }));
  const changed = () => node.dispatchEvent(new Event('change'));
  const draw = () => list.replaceChildren(...chosen.map((option) => button('chip', {
    'aria-label': `Remove ${option.text.text}`,
    onclick() {
      chosen.splice(chosen.indexOf(option), 1);
      draw();
      input.focus();
      changed();
    },
  }, `${option.text.text} ×`)));
  input.addEventListener('change', (event) => {
    event.stopPropagation();
    const { selected_option: option } = values.get(field)();
    if (!option || chosen.length >= (element.max_selected_items ?? Infinity)) return;
    if (!chosen.some(({ value }) => value === option.value)) chosen.push(option);
    input.value = '';
    draw();
    changed();
  });
  draw();
  return node;
}

/** A field whose options the app offers for what is typed. */
function externalSelect(element, context) {
  groups += 1;
  const { initial_option: initial = null, min_query_length: least = 3, action_id: action, placeholder } = element;
  let options = initial ? [initial] : [];
  const list = h('datalist', { id: `options-${groups}` });
  const field = h('input', {
    class: 'field', type: 'text', autocomplete: 'off', placeholder: placeholder?.text,
    ...common(context, element),
  });
  field.setAttribute('list', list.id);
  const chosen = () => options.find(({ text }) => text.text === field.value) ?? null;
  field.value = initial?.text.text ?? '';
  field.addEventListener('input', async () => {
    if (chosen() || field.value.length < least) return;
    options = await context.suggest({ action_id: action, block_id: context.blockId, value: field.value });
    list.replaceChildren(...options.map(({ text }) => h('option', { value: text.text })));
  });
  // Half a name is no choice.
  field.addEventListener('change', (event) => chosen() || event.stopPropagation());
  return holds(h('span', null, field, list), element, context, () => ({ selected_option: chosen() }));
}

/** Slack's overflow menu (⋯), which is sent as soon as an option is chosen. */
function overflowMenu(element, context) {
  const options = optionsOf(element);
  const node = h('select', { class: 'field', 'aria-label': 'More' },
    h('option', { value: '' }, '⋯'), options.map(({ text, value }) => h('option', { value }, text.text)));
  return holds(node, element, { ...context, live: true }, () => ({
    selected_option: options.find((option) => option.value === node.value) ?? null,
  }));
}

function choices(element, context, type) {
  groups += 1;
  const options = optionsOf(element);
  const before = new Set([element.initial_option, ...(element.initial_options ?? [])].map((o) => o?.value));
  const fields = options.map(({ value }) => h('input', {
    type, name: `choices-${groups}`, value, checked: before.has(value),
  }));
  const { describedby, name } = context;
  const node = h('fieldset', {
    class: 'block-choices', 'aria-label': name ?? element.action_id, 'aria-describedby': describedby || null,
  }, options.map(({ text }, index) => h('label', { class: 'check' }, fields[index], text.text)));
  const chosen = () => options.filter((_, index) => fields[index].checked);
  return holds(node, element, context, () => (type === 'radio'
    ? { selected_option: chosen()[0] ?? null } : { selected_options: chosen() }));
}

/** A day and a time, which Slack sends in seconds since 1970. */
function dateTime(element, context) {
  const node = h('input', { class: 'field', type: 'datetime-local', ...common(context, element) });
  const local = (date) => new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  if (element.initial_date_time) node.value = local(new Date(element.initial_date_time * 1000));
  return holds(node, element, context, () => ({
    selected_date_time: node.value ? Math.floor(Date.parse(node.value) / 1000) : null,
  }));
}

function moment(element, context, type, field, initial) {
  const node = h('input', { class: 'field', type, ...common(context, element) });
  node.value = initial ?? '';
  return holds(node, element, context, () => ({ [field]: node.value || null }));
}
