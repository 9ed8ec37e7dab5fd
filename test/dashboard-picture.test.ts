// The picture of the dashboard, drawn from made-up curves: well-formed, and saying what the panel says.

import { expect, test } from 'vitest';
import type { NamedCurve } from '../deploy/grafana/picture/curves.ts';
import { picture } from '../deploy/grafana/picture/picture.ts';
import { deliveryLatency, repairsAndResets } from '../deploy/grafana/rows/delivery.ts';
import { streamsByReplica } from '../deploy/grafana/rows/streams.ts';
import { withUnit } from '../deploy/grafana/units.ts';

const RANGE = { from: 1_800_000_000, to: 1_800_000_900, stepSeconds: 300 };
const curve = (name: string, values: readonly (number | undefined)[]): NamedCurve => ({
  name,
  values: values.map((value, index) => [(RANGE.from + index * RANGE.stepSeconds) * 1000, value] as const),
});
const PANELS = [
  { panel: streamsByReplica, curves: [curve('a & "b":1', [1, 2, undefined, 4])], silent: 0 },
  { panel: deliveryLatency, curves: [curve('p99', [0.001, 0.002, 0.003, 0.004])], silent: 0 },
  { panel: repairsAndResets, curves: [], silent: 6 },
];
const svg = picture('A cluster', PANELS, RANGE);
const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

test('a picture is well-formed, whatever a series is called', () => {
  const rest = svg
    .replaceAll(/<\/?[a-zA-Z]+(?:\s+[\w:-]+="[^"<]*")*\s*\/?>/g, '')
    .replaceAll(/<!\[CDATA\[.*?\]\]>/gs, '');
  expect(rest).not.toMatch(/[<>]/);
  expect(texts).toContain('a &amp; &quot;b&quot;:1  4');
});

test("a picture says its time in UTC, its panels' titles and the last values with their units", () => {
  const expected = [
    'A cluster',
    '2027-01-15, 08:00 to 08:15 UTC',
    'Streams by replica',
    'Delivery latency',
    'p99  4 ms',
  ];
  expect(texts).toEqual(expect.arrayContaining(expected));
});

test('a panel whose curves are all 0 says so instead of drawing them', () => {
  expect(texts).toEqual(expect.arrayContaining(['Repairs and resets', 'none in this time']));
});

test.each([
  [0.00042, 'seconds', '420 µs'],
  [0.0224, 'seconds', '22.4 ms'],
  [90, 'seconds', '90 s'],
  [1234, 'perSecond', '1.23k/s'],
  [999_999, 'count', '1M'],
  [1024, 'bytes', '1 KiB'],
  [128 * 1024 * 1024, 'bytes', '128 MiB'],
  [0.135, 'ratio', '13.5 %'],
  [Number.NaN, 'count', '–'],
] as const)('%d as %s is written %s', (value, unit, text) => {
  expect(withUnit(value, unit)).toBe(text);
});
