// What this browser remembers. Nothing breaks without it.
//
// A window remembers by itself who you are in it, where you were and what you began to write;
// all windows together, what you read and how the page looks. So two windows can be two members.

const KEY = 'slack_simulator';
const OWN = new Set(['me', 'route', 'drafts']);

function read(storage) {
  try {
    return JSON.parse(storage().getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function write(storage, value) {
  try {
    storage().setItem(KEY, JSON.stringify(value));
  } catch {
    // Storage is off or full: we forget at the end of the visit.
  }
}

const shared = read(() => localStorage);
const own = read(() => sessionStorage);

/** A value, or `otherwise`. A new window begins with what another one remembered last. */
export function recall(name, otherwise = null) {
  return (OWN.has(name) ? own[name] : null) ?? shared[name] ?? otherwise;
}

export function remember(name, value) {
  if (OWN.has(name)) {
    own[name] = value;
    write(() => sessionStorage, own);
  }
  if (name === 'drafts') return;
  // Another window may have remembered something else meanwhile.
  Object.assign(shared, read(() => localStorage), { [name]: value });
  write(() => localStorage, shared);
}
