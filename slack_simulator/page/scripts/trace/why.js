// Under the trace of a message that got nothing: why.

import { h } from '../elements/dom.js';
import { post } from '../workspace/stream.js';
import { nearParts } from '../panes/explanation.js';

const answers = new Map();

/**
 * What nearly fired for a trace's message, or null as long as that is not known. `draw` is called
 * when it is.
 */
export function whyNothing(trace, app) {
  const { workspace, names, draw } = app;
  if (!workspace.explains) return null;
  const key = `${trace.id} ${trace.mains.size}`;
  if (!answers.has(key)) {
    answers.set(key, null);
    const place = workspace.channels.get(trace.channel);
    const question = {
      event_id: [...trace.mains].at(-1), channel: place?.name ?? '', kind: place?.kind ?? 'channel',
      user: names.user(trace.user) ?? '',
    };
    post('/sim/explain', question).then(
      (answer) => answers.set(key, answer), () => answers.delete(key),
    ).finally(draw);
  }
  const answer = answers.get(key);
  if (!answer) return null;
  const lead = answer.addressed
    ? 'The bot was addressed, and no rule fits.'
    : 'The bot was not addressed, and no other rule fits.';
  return h('div', { class: 'why' }, h('p', null, lead), nearParts(answer.near ?? []));
}
