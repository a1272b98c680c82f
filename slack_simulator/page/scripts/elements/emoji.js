// Emoji by Slack's names: the workspace's own as pictures, others as characters where the machine
// has a font for them, else drawn by us.

import { drawing, h, picture } from './dom.js';

/** The workspace's own emoji: name → address of the picture. */
let custom = new Map();

/** Takes over the workspace's own emoji, `{name: address}`. */
export function setCustomEmoji(addresses) {
  custom = new Map(Object.entries(addresses));
}

/** Usual ones that emoji.svg has a drawing for. */
const DRAWN = new Set([
  'rocket', 'ghost', 'wave', 'dragon', 'beer', 'beers', 'heart', 'thumbsup', 'tada', 'eyes',
  'white_check_mark',
]);

const ALIASES = new Map([['+1', 'thumbsup'], ['-1', 'thumbsdown'], ['party_popper', 'tada']]);

const CHARACTERS = new Map(
  `rocket 🚀 ghost 👻 wave 👋 dragon 🐉 dragon_face 🐲 beer 🍺 beers 🍻 heart ❤️ thumbsup 👍
   thumbsdown 👎 tada 🎉 eyes 👀 white_check_mark ✅ heavy_check_mark ✔️ x ❌ fire 🔥 100 💯
   smile 😄 smiley 😃 grinning 😀 grin 😁 joy 😂 sweat_smile 😅 laughing 😆 wink 😉 blush 😊
   slightly_smiling_face 🙂 upside_down_face 🙃 heart_eyes 😍 sunglasses 😎 thinking_face 🤔
   thinking 🤔 neutral_face 😐 rolling_eyes 🙄 open_mouth 😮 cry 😢 sob 😭 scream 😱 rage 😡
   exploding_head 🤯 partying_face 🥳 clap 👏 raised_hands 🙌 pray 🙏 ok_hand 👌 muscle 💪
   point_up ☝️ point_down 👇 point_right 👉 point_left 👈 writing_hand ✍️ handshake 🤝
   wave_dash 〰️ bulb 💡 bug 🐛 computer 💻 hammer 🔨 wrench 🔧 gear ⚙️ lock 🔒 key 🔑 mag 🔍
   link 🔗 memo 📝 books 📚 book 📖 mega 📣 bell 🔔 hourglass ⌛ stopwatch ⏱️ calendar 📅
   package 📦 truck 🚚 ship 🚢 airplane ✈️ car 🚗 rainbow 🌈 sunny ☀️ cloud ☁️ snowflake ❄️
   star ⭐ sparkles ✨ zap ⚡ boom 💥 coffee ☕ tea 🍵 pizza 🍕 cake 🍰 birthday 🎂 doughnut 🍩
   taco 🌮 meat_on_bone 🍖 cut_of_meat 🥩 duck 🦆 dog 🐶 cat 🐱 hamster 🐹 bear 🐻 panda_face 🐼
   penguin 🐧 snake 🐍 turtle 🐢 crab 🦀 elephant 🐘 buffalo 🐃 ox 🐂 cow 🐮 unicorn_face 🦄
   robot_face 🤖 alien 👽 skull 💀 poop 💩 see_no_evil 🙈 warning ⚠️ no_entry ⛔ question ❓
   exclamation ❗ recycle ♻️ arrow_right ➡️ arrow_up ⬆️ arrow_down ⬇️ checkered_flag 🏁
   trophy 🏆 dart 🎯 game_die 🎲 microphone 🎤 headphones 🎧 movie_camera 🎥 art 🎨`
    .trim()
    .split(/\s+/)
    .reduce((pairs, word, place, words) => {
      if (place % 2) pairs.push([words[place - 1], word]);
      return pairs;
    }, []),
);

export const plainName = (name) => {
  const base = name.split('::')[0];
  return ALIASES.get(base) ?? base;
};

export function isKnown(name) {
  const base = plainName(name);
  return custom.has(base) || CHARACTERS.has(base);
}

/** All names there are, for the picker's search and for completion. */
export const names = () => [...new Set([...custom.keys(), ...CHARACTERS.keys()])].sort();

/** An emoji's name as it is read out. */
export const spokenName = (name) => name.replaceAll('_', ' ');

/** One emoji; `label` null if what it stands in says its name already. */
export function emoji(name, label = spokenName(name)) {
  const base = plainName(name);
  if (custom.has(base)) return picture(custom.get(base), label, 'emoji');
  if (DRAWN.has(base) && !hasFont()) return drawing('emoji', base, label, 'emoji');
  const known = CHARACTERS.has(base) && hasFont();
  const properties = label === null ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': label };
  return known
    ? h('span', { class: 'emoji', ...properties }, CHARACTERS.get(base))
    : h('span', { class: 'emoji-name', ...properties }, `:${name}:`);
}

let font = null;

/** Whether this machine draws emoji in colour. */
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
