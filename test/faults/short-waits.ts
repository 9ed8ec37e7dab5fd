// Loaded into a replica before its own code: its servers wait no longer than the test says, where they would for minutes.

import { subscribe } from 'node:diagnostics_channel';

// The server's own properties by their names, such as {"headersTimeout":1000}.
const waits = JSON.parse(process.env['SHORT_WAITS'] ?? '{}') as object;

subscribe('tracing:net.server.listen:asyncEnd', (message) => {
  Object.assign((message as { server: object }).server, waits);
});
