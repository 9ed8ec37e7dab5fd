// A replica in this process of which a test sees more than clients do: its HTTP server, and the server's ends of its
// connections. Node itself tells of servers that begin to listen.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Environment } from '../../src/settings.ts';
import { RawConnection } from './raw-connection.ts';
import { type RunningReplica, startReplica } from './replica.ts';
import { type StreamRequest, WHOLE } from './stream-requests.ts';

const LISTENING = 'tracing:net.server.listen:asyncEnd';

export interface SeenReplica {
  readonly replica: RunningReplica;
  readonly server: Server;
  /** In the order in which they came. */
  readonly sockets: readonly Socket[];
  connect(): Promise<RawConnection>;
  /** A connection that has become a stream. */
  stream(request?: StreamRequest): Promise<RawConnection>;
  /** How many connections there are. */
  connections(): Promise<number>;
}

/** Starts a replica that the end of the test stops, with all connections to it. */
export async function startSeenReplica(env: Environment = {}): Promise<SeenReplica> {
  const servers: Server[] = [];
  const see = (message: unknown) => void servers.push((message as { server: Server }).server);
  subscribe(LISTENING, see);
  const replica = await startReplica(env);
  unsubscribe(LISTENING, see);
  // The one for metrics comes second.
  const [server] = servers as [Server];
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket));
  onTestFinished(() => replica.stop());

  async function connect(): Promise<RawConnection> {
    const connection = await RawConnection.open(replica.url);
    onTestFinished(() => connection.close());
    return connection;
  }
  async function stream(request = WHOLE): Promise<RawConnection> {
    const connection = await connect();
    await request.send(connection, '/stream');
    await connection.has('fanfare:open');
    return connection;
  }
  const connections = () =>
    new Promise<number>((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  return { replica, server, sockets, connect, stream, connections };
}
