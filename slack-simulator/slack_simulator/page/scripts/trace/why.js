// The explanation under the trace of a message without a response.

import { h } from '../elements/dom.js';
import { post } from '../workspace/stream.js';
import { nearParts, problems } from '../panes/explanation.js';

/** By trace: the last question, the last answer and its number. */
const known = new Map();
let answered = 0;

/**
 * The rules that nearly fired for a trace's message, with a `version`, or null until the app answers.
 * Then `draw` is called. The app is asked again after an edit and after a reload.
 */
export function whyNothing(trace, app) {
  const { workspace, names, draw } = app;
  if (!workspace.extensions.includes('explain')) return null;
  const asked = `${trace.mains.size} ${app.health.version}`;
  const before = known.get(trace.id);
  if (before?.asked !== asked) {
    known.set(trace.id, { ...before, asked });
    const conversation = workspace.channels.get(trace.channel);
    const question = {
      event_id: [...trace.mains].at(-1), channel: conversation?.name ?? '', kind: conversation?.kind ?? 'channel',
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
    ? 'The bot was addressed, but no rule matches.'
    : 'The bot wasn’t addressed, and no other rule matches.';
  return h('div', { class: 'why' }, h('p', null, lead), nearParts(answer.near ?? []));
}
