// The page's addresses, used by links and restored by a reload.
//
//   #/general                 a channel by its name, or a group DM by its ID
//   #/@bot                    your direct messages with the bot
//   #/general/trace/Ev123     a conversation with a trace beside it
//   #/general/thread/17.0001  … with a thread
//   #/general/why/17.0001     … with what became of a message
//   #/@bot/home               the app's Home tab
//   #/~timeline/entry/42      the timeline with the details of a row

const PANES = new Set(['trace', 'thread', 'why', 'entry']);

/** The route of the timeline, which can't be a channel name. */
export const TIMELINE = '~timeline';

/** The `{ route, pane, home }` of an address. A missing route is empty, a missing pane null. */
export function readAddress(hash) {
  // Accept `#random` too.
  const parts = hash.replace(/^#\/?/, '').split('/').map(decode);
  const [route = '', kind, id] = parts;
  const home = kind === 'home';
  return { route, home, pane: PANES.has(kind) && id ? { kind, id } : null };
}

/** The address of a conversation, with the pane beside it, if any. */
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
