// After the READMEs of @slack/events-api and @slack/interactive-messages.
const http = require('node:http');
const { createEventAdapter } = require('@slack/events-api');
const { createMessageAdapter } = require('@slack/interactive-messages');
const { WebClient } = require('@slack/web-api');

const { PORT, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET } = process.env;
const web = new WebClient(SLACK_BOT_TOKEN);
const events = createEventAdapter(SLACK_SIGNING_SECRET);
const interactions = createMessageAdapter(SLACK_SIGNING_SECRET);

events.on('message', async ({ subtype, bot_id, channel, user }) => {
  if (subtype || bot_id) return;
  const actions = [{ name: 'yes', text: 'Yes', type: 'button', value: 'yes' }];
  const attachments = [{ text: 'Shall we?', callback_id: 'ask', actions }];
  await web.chat.postMessage({ channel, text: `Hello <@${user}>!`, attachments });
});
interactions.action('ask', ({ user }) => ({ text: `${user.name} agreed` }));

const takes = [events.requestListener(), interactions.requestListener()];
http.createServer((request, response) => {
  const isEvent = request.headers['content-type'].includes('json');
  takes[isEvent ? 0 : 1](request, response);
}).listen(PORT);
