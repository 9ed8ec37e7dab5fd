// The stack over TLS, with the certificate that it makes for itself.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { Agent, request } from 'node:https';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect, onTestFinished, test } from 'vitest';
import type { ComposeStack } from './support/compose.ts';
import { publish } from './support/publisher.ts';
import { until } from './support/until.ts';

/** The events that come over a stream, as they come. */
function events(stream: ClientHttp2Stream | IncomingMessage): readonly EventSourceMessage[] {
  const seen: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => seen.push(event) });
  stream.setEncoding('utf8').on('data', (text: string) => parser.feed(text));
  return seen;
}

export function tlsTests(stack: () => ComposeStack): void {
  const certificate = () => stack().exec('tls', 'cat', '/certificate/fullchain.pem');

  /** What comes of a handshake: the protocol, or why there is none. */
  async function handshake(options: ConnectionOptions): Promise<string> {
    const { hostname, port } = new URL(stack().tlsUrl);
    const socket = connectTls({ host: hostname, port: Number(port), ca: await certificate(), ...options });
    try {
      await once(socket, 'secureConnect');
      return `${socket.getProtocol()} ${socket.alpnProtocol}`;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    } finally {
      socket.destroy();
    }
  }

  async function open(session: ClientHttp2Session, path: string): Promise<readonly EventSourceMessage[]> {
    const stream = session.request({ ':path': path, accept: 'text/event-stream' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream' });
    return events(stream);
  }

  test('S6: over HTTP/2 twenty streams share one connection, and each hears every message when it is sent', async () => {
    const session = connect(stack().tlsUrl, { ca: await certificate() });
    onTestFinished(() => session.destroy());
    await once(session, 'connect');
    expect(session.alpnProtocol).toBe('h2');
    const streams = await Promise.all(Array.from({ length: 20 }, () => open(session, '/stream?channel=tls')));
    await until('all are subscribed', () => streams.every(([first]) => first?.event === 'fanfare:open'));
    for (let count = 1; count <= 3; count += 1) {
      const id = await publish(stack().url, { channel: 'tls', message: `message ${count}` });
      // The next is not sent before: what is held back in a buffer would never come.
      await until(`all have message ${count}`, () => streams.every((seen) => seen.at(-1)?.id === id));
    }
    for (const seen of streams) expect(seen).toHaveLength(4);
  });

  test('S2, P3: over TLS HTTP/1.1 works as well', async () => {
    const agent = new Agent({ ca: await certificate(), keepAlive: false });
    const ask = async (path: string, body?: string) => {
      const headers = { 'Content-Type': 'application/json' };
      const sent = request(stack().tlsUrl + path, { agent, ...(body !== undefined && { method: 'POST', headers }) });
      const [response] = (await once(sent.end(body), 'response')) as [IncomingMessage];
      onTestFinished(() => void sent.destroy());
      return response;
    };
    const stream = await ask('/stream?channel=plain');
    expect(stream.httpVersion).toBe('1.1');
    const seen = events(stream);
    await until('it is subscribed', () => seen.length > 0);
    expect((await ask('/send', '{"channel":"plain","message":"m"}')).statusCode).toBe(201);
    await until('it has the message', () => seen.at(-1)?.data === 'm');
  });

  test('Security: TLS 1.2 and 1.3 are spoken, with nothing that lets recorded sessions be read later', async () => {
    const ALPNProtocols = ['h2', 'http/1.1'];
    expect(await handshake({ ALPNProtocols })).toBe('TLSv1.3 h2');
    expect(await handshake({ ALPNProtocols, maxVersion: 'TLSv1.2' })).toBe('TLSv1.2 h2');
    expect(await handshake({ maxVersion: 'TLSv1.2' })).toBe('TLSv1.2 false');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    expect(await handshake(old)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    const weak = 'ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384';
    expect(await handshake({ maxVersion: 'TLSv1.2', ciphers: weak })).toMatch(/^ERR_SSL_.*HANDSHAKE_FAILURE$/);
  });

  test('Security: the certificate is for this host alone, and the same after the next start', async () => {
    const { subjectAltName, ca, fingerprint256 } = new X509Certificate(await certificate());
    expect(subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(ca).toBe(false);
    await stack().compose('run', '--rm', 'certificate');
    expect(new X509Certificate(await certificate()).fingerprint256).toBe(fingerprint256);
    expect(await stack().exec('tls', 'stat', '--format', '%a', '/certificate/privkey.pem')).toBe('600');
  });

  test('Security: who speaks HTTP to the port of TLS is sent to https', async () => {
    const answer = await fetch(`${stack().tlsUrl.replace('https', 'http')}/live?last=1`, { redirect: 'manual' });
    expect(answer.status).toBe(308);
    expect(answer.headers.get('location')).toBe(`${stack().tlsUrl}/live?last=1`);
  });
}
