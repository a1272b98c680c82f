// After the README of Chat SDK's adapter for Slack.
import http from 'node:http';
import { createSlackAdapter } from '@chat-adapter/slack';
import { createMemoryState } from '@chat-adapter/state-memory';
import { Chat } from 'chat';

const { PORT } = process.env;
const bot = new Chat({
  userName: 'bot',
  state: createMemoryState(),
  logger: 'warn',
  concurrency: 'queue',
  adapters: { slack: createSlackAdapter(PORT ? {} : { mode: 'socket' }) },
});

bot.onNewMention(async (thread, message) => {
  await thread.subscribe();
  await thread.post(`Hello ${message.author.userName}`);
});

bot.onSubscribedMessage(async (thread, message) => {
  const sent = await thread.post('Thinking');
  await sent.edit(`You said ${message.text}`);
  await sent.addReaction('thumbs_up');
});

bot.onSlashCommand('/announce', async (event) => {
  await event.channel.post(`Announcing ${event.text}`);
});

async function answer(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method, headers } = request;
  const url = `http://127.0.0.1:${PORT}${request.url}`;
  const answered = await bot.webhooks.slack(
    new Request(url, { method, headers, body: Buffer.concat(chunks) }),
  );
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(await answered.text());
}

if (PORT) http.createServer(answer).listen(PORT);
else await bot.initialize();
