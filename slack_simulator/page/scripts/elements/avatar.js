// Faces, drawn here: initials on a colour for members, a gopher for the bot.

import { drawing, h } from './dom.js';

const COLOURS = 8;

/** The picture beside a message or a name; says nothing by itself. */
export function avatar(workspace, user, name = '?', size = '') {
  const className = `avatar ${size}`.trim();
  if (user?.id === workspace.bot.id) {
    const gopher = drawing('emoji', 'gopher', null, '');
    return h('span', { class: `${className} avatar-gopher`, 'aria-hidden': 'true' }, gopher);
  }
  // By order of arrival, so that the first few all differ.
  const place = user ? [...workspace.users.keys()].indexOf(user.id) : name.length;
  const initial = (user?.realName ?? name).trim().slice(0, 1).toUpperCase() || '?';
  return h('span', { class: `${className} colour-${place % COLOURS}`, 'aria-hidden': 'true' }, initial);
}
