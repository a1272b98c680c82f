// Under the trace of a message that got nothing: why.

import { h } from '../elements/dom.js';
import { post } from '../workspace/stream.js';
import { nearParts, problems } from '../panes/explanation.js';

/** By trace: what was asked last, the last answer, and its number. */
const known = new Map();
let answered = 0;

/**
 * What nearly fired for a trace's message, with a `version`, or null as long as that is not known.
 * `draw` is called when it is. It is asked again after an edit, and when the app was reloaded.
 */
export function whyNothing(trace, app) {
  const { workspace, names, draw } = app;
  if (!workspace.explains) return null;
  const asked = `${trace.mains.size} ${app.health.version}`;
  const before = known.get(trace.id);
  if (before?.asked !== asked) {
    known.set(trace.id, { ...before, asked });
    const place = workspace.channels.get(trace.channel);
    const question = {
      event_id: [...trace.mains].at(-1), channel: place?.name ?? '', kind: place?.kind ?? 'channel',
      user: names.user(trace.user) ?? '',
    };
    post('/sim/explain', question).then((answer) => {
      answered += 1;
      known.set(trace.id, { asked, answer, version: answered });
    }, () => known.delete(trace.id)).finally(draw);
  }
  const { answer, version } = known.get(trace.id);
  return answer ? { version, build: () => parts(answer) } : null;
}

function parts(answer) {
  if (answer.problems?.length) return h('div', { class: 'why' }, problems(answer.problems));
  const lead = answer.addressed
    ? 'The bot was addressed, and no rule fits.'
    : 'The bot was not addressed, and no other rule fits.';
  return h('div', { class: 'why' }, h('p', null, lead), nearParts(answer.near ?? []));
}
