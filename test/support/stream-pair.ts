// A stream over a real socket, and what arrives at its other end.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type EndReason, Stream } from '../../src/stream.ts';

export interface StreamPair {
  readonly stream: Stream;
  /** The reader's end. It reads until `pause` is called on it. */
  readonly reader: Socket;
  /** Everything that has arrived, as text. */
  received(): string;
  /** Why the stream ended, once it has. */
  readonly ended: EndReason[];
}

/** Opens a stream that listens to `channels`; the end of the test ends both sockets. */
export async function streamPair(channels: readonly string[]): Promise<StreamPair> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.close();
  let text = '';
  reader.on('data', (bytes) => {
    text += bytes.toString();
  });
  // A stream that is cut resets the connection.
  for (const each of [socket, reader]) each.on('error', () => undefined);
  onTestFinished(() => {
    reader.destroy();
    socket.destroy();
  });
  const ended: EndReason[] = [];
  const onEnd = (_stream: Stream, reason: EndReason) => void ended.push(reason);
  const expiresAt = Number.POSITIVE_INFINITY;
  const stream = new Stream(socket, {
    channels: [...channels].sort(),
    format: 'text',
    retryMs: 2_000,
    expiresAt,
    onEnd,
  });
  return { stream, reader, received: () => text, ended };
}
