// An assistant that remembers which channel its member looks at.
const { App, Assistant } = require('@slack/bolt');

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

app.assistant(new Assistant({
  threadStarted: async ({ say, saveThreadContext, setSuggestedPrompts }) => {
    await say('How can I help?');
    await saveThreadContext();
    await setSuggestedPrompts({ prompts: [{ title: 'Sum up', message: 'Sum up this channel' }] });
  },
  threadContextChanged: async ({ saveThreadContext }) => {
    await saveThreadContext();
  },
  userMessage: async ({ client, context, message, getThreadContext, setTitle, setStatus }) => {
    await setTitle(message.text);
    await setStatus('is thinking');
    const { channel_id: channel } = await getThreadContext();
    const { teamId: team, userId: user } = context;
    const { channel: place, thread_ts: thread } = message;
    const stream = client.chatStream({
      channel: place, recipient_team_id: team, recipient_user_id: user, thread_ts: thread,
    });
    await stream.append({ markdown_text: `About <#${channel}>: ` });
    await stream.append({ markdown_text: 'nothing new.' });
    await stream.stop();
  },
}));

(async () => {
  await app.start();
})();
