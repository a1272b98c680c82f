// What this browser remembers: who you are, what you read, how it looks. Nothing breaks without it.

const KEY = 'slack_simulator';

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

/** A value, or `otherwise`. What this tab said last wins, so that two tabs can be two members. */
export function recall(name, otherwise = null) {
  return own[name] ?? shared[name] ?? otherwise;
}

export function remember(name, value) {
  own[name] = shared[name] = value;
  write(() => sessionStorage, own);
  write(() => localStorage, shared);
}
