// The dialog to choose how fast a scenario is played.

import { button, h } from '../elements/dom.js';
import { showDialog } from '../elements/dialog.js';
import { count, duration } from '../elements/format.js';

const SPEEDS = [['At its own speed', 1], ['Ten times as fast', 10], ['Without waiting', null]];

/** Throws an Error if it isn't a scenario. */
export function openScenarioDialog(app, scenario) {
  const { actions } = scenario;
  if (!actions?.length) throw new Error('it has no “actions”');
  const length = duration(actions.at(-1).at);
  showDialog('Play a scenario', (close) => h('div', { class: 'dialog-form' },
    h('p', null, `${count(actions.length, 'action')} over ${length}. What the bot does is shown as it happens.`),
    h('div', { class: 'dialog-buttons' }, SPEEDS.map(([label, speed]) => button('button', {
      'data-first': speed === 1,
      onclick() {
        close();
        app.actions.playScenario(scenario, speed);
      },
    }, label)))));
}
