// Addresses of this page: what a link leads to, and what a reload brings back.
//
//   #/general                 a channel, by name (a group DM by its id)
//   #/@bot                    your direct messages with the bot
//   #/general/trace/Ev123     a conversation with a trace beside it
//   #/general/thread/17.0001  … with a thread
//   #/@bot/home               the app's Home tab
//   #/~timeline/entry/42      the timeline, with one of its rows in full

const PANES = new Set(['trace', 'thread', 'entry']);

/** The address of the timeline, which no channel can have. */
export const TIMELINE = '~timeline';

/** What an address names: `{ route, pane, home }`; the route is empty if none, the pane null. */
export function readAddress(hash) {
  // Whoever types `#random` means the channel.
  const parts = hash.replace(/^#\/?/, '').split('/').map(decode);
  const [route = '', kind, id] = parts;
  const home = kind === 'home';
  return { route, home, pane: PANES.has(kind) && id ? { kind, id } : null };
}

/** The address of a conversation, perhaps with a pane beside it. */
export function addressOf(route, pane = null, home = false) {
  const beside = pane && PANES.has(pane.kind) ? [pane.kind, pane.id ?? pane.ts] : [];
  const parts = [route, ...(home && !beside.length ? ['home'] : beside)];
  return `#/${parts.map(encode).join('/')}`;
}

const encode = (text) => encodeURIComponent(text).replace('%40', '@');

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
