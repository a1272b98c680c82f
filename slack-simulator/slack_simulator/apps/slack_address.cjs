// Preloaded by run_app into an app in JavaScript: its calls to slack.com go to SLACK_API_URL.

const http = require('node:http');
const https = require('node:https');

const simulator = new URL(process.env.SLACK_API_URL);
const SLACK = new Set(['slack.com', 'www.slack.com']);

/** Returns the URL on the simulator in place of one on slack.com, or null for another site's. */
function moved(address) {
  const url = new URL(address);
  if (!SLACK.has(url.hostname)) return null;
  url.protocol = simulator.protocol;
  url.host = simulator.host;
  return url;
}

const { request } = https;
https.request = function (...given) {
  const isUrl = typeof given[0] === 'string' || given[0] instanceof URL;
  const options = (isUrl ? given[1] : given[0]) ?? {};
  const host = options.hostname ?? options.host;
  const url = moved(isUrl ? given[0] : `https://${host}${options.path ?? '/'}`);
  if (url === null) return request.apply(https, given);
  const { host: _host, hostname: _name, port: _port, protocol: _protocol, agent: _agent, ...kept } =
    typeof options === 'function' ? {} : options;
  const callback = given.find((each) => typeof each === 'function');
  return http.request(url, { ...kept, path: url.pathname + url.search }, callback);
};
https.get = function (...given) {
  return https.request(...given).end();
};

const { fetch } = globalThis;
globalThis.fetch = function (input, options) {
  const url = moved(input instanceof Request ? input.url : input);
  if (url === null) return fetch(input, options);
  return fetch(input instanceof Request ? new Request(url, input) : url, options);
};

require('node:module').syncBuiltinESMExports();
