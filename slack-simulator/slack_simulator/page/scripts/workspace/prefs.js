// Preferences stored in the browser. The page works without them.
//
// Each window stores its member, conversation and drafts. All windows share what was read and how the
// page looks. This allows two windows to be two members.

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
    // Storage is disabled or full: the values last until the page is closed.
  }
}

const shared = read(() => localStorage);
const own = read(() => sessionStorage);

/** A stored value, or `otherwise`. A new window starts with the value that any window stored last. */
export function recall(name, otherwise = null) {
  return (OWN.has(name) ? own[name] : null) ?? shared[name] ?? otherwise;
}

export function remember(name, value) {
  if (OWN.has(name)) {
    own[name] = value;
    write(() => sessionStorage, own);
  }
  if (name === 'drafts') return;
  // Another window may have stored other values in the meantime.
  Object.assign(shared, read(() => localStorage), { [name]: value });
  write(() => localStorage, shared);
}
