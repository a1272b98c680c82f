// The blocks that agents write: cards, alerts, containers, tables and charts; and those about files,
// videos and calls, of which only a line is shown.

import { h } from '../elements/dom.js';

/** Returns how to draw each type, with the functions that draw what is inside. */
export function newerBlocks({ blocks, element, picture, words, cell, plain, link }) {
  return {
    alert: ({ text, level = 'default' }, context) => h('div', { class: `alert alert-${level}` }, words(text, context)),
    card: (block, context) => h('div', { class: 'card' },
      h('div', { class: 'card-head' },
        block.icon && picture(block.icon, 'block-thumb'),
        h('div', { class: 'block-words' },
          block.title && h('div', { class: 'card-title' }, words(block.title, context)),
          block.subtitle && h('div', { class: 'card-note' }, words(block.subtitle, context)))),
      block.hero_image && picture(block.hero_image),
      words(block.body, context),
      block.actions?.length > 0 && h('div', { class: 'block-actions' },
        block.actions.map((each) => element(each, context)))),
    carousel: ({ elements = [] }, context) => h('div', { class: 'cards' }, blocks(elements, context)),
    container: ({ title, subtitle, child_blocks: inside = [], is_collapsible: folds }, context) => {
      const head = [h('b', null, plain(title?.text)), subtitle && h('span', { class: 'card-note' }, ' ', plain(subtitle.text))];
      return folds ? h('details', { class: 'card', open: true }, h('summary', null, head), blocks(inside, context))
        : h('div', { class: 'card' }, h('p', null, head), blocks(inside, context));
    },
    table: ({ rows = [] }, context) => table(rows, context, cell),
    data_table: ({ caption, rows: [head = [], ...rows] = [] }, context) => table(rows, context, cell, { caption, head }),
    data_visualization: chart,
    file: ({ external_id: id, file_id: own }) => h('p', { class: 'card-note' }, `File ${id ?? own ?? ''}`),
    call: ({ call_id: id }) => h('p', { class: 'card-note' }, `Call ${id ?? ''}`),
    video: (block) => [
      h('p', null, '▶ ', link(block.title_url ?? block.video_url, block.title?.text ?? block.alt_text)),
      block.description && h('p', { class: 'card-note' }, plain(block.description.text)),
    ],
  };
}

/** A table, which scrolls in a narrow window. */
function table(rows, context, cell, { caption, head } = {}) {
  const line = (name) => (row) => h('tr', null, row.map((each) => h(name, null, cell(each, context))));
  return h('div', { class: 'block-scroll' }, h('table', { class: 'block-table' },
    caption && h('caption', null, caption),
    head && h('thead', null, line('th')(head)),
    h('tbody', null, rows.map(line('td')))));
}

/** A chart of any type, as bars. */
function chart({ title, chart: { segments, series = [{ data: segments ?? [] }], axis_config: axis = {} } = {} }) {
  const all = series.flatMap(({ name, data = [] }) => data.map(({ label, value }) => (
    { label: series.length > 1 ? `${label} · ${name}` : label, value })));
  const most = Math.max(1, ...all.map(({ value }) => value));
  return h('figure', { class: 'chart' },
    h('figcaption', null, title ?? '', axis.y_label && h('span', { class: 'card-note' }, ` ${axis.y_label}`)),
    h('table', null, all.map(({ label, value }) => h('tr', null,
      h('th', { scope: 'row' }, label),
      h('td', { class: 'chart-bar' }, h('progress', { max: most, value: Math.max(0, value), 'aria-label': label })),
      h('td', null, value.toLocaleString('en-GB'))))));
}
