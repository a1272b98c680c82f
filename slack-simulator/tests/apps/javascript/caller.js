// Calls Web API methods with Slack's SDK as lines of JSON on its input say, and prints the answers.
const readline = require('node:readline');
const { WebClient } = require('@slack/web-api');

const clients = new Map();

function clientOf(token) {
  const options = { slackApiUrl: process.argv[2], retryConfig: { retries: 0 } };
  if (!clients.has(token)) clients.set(token, new WebClient(token, options));
  return clients.get(token);
}

/** Calls the function that the SDK has for a method, as `client.chat.postMessage`. */
async function answer({ token, method, arguments: given }) {
  const names = method.split('.');
  const last = names.pop();
  const client = clientOf(token);
  const family = names.reduce((place, name) => place?.[name], client);
  try {
    return await (family?.[last] ? family[last](given) : client.apiCall(method, given));
  } catch (problem) {
    return { ok: false, error: String(problem) };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(JSON.parse(line))));
  }
})();
