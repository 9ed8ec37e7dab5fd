// What the live page makes of the cluster from one look to the next: who came and who went, and where streams are. Plain
// reckoning, tried without a browser.

import { describe, expect, test } from 'vitest';
import { ClusterModel } from '../public/console/cluster-model.js';
import { Dots } from '../public/console/dots.js';

interface Told {
  name: string;
  started: string;
  streams: number;
  messages: number;
  draining: boolean;
}

const told = (name: string, started: string, rest: Partial<Told> = {}): Told => ({
  name,
  started,
  streams: 0,
  messages: 0,
  draining: false,
  ...rest,
});

/** What is shown of each: its name, how many streams, and whether it is gone. */
const shown = ({ replicas }: { replicas: { name: string; streams: number; goneMs?: number }[] }) =>
  replicas.map(({ name, streams, goneMs }) => [name, streams, goneMs !== undefined]);

describe('Console: the cluster', () => {
  test('H5: two replicas with one name are two, each with its own streams and rate', () => {
    const model = new ClusterModel();
    model.update([told('a', '1'), told('a', '2'), told('b', '1')], 0);
    const second = [told('a', '1', { streams: 3, messages: 20 }), told('a', '2', { streams: 5 }), told('b', '1')];
    const { replicas, news } = model.update(second, 1_000);
    expect(news).toEqual([]);
    expect(shown({ replicas })).toEqual([
      ['a', 3, false],
      ['a', 5, false],
      ['b', 0, false],
    ]);
    expect(replicas.map(({ rate }: { rate: number }) => rate)).toEqual([20, 0, 0]);
    const dots = new Dots();
    dots.update(replicas, 1_000);
    const homes = replicas.map(({ key }: { key: string }) => dots.all.filter(({ home }) => home === key).length);
    expect(homes).toEqual([3, 5, 0]);
  });

  test('H5: one of them that dies is the one that is gone', () => {
    const model = new ClusterModel();
    model.update([told('a', '1', { streams: 1 }), told('a', '2', { streams: 2 })], 0);
    const after = model.update([told('a', '2', { streams: 3 })], 1_000);
    expect(after.news).toEqual([['gone', 'a']]);
    expect(shown(after)).toEqual([
      ['a', 0, true],
      ['a', 3, false],
    ]);
  });

  test('H5: a replica that begins anew under its name is seen to go and to come', () => {
    const model = new ClusterModel();
    model.update([told('a', '1', { streams: 4 }), told('b', '1')], 0);
    const after = model.update([told('a', '2'), told('b', '1')], 1_000);
    expect(after.news).toEqual([
      ['gone', 'a'],
      ['came', 'a'],
    ]);
    expect(shown(after)).toEqual([
      ['a', 0, true],
      ['a', 0, false],
      ['b', 0, false],
    ]);
    const later = model.update([told('a', '2'), told('b', '1')], 17_000);
    expect(shown(later)).toEqual([
      ['a', 0, false],
      ['b', 0, false],
    ]);
  });

  test('H5: that one drains, or is back, is told once', () => {
    const model = new ClusterModel();
    const news = [
      [told('a', '1'), told('b', '1')],
      [told('a', '1'), told('b', '1', { draining: true })],
      [told('a', '1'), told('b', '1', { draining: true })],
      [told('a', '1')],
      [told('a', '1'), told('b', '1')],
    ].map((answer, i) => model.update(answer, i * 1_000).news);
    expect(news).toEqual([[], [['draining', 'b']], [], [['gone', 'b']], [['came', 'b']]]);
  });
});
