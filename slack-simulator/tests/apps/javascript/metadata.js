// Two sides of message metadata: a command posts some, and an event tells of it.
const { App } = require('@slack/bolt');

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

app.command('/order', async ({ command, ack, say }) => {
  await ack();
  const metadata = { event_type: 'order', event_payload: { bread: command.text } };
  await say({ text: 'An order', metadata });
});

app.event('message_metadata_posted', async ({ event, client }) => {
  const { bread } = event.metadata.event_payload;
  const { channel_id: channel, message_ts: ts } = event;
  await client.chat.postMessage({ channel, thread_ts: ts, text: `In the oven: ${bread}` });
});

app.event('link_shared', async ({ event, client }) => {
  const [{ url }] = event.links;
  const title = { text: 'Loaf 1' };
  const entity = {
    app_unfurl_url: url, url, external_ref: { id: '1' }, entity_type: 'slack#/entities/item',
    entity_payload: { attributes: { title } },
  };
  await client.chat.unfurl({ channel: event.channel, ts: event.message_ts, metadata: { entities: [entity] } });
});

app.event('entity_details_requested', async ({ event, client }) => {
  const entity = {
    url: event.entity_url, external_ref: event.external_ref, entity_type: 'slack#/entities/item',
    entity_payload: { attributes: { title: { text: 'Loaf 1' } } },
  };
  await client.entity.presentDetails({ trigger_id: event.trigger_id, metadata: entity });
});

(async () => {
  await app.start();
})();
