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

const FIVE = [1, 2, 3, 4, 5].map((last) => `172.20.0.${last}:9464`);
const PLACED = /<text[^>]*transform="translate\(([\d.]+) ([\d.]+)\)"[^>]*>([^<]*)<\/text>/g;

test('five replicas: every legend ends above its plot, and within its panel', () => {
  const curves = FIVE.map((name, index) => curve(name, [100, 200, 300, 1_234 + index]));
  const panels = [
    { panel: streamsByReplica, curves, silent: 0 },
    { panel: deliveryLatency, curves: [curve('p99', [0.001, 0.002, 0.003, 0.004])], silent: 0 },
    { panel: streamsByReplica, curves, silent: 0 },
  ];
  const placed = [...picture('A cluster', panels, RANGE).matchAll(PLACED)].map(([, x, y, text = '']) => ({
    x: Number(x),
    y: Number(y),
    text,
  }));
  const titles = placed.filter(({ text }) => text === 'Streams by replica');
  expect(titles).toHaveLength(2);
  for (const title of titles) {
    const below = placed.filter(({ x, y }) => y > title.y && y < title.y + 200 && x < 614);
    const legends = below.filter(({ text }) => text.startsWith('172.20.'));
    // The axis is marked from its top on, which is where the plot begins.
    const marks = below.filter(({ text }) => /^[\d.]+k?$/.test(text));
    expect(legends.map(({ text }) => text.split('  ')[0])).toEqual(FIVE);
    expect(Math.max(...legends.map(({ y }) => y)) + 6).toBeLessThan(Math.min(...marks.map(({ y }) => y)));
    expect(Math.max(...legends.map(({ x }) => x))).toBeLessThan(480);
  }
});

test('a series that is gone has no value at the end of the time, and shows none', () => {
  const curves = [curve('gone', [5, 6, 7, undefined]), curve('here', [1, 2, 3, 0])];
  const drawn = picture('A cluster', [{ panel: streamsByReplica, curves, silent: 0 }], RANGE);
  const names = [...drawn.matchAll(/<text[^>]*>((?:gone|here)[^<]*)<\/text>/g)].map(([, text]) => text);
  expect(names).toEqual(['gone', 'here  0']);
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
