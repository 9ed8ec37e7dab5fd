// better-sse as its documentation has it: one channel, sessions that are registered with it, and a route that broadcasts.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createChannel, createSession } from 'better-sse';

const channel = createChannel();

const server = createServer({ keepAliveTimeout: 75_000 }, async (request, response) => {
  if (request.method === 'GET') {
    channel.register(await createSession(request, response));
    return;
  }
  channel.broadcast(await text(request));
  response.writeHead(201, { 'Content-Length': 0 }).end();
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log((server.address() as AddressInfo).port);
});
