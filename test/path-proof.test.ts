// When a replica asks whether its subscription works, when it believes so, and when it takes it for deaf.

import { beforeEach, describe, expect, test } from 'vitest';
import { PathProof } from '../src/bus/path-proof.ts';

let path: PathProof;
beforeEach(() => {
  path = new PathProof(0);
});

describe('the proof', () => {
  test('nothing is proven before anything was heard', () => {
    expect(path.proven(0)).toBe(false);
    expect(path.due(0)).toBe(true);
  });

  test('any frame proves the path for a while', () => {
    path.heard(1_000);
    expect([path.proven(1_000), path.proven(4_000), path.proven(5_000)]).toEqual([true, true, false]);
  });

  test('silence is counted from the last frame, over any number of subscriptions', () => {
    expect(path.silentMs(700)).toBe(700);
    path.heard(1_000);
    path.lost();
    expect(path.silentMs(5_000)).toBe(4_000);
    expect(path.due(5_000)).toBe(true);
  });

  test('a lost subscription proves nothing', () => {
    path.heard(1_000);
    path.lost();
    expect(path.proven(1_001)).toBe(false);
  });
});

describe('the probe', () => {
  test('it is due once it was quiet, and not while one is under way', () => {
    path.heard(1_000);
    expect([path.due(1_500), path.due(2_500)]).toEqual([false, true]);
    path.asked('a', 2_500);
    expect(path.due(3_000)).toBe(false);
  });

  test('amid traffic one is due every 5 s, to know how long the round trip takes', () => {
    path.asked('a', 1_000);
    path.heard(1_010, 'a');
    for (let now = 1_020; now < 5_990; now += 10) path.heard(now);
    expect(path.due(5_990)).toBe(false);
    path.heard(5_995);
    expect(path.due(6_000)).toBe(true);
  });

  test('our own probe that comes back tells how long it took, once', () => {
    path.asked('a', 1_000);
    expect(path.heard(1_030, 'a')).toBe(30);
    expect(path.heard(1_040, 'a')).toBeUndefined();
  });

  test('the probe of another replica proves the path, but says nothing about ours', () => {
    path.asked('a', 1_000);
    expect(path.heard(1_030, 'b')).toBeUndefined();
    expect(path.proven(1_030)).toBe(true);
    expect(path.heard(1_050, 'a')).toBe(50);
  });

  test('one that could not be published may be asked again at once', () => {
    path.asked('a', 1_000);
    path.forget();
    expect(path.due(1_001)).toBe(true);
    expect(path.deaf(99_000)).toBe(false);
  });
});

describe('deafness', () => {
  test('a probe without an answer means deaf, but not at once', () => {
    path.asked('a', 1_000);
    expect([path.deaf(1_000), path.deaf(3_000), path.deaf(4_000)]).toEqual([false, false, true]);
  });

  test('whoever hears other frames is not deaf', () => {
    path.asked('a', 1_000);
    path.heard(3_900);
    expect(path.deaf(4_000)).toBe(false);
  });

  test('without a probe, silence is no deafness', () => {
    path.heard(1_000);
    expect(path.deaf(99_000)).toBe(false);
  });

  test('a lost subscription is not deaf: it is made anew', () => {
    path.asked('a', 1_000);
    path.lost();
    expect(path.deaf(99_000)).toBe(false);
  });
});
