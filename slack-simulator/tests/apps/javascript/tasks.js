// Takes tasks in a modal, over HTTP, and keeps them as files, pins and reactions.

const { App } = require('@slack/bolt');

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  signingSecret: process.env.SLACK_SIGNING_SECRET,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

app.command('/task', async ({ ack, body, client }) => {
  await ack();
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'task',
      private_metadata: body.channel_id,
      title: { type: 'plain_text', text: 'A task' },
      submit: { type: 'plain_text', text: 'Add' },
      blocks: [
        {
          type: 'input',
          block_id: 'what',
          label: { type: 'plain_text', text: 'What' },
          element: { type: 'plain_text_input', action_id: 'text' },
        },
      ],
    },
  });
});

app.view('task', async ({ ack, view, client }) => {
  const text = view.state.values.what.text.value;
  if (text.length < 3) {
    await ack({ response_action: 'errors', errors: { what: 'Say a little more.' } });
    return;
  }
  await ack();
  const channel = view.private_metadata;
  const posted = await client.chat.postMessage({ channel, text: `Task: ${text}` });
  await client.pins.add({ channel, timestamp: posted.ts });
});

app.event('reaction_added', async ({ event, client }) => {
  if (event.reaction !== 'white_check_mark') return;
  const { channel, ts } = event.item;
  await client.chat.update({ channel, ts, text: 'Done' });
  await client.filesUploadV2({
    channel_id: channel, content: 'done\n', filename: 'done.txt', initial_comment: 'The record',
  });
});

app.shortcut('whoami', async ({ ack, shortcut, client }) => {
  await ack();
  const { user } = await client.users.info({ user: shortcut.user.id });
  await client.chat.postMessage({ channel: user.id, text: `You are ${user.real_name}` });
});

(async () => {
  await app.start(process.env.PORT || 3000);
})();
