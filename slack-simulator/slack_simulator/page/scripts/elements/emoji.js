// Emoji by Slack's names: custom ones as pictures, others as characters if the machine has a colour
// emoji font, else as our own drawings.

import { drawing, h, picture } from './dom.js';

/** The workspace's custom emoji: name → address of the picture. */
let custom = new Map();

/** Sets the workspace's custom emoji, `{name: address}`. */
export function setCustomEmoji(addresses) {
  custom = new Map(Object.entries(addresses));
}

/** The common emoji that emoji.svg has a drawing for. */
const DRAWN = new Set([
  'rocket', 'ghost', 'wave', 'dragon', 'beer', 'beers', 'heart', 'thumbsup', 'tada', 'eyes',
  'white_check_mark', 'warning', 'x', 'mega', 'rotating_light', 'new', 'label', 'newspaper', 'card_index',
  'file_cabinet', 'busts_in_silhouette', 'coffee', 'wink', 'wastebasket',
]);

/** The standard emoji: name → character, in picker order. */
let standard = new Map();

/** Sets the standard emoji, `{name: character}`. */
export function setStandardEmoji(characters) {
  standard = new Map(Object.entries(characters));
}

/** A name without a skin tone. */
export const plainName = (name) => name.split('::')[0];

export function isKnown(name) {
  const base = plainName(name);
  return custom.has(base) || standard.has(base);
}

/** Up to `most` names that contain a text: itself first, then those that start with it, common ones before others. */
export function namesLike(text, most) {
  const rank = (name) => (name === text ? -2 : name.startsWith(text) ? 0 : 2) + (custom.has(name) || DRAWN.has(name) ? 0 : 1);
  return [...new Set([...custom.keys(), ...standard.keys()])]
    .filter((name) => name.includes(text))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, most);
}

/** An emoji's name as screen readers say it. */
export const spokenName = (name) => name.replaceAll('_', ' ');

/** Whether an emoji is a picture on this machine, and not only its name. */
export const isDrawn = (name) => !emoji(name, null).classList.contains('emoji-name');

const DRAWN_AS = { '+1': 'thumbsup' };

/** One emoji. `label` is null if the context already says its name. */
export function emoji(name, label = spokenName(name)) {
  const base = plainName(name);
  if (custom.get(base)) return picture(custom.get(base), label, 'emoji');
  const drawn = DRAWN_AS[base] ?? base;
  if (DRAWN.has(drawn) && !hasFont()) return drawing('emoji', drawn, label, 'emoji');
  const known = standard.has(base) && hasFont();
  const properties = label === null ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': label };
  return known
    ? h('span', { class: 'emoji', ...properties }, standard.get(base))
    : h('span', { class: 'emoji-name', ...properties }, `:${name}:`);
}

let font = null;

/** Whether this machine renders emoji in colour. */
function hasFont() {
  font ??= drawsInColour('🚀');
  return font;
}

function drawsInColour(character) {
  const canvas = h('canvas', { width: 24, height: 24 });
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (!pen) return false;
  pen.font = '20px sans-serif';
  pen.fillText(character, 0, 20);
  const { data } = pen.getImageData(0, 0, 24, 24);
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 64 && Math.max(...data.subarray(at, at + 3)) > 40) return true;
  }
  return false;
}
