// Builds and updates the page's elements.
//
// The page never parses HTML. Elements are created one by one and text is set as text; the content
// security policy in page_files.py blocks anything else.

const SVG = 'http://www.w3.org/2000/svg';

/** Creates an element. Functions are listeners, other properties attributes; null and false are omitted. */
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

/** A drawing from icons.svg or emoji.svg. With `label` null, it is hidden from screen readers. */
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

/** A picture at one of this page's addresses. With `label` null, it is decorative. */
export function picture(address, label = null, className = 'icon') {
  return h('img', { class: className, src: address, alt: label ?? '', draggable: 'false' });
}

export const icon = (name) => drawing('icons', name);

export function button(className, properties, ...children) {
  return h('button', { type: 'button', class: className, ...properties }, ...children);
}

/** A button that shows only an icon and is named by its label. */
export function iconButton(name, label, onclick, more = {}) {
  return button('icon-button', { 'aria-label': label, title: label, onclick, ...more }, icon(name));
}

/** Whether the focus is inside a node, or was lost because its element was removed. */
export const hasFocus = (node) =>
  node.contains(document.activeElement) || document.activeElement === document.body;

/** Places a popover at a point, and within the window, even if that gets smaller. */
export function placeAt(popover, left, top) {
  const { offsetWidth: width, offsetHeight: height } = popover;
  popover.style.setProperty('left', `max(8px, min(${left}px, 100vw - ${width + 8}px))`);
  popover.style.setProperty('top', `max(8px, min(${top}px, 100dvh - ${height + 8}px))`);
}

/** Text for screen readers only. */
export const spoken = (text) => h('span', { class: 'spoken' }, text);

/** Sets text only if it differs, so that screen readers don't repeat unchanged text. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const held = new WeakMap();

/**
 * Makes a parent's children match `items`, in order. A child is rebuilt only if its version
 * changed, and keeps the focus inside it.
 */
export function sync(parent, items, { key, version, build }) {
  const before = held.get(parent) ?? new Map();
  const wanted = new Set(items.map(key));
  for (const [id, child] of before) {
    if (!wanted.has(id)) child.node.remove();
  }
  const after = new Map();
  let next = parent.firstChild;
  for (const item of items) {
    const id = key(item);
    const stamp = version(item);
    let child = before.get(id);
    if (!child || child.stamp !== stamp) {
      const node = build(item);
      if (child) {
        if (next === child.node) next = node;
        replace(child.node, node);
      }
      child = { stamp, node };
    }
    if (child.node === next) next = next.nextSibling;
    else parent.insertBefore(child.node, next);
    after.set(id, child);
  }
  held.set(parent, after);
}

/** Replaces a node with another one, which keeps its open `details` and the focus. */
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

/** The name that identifies an element after a rebuild. */
const nameOf = (node) => node.dataset.f ?? `${node.localName} ${node.ariaLabel ?? node.textContent}`;
