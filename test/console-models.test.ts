// What the live page makes of messages: commands to copy, delays, and what a replay was worth. Plain reckoning, tried without
// a browser.

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { curlCommand } from '../public/console/curl.js';
import { Latency } from '../public/console/latency.js';
import { readQuery, writeQuery } from '../public/console/query.js';
import { streamBlock } from '../public/console/raw.js';
import { ReplayCheck } from '../public/console/replay-check.js';
import { verdictOf } from '../public/console/replay-report.js';

/** The words that a shell makes of a command, which is not run. */
function words(command: string): string[] {
  const script = `curl() { for word; do printf '%s\\0' "$word"; done; }; ${command}`;
  return execFileSync('sh', ['-c', script], { env: { TOKEN: 'a.b.c' } })
    .toString()
    .split('\0')
    .slice(0, -1);
}

describe('Console: the command that sends a message again', () => {
  const text = fc.string({ unit: 'binary' }).filter((each) => each.isWellFormed() && !each.includes('\0'));

  test('a shell passes on any message as it is, and nothing of it is run', () => {
    const message = fc.record({ channels: fc.array(text, { minLength: 1, maxLength: 3 }), event: text, data: text });
    fc.assert(
      fc.property(message, ({ channels, event, data }) => {
        const [, type, , body, url, ...rest] = words(curlCommand({ channels, event, data }, 'http://a.example'));
        expect([type, url, rest]).toEqual(['Content-Type: application/json', 'http://a.example/send', []]);
        expect(JSON.parse(body as string)).toEqual({
          channel: channels.length === 1 ? channels[0] : channels,
          ...(event !== 'message' && { event }),
          message: data,
        });
      }),
      { numRuns: 60, examples: [[{ channels: ['a'], event: 'message', data: `'; touch x; $(id) "\`id\`\\` }]] },
    );
  });

  test('one that is longer than a word may be is read from lines, of which the shell makes nothing', () => {
    const frame = JSON.stringify({ channel: 'a', message: '' }).length;
    for (const [data, inLines] of [
      ['x'.repeat(131_071 - frame), false],
      ['x'.repeat(131_072 - frame), true],
      [`$(id)\n\`id\`'"\\\nEND\n${'\u0001'.repeat(65_536)}`, true],
    ] as const) {
      const command = curlCommand({ channels: ['a'], event: 'message', data }, 'http://a.example');
      expect(command.includes('<<')).toBe(inLines);
      // The words go to a program, since a function of the shell takes them in any length.
      const script = `curl() { env printf '%s\\0' "$@" && cat; }\n${command}${inLines ? '' : ' </dev/null'}`;
      const given = execFileSync('sh', { input: script, maxBuffer: 10_000_000 }).toString().split('\0');
      const body = inLines ? given.at(-1) : given[3];
      expect(JSON.parse(body as string)).toEqual({ channel: 'a', message: data });
      expect(given).toContain('http://a.example/send');
    }
  });

  test('a token is left to the shell, and stands in no command', () => {
    const command = curlCommand({ channels: ['a'], event: 'message', data: '' }, 'http://a.example', true);
    expect(command).toContain('"Authorization: Bearer $TOKEN"');
    expect(words(command).slice(0, 2)).toEqual(['-H', 'Authorization: Bearer a.b.c']);
  });
});

describe('Console: a message as others see it', () => {
  test('its block is what a stream carries', () => {
    expect(streamBlock({ id: '1-0', event: 'paid', data: 'a\n\nb' })).toBe(
      'id: 1-0\nevent: paid\ndata: a\ndata: \ndata: b',
    );
    expect(streamBlock({ id: '1-0', event: 'message', data: '' })).toBe('id: 1-0\ndata: ');
  });
});

describe('Console: what a replay was worth', () => {
  function verdict(expected: string[], came: string[], resets: string[] = [], failure?: string): string {
    const check = new ReplayCheck(expected);
    for (const id of came) check.message(id);
    check.resets.push(...(resets as never[]));
    return verdictOf({ failure, check });
  }

  test('exact is only what came once, all of it', () => {
    expect(verdict(['1', '2'], ['1', '2', '3'])).toBe('exact');
    expect(verdict([], [])).toBe('exact');
    expect(verdict(['1', '2'], ['1'])).toBe('wrong');
    expect(verdict(['1', '2'], ['1', '2', '1'])).toBe('wrong');
    expect(verdict(['1'], ['1'], ['trimmed'])).toBe('reset');
    expect(verdict([], [], [], 'not looked up')).toBe('wrong');
  });
});

describe('Console: the address', () => {
  test('says the channels and events, and is written back with the rest as it was', () => {
    expect(readQuery('')).toEqual({ channels: ['messages'], events: [], last: undefined, lastEventId: undefined });
    expect(readQuery('?channel=a&channel=b&channel=a&event=paid&last=5')).toMatchObject({
      channels: ['a', 'b'],
      events: ['paid'],
      last: '5',
    });
    expect(writeQuery('?last=5&channel=x&event=y', { channels: ['a b', 'ä'], events: ['paid'] })).toBe(
      '?last=5&channel=a+b&channel=%C3%A4&event=paid',
    );
    expect(writeQuery('?channel=x', { channels: ['messages'], events: [] })).toBe('');
  });
});

describe('Console: the delay', () => {
  const shown = (latency: Latency, now: number) =>
    latency.read(now).values.flatMap((value: number | undefined) => (value === undefined ? [] : [value]));

  test('is told above the quickest, whatever the two clocks say', () => {
    for (const ahead of [-3_600_000, 0, 5_000]) {
      const latency = new Latency();
      latency.opened(0, false);
      for (const [at, took] of [
        [100_000, 7],
        [101_000, 5],
        [101_100, 45],
        [103_000, 6],
      ] as const)
        latency.arrived(at + ahead - took, at);
      expect(shown(latency, 103_000)).toEqual([2, 40, 1]);
      expect(latency.read(103_000).atMost).toBeUndefined();
      // A message of ours, that took 3 ms to the log: so the quickest, which took 5, can have taken 8 at most.
      latency.sent(103_500, 103_503 + ahead);
      expect(latency.read(104_000).atMost).toBe(8);
    }
  });

  test('what was replayed says nothing', () => {
    const latency = new Latency();
    latency.opened(100_000, true);
    latency.arrived(40_000, 100_100);
    expect(shown(latency, 100_200)).toEqual([]);
    latency.arrived(103_000, 103_010);
    latency.opened(110_000, true);
    latency.arrived(104_000, 110_500);
    latency.arrived(110_400, 110_500);
    expect(shown(latency, 110_600)).toEqual([0, 90]);
  });
});
