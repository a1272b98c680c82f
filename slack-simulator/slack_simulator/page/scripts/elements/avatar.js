// Avatars: initials on a colour for members, the custom picture or a robot for the bot.

import { h, icon, picture } from './dom.js';

const COLOURS = 8;

/** An avatar beside a message or a name, hidden from screen readers. */
export function avatar(workspace, user, name = '?', size = '') {
  const className = `avatar ${size}`.trim();
  if (user?.id === workspace.bot.id) {
    return h('span', { class: `${className} avatar-bot`, 'aria-hidden': 'true' }, botIcon(workspace));
  }
  // Colours follow the order of arrival, so that the first few members differ.
  const index = user ? [...workspace.users.keys()].indexOf(user.id) : name.length;
  const initial = (user?.realName ?? name).trim().slice(0, 1).toUpperCase() || '?';
  return h('span', { class: `${className} colour-${index % COLOURS}`, 'aria-hidden': 'true' }, initial);
}

/** The bot's picture in the size of an icon. */
export function botIcon({ emoji, page }) {
  const address = emoji[page.bot_picture];
  return address ? picture(address) : icon('robot');
}

/** The workspace's logo, or its initial. */
export function logo({ emoji, page, team }, className) {
  const address = emoji[page.logo];
  const initial = team.name.trim().slice(0, 1).toUpperCase();
  return address
    ? picture(address, null, className)
    : h('span', { class: `avatar avatar-logo ${className}`, 'aria-hidden': 'true' }, initial);
}
