// Builds and updates the page's elements.
//
// Nothing on this page is ever parsed as HTML: elements are made one by one and text is set as
// text. (The policy that page_files.py sends would refuse anything else.)

const SVG = 'http://www.w3.org/2000/svg';

/** An element. `on…` properties are listeners, the rest attributes; false, null: left out. */
export function h(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return node;
}

/** A drawing out of icons.svg or emoji.svg; `label` null: decoration, hidden from readers. */
export function drawing(sheet, name, label = null, className = 'icon') {
  const svg = document.createElementNS(SVG, 'svg');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `/page/images/${sheet}.svg#${name}`);
  svg.setAttribute('class', className);
  if (label === null) {
    svg.setAttribute('aria-hidden', 'true');
  } else {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  }
  svg.append(use);
  return svg;
}

/** A picture at an address of this page's; `label` null: decoration. */
export function picture(address, label = null, className = 'icon') {
  return h('img', { class: className, src: address, alt: label ?? '', draggable: 'false' });
}

export const icon = (name) => drawing('icons', name);

export function button(className, properties, ...children) {
  return h('button', { type: 'button', class: className, ...properties }, ...children);
}

/** A button that shows only an icon; its name is the label. */
export function iconButton(name, label, onclick, more = {}) {
  return button('icon-button', { 'aria-label': label, title: label, onclick, ...more }, icon(name));
}

/** Whether focus is in a node, or was lost with what it was on. */
export const hasFocus = (node) =>
  node.contains(document.activeElement) || document.activeElement === document.body;

/** Text for screen readers only. */
export const spoken = (text) => h('span', { class: 'spoken' }, text);

/** Writes text where it differs, so that nothing is touched, or read out, without need. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const held = new WeakMap();

/**
 * Makes a parent's children those of `items`, in order. A child is built again only if its
 * version changed; focus inside it stays where it was.
 */
export function sync(parent, items, { key, version, build }) {
  const before = held.get(parent) ?? new Map();
  const wanted = new Set(items.map(key));
  for (const [id, child] of before) {
    if (!wanted.has(id)) child.node.remove();
  }
  const after = new Map();
  let place = parent.firstChild;
  for (const item of items) {
    const id = key(item);
    const stamp = version(item);
    let child = before.get(id);
    if (!child || child.stamp !== stamp) {
      const node = build(item);
      if (child) {
        if (place === child.node) place = node;
        replace(child.node, node);
      }
      child = { stamp, node };
    }
    if (child.node === place) place = place.nextSibling;
    else parent.insertBefore(child.node, place);
    after.set(id, child);
  }
  held.set(parent, after);
}

/** Puts a node in another's place: what was unfolded stays so, and the focus stays where it was. */
function replace(old, node) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const unfolded = new Set([...old.querySelectorAll('details[open]')].map(summaryOf));
  for (const each of unfolded.size ? node.querySelectorAll('details') : []) {
    if (unfolded.has(summaryOf(each))) each.open = true;
  }
  old.replaceWith(node);
  if (!focused) return;
  const name = nameOf(focused);
  const alike = [node, ...node.querySelectorAll(focused.localName)];
  alike.find((each) => nameOf(each) === name)?.focus({ preventScroll: true });
}

const summaryOf = (details) => details.querySelector('summary').textContent;

/** What an element is found again by. */
const nameOf = (node) => node.dataset.f ?? `${node.localName} ${node.ariaLabel ?? node.textContent}`;
