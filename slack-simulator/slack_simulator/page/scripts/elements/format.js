// Times and amounts as text.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

/** The Date of a `ts`. */
export const dateOf = (ts) => new Date(Number(ts) * 1000);

export const clock = (ts) => CLOCK.format(dateOf(ts));

/** The time without AM and PM. */
export const shortClock = (ts) => clock(ts).replace(/\s?[AP]\.?M\.?/i, '');

export const dayKey = (ts) => dateOf(ts).toDateString();

export function day(ts) {
  const today = new Date();
  if (dayKey(ts) === today.toDateString()) return 'Today';
  today.setDate(today.getDate() - 1);
  return dayKey(ts) === today.toDateString() ? 'Yesterday' : DAY.format(dateOf(ts));
}

/** Seconds, as "0.3 ms", "120 ms", "2.1 s" or "75 s". */
export function duration(seconds) {
  if (seconds < 0.00095) return `${Math.max(0, seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/** "1 reply", "2 replies". */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

export function bytes(size) {
  return size < 1000 ? count(size, 'byte') : `${(size / 1000).toFixed(1)} kB`;
}

/** "a", "a and b", "a, b and c". */
export function list(words) {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
