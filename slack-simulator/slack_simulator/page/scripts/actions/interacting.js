// Interactions with the app: commands, shortcuts, buttons, modals and the Home tab.

import { post } from '../workspace/stream.js';

const FAILURES = {
  dispatch_failed: 'the app couldn’t be reached or returned an error',
  operation_timeout: 'the app didn’t respond in time',
};

export function interactionActions(app, { toast }) {
  const { view } = app;

  /** Sends an interaction and reports a failure. Returns the answer, or null. */
  async function ask(path, body, name) {
    try {
      return await post(path, { ...body, user: view.me });
    } catch (problem) {
      const why = FAILURES[problem.message];
      toast(`${name} failed with the error “${problem.message}”${why ? `: ${why}.` : '.'}`);
      return null;
    }
  }

  /** Sends a slash command and returns whether that worked; null if the text isn't one. */
  function slashCommand(typed, conversation) {
    const match = /^(\/[\w-]+)(?:\s+([\s\S]*))?$/.exec(typed);
    if (!match) return null;
    const [, command, text = ''] = match;
    const known = app.workspace.app.slash_commands;
    if (known && !known.some((each) => each.command === command)) {
      toast(`${command} is not a valid command.`);
      return false;
    }
    const channel = conversation.id ?? `@${view.me}`;
    return ask(`/sim/commands${view.appQuery}`, { command, text, channel }, command);
  }

  const startShortcut = ({ name, callback_id: callbackId }, message = null) => {
    const about = message ? { channel: message.channel, ts: message.ts } : {};
    return ask('/sim/shortcuts', { callback_id: callbackId, ...about }, name);
  };

  const act = (action, where, state) =>
    ask('/sim/actions', { action, state, ...where }, action.text?.text ?? action.action_id);

  /** The options that the app offers for what is typed in an external select. */
  async function suggestOptions(asked, where) {
    const answer = await ask('/sim/options', { ...asked, ...where }, 'The menu');
    return answer?.options ?? [];
  }

  /** Submits a modal. Returns the app's errors by block, or null. */
  async function submitView(viewId, state) {
    const answer = await ask('/sim/views/submit', { view_id: viewId, state }, 'The modal');
    return answer && Object.keys(answer.errors).length ? answer.errors : null;
  }

  const closeView = (viewId) => ask('/sim/views/close', { view_id: viewId }, 'Closing');

  function openHome(tab) {
    view.home = tab === 'home';
    view.writeAddress('replace');
    if (view.home) ask(`/sim/home${view.appQuery}`, { tab }, 'Opening the Home tab');
    app.drawNow();
  }

  return { slashCommand, startShortcut, act, suggestOptions, submitView, closeView, openHome };
}
