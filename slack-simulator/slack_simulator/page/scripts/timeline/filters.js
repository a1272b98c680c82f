// The filters of the timeline.

import { isSlow } from './timeline.js';

export const KINDS = {
  event: { one: 'Event', many: 'Events' },
  job: { one: 'Job', many: 'Jobs' },
  probe: { one: 'Probe', many: 'Probes' },
  call: { one: 'Web API call', many: 'Web API calls' },
  service: { one: 'Service', many: 'Services' },
  log: { one: 'Log line', many: 'Log' },
};

export const NO_FILTER = {
  search: '', kind: '', app: '', channel: '', user: '', rule: '', failed: false, slow: false, oldest: false,
};

/** The rows that match a filter, newest first unless it says `oldest`. `names` looks up channels and users. */
export function filtered(rows, filter, names) {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at];
    if (filter.kind && row.kind !== filter.kind) continue;
    if (filter.app && row.app !== filter.app) continue;
    if (filter.channel && row.channel !== filter.channel) continue;
    if (filter.user && row.user !== filter.user) continue;
    if (filter.rule && !row.rules.includes(filter.rule)) continue;
    if (filter.failed && !row.failed) continue;
    if (filter.slow && !isSlow(row)) continue;
    if (words.length) {
      row.text ??= searchText(row, names);
      if (!words.every((word) => row.text.includes(word))) continue;
    }
    found.push(row);
  }
  return filter.oldest ? found.reverse() : found;
}

function searchText(row, names) {
  const channel = row.channel && names.place(row.channel);
  const user = row.user && `@${names.user(row.user) ?? row.user}`;
  return [row.title, row.app && names.app(row.app), row.note, row.outcome, channel, user, row.eventId, ...row.rules]
    .filter(Boolean).join(' ').toLowerCase();
}

/** The apps (if there are several), channels, users and rules in the rows, sorted by name, to filter by. */
export function choices(rows, names) {
  const apps = new Set();
  const channels = new Set();
  const users = new Set();
  const rules = new Set();
  for (const row of rows) {
    if (row.app && names.app(row.app)) apps.add(row.app);
    if (row.channel) channels.add(row.channel);
    if (row.user) users.add(row.user);
    for (const rule of row.rules) rules.add(rule);
  }
  const named = (ids, name) => [...ids].map((id) => [id, name(id) ?? id])
    .sort(([, a], [, b]) => a.localeCompare(b));
  return {
    app: named(apps, names.app),
    channel: named(channels, names.place), user: named(users, names.user),
    rule: named(rules, (rule) => rule),
  };
}
