// What the live page keeps, and where its rows stand: both are plain reckoning, tried without a browser.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowLayout } from '../public/console/row-layout.js';
import { indexOf, Store } from '../public/console/store.js';
import { Waiting } from '../public/console/waiting.js';

interface Item {
  kind: string;
  data: string;
  n?: number;
}

const item = (data: string): Item => ({ kind: 'message', data });
const texts = (items: readonly Item[]) => items.map(({ data }) => data);
const some = (from: number, count: number) => Array.from({ length: count }, (_, i) => item(String(from + i)));

describe('Console: what is kept', () => {
  test('the newest stay, so many and so long together, and the rest goes', () => {
    const store = new Store(3, 10);
    expect(store.append(some(1, 3))).toBe(false);
    expect(store.append([item('four')])).toBe(true);
    expect(texts(store.items)).toEqual(['2', '3', 'four']);
    store.append([item('long as can be')]);
    // One that is too long alone is still shown.
    expect(texts(store.items)).toEqual(['long as can be']);
    store.append([item('a'), item('b')]);
    expect(texts(store.items)).toEqual(['a', 'b']);
  });

  test('older ones come before, as many as there is room for, the newest of them first', () => {
    const store = new Store(4, 100);
    store.append(some(10, 2));
    expect(store.prepend(some(1, 5))).toBe(2);
    expect(texts(store.items)).toEqual(['4', '5', '10', '11']);
    expect(store.oldest?.data).toBe('4');
    expect(store.prepend(some(0, 1))).toBe(0);
  });

  test('the filter decides what is seen, of what is there and of what comes', () => {
    const store = new Store(6, 100);
    store.append(some(1, 4));
    store.filter(({ data }: Item) => Number(data) % 2 === 0);
    expect(texts(store.visible)).toEqual(['2', '4']);
    store.append(some(5, 4));
    expect(texts(store.visible)).toEqual(['4', '6', '8']);
    store.filter(() => true);
    expect(texts(store.visible)).toEqual(texts(store.items));
  });

  test('forgotten, it has room for as much as at first', () => {
    const store = new Store(3, 10);
    store.append([...some(1, 2), item('12345678')]);
    store.clear();
    expect([store.items, store.visible, store.oldest]).toEqual([[], [], undefined]);
    expect(store.append([item('a'), item('12345678')])).toBe(false);
    expect(store.prepend([item('b')])).toBe(1);
    expect(texts(store.visible)).toEqual(['b', 'a', '12345678']);
  });

  test('numbers rise by one from item to item, whatever came first', () => {
    const steps = fc.array(fc.record({ what: fc.constantFrom('append', 'prepend', 'clear'), count: fc.nat(5) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const store = new Store(8, 1_000);
        for (const { what, count } of all) store[what](some(0, count));
        const numbers = store.items.map(({ n }: Item) => n as number);
        expect(numbers).toEqual(numbers.map((_: number, i: number) => (numbers[0] as number) + i));
        expect(numbers.map((n: number) => indexOf(store.items, n))).toEqual(numbers.map((_: number, i: number) => i));
      }),
    );
  });
});

describe('Console: what waits', () => {
  test('the newest stay, and those that went are counted', () => {
    const waiting = new Waiting(3, 100);
    for (const each of some(1, 6)) waiting.add(each);
    expect(waiting.count).toBe(6);
    waiting.add(item('7'));
    expect(waiting.count).toBe(7);
    const { items, lost } = waiting.take();
    expect([texts(items), lost]).toEqual([['5', '6', '7'], 4]);
    expect([waiting.count, waiting.take()]).toEqual([0, { items: [], lost: 0 }]);
  });

  test('long ones go sooner', () => {
    const waiting = new Waiting(100, 10);
    for (const text of ['a', 'bbbbbbbb', 'cccc', 'dddd']) waiting.add(item(text));
    expect(waiting.count).toBe(4);
    expect(waiting.take()).toMatchObject({ items: [{ data: 'cccc' }, { data: 'dddd' }], lost: 2 });
  });
});

describe('Console: where rows stand', () => {
  const open = fc.uniqueArray(fc.record({ index: fc.nat(49), height: fc.integer({ min: 20, max: 300 }) }), {
    selector: ({ index }) => index,
    maxLength: 5,
  });

  test('every height belongs to the row that stands there', () => {
    fc.assert(
      fc.property(open, fc.nat(2_500), (rows, y) => {
        const layout = new RowLayout();
        layout.rowHeight = 20;
        layout.count = 50;
        layout.setOpen(rows);
        const heights = Array.from({ length: 50 }, (_, i) => rows.find(({ index }) => index === i)?.height ?? 20);
        let [top, index] = [0, 0];
        while (index < 49 && y >= top + (heights[index] as number)) {
          top += heights[index] as number;
          index += 1;
        }
        expect(layout.indexAt(y)).toBe(index);
        expect(layout.top(index)).toBe(top);
        expect(layout.height).toBe(heights.reduce((sum, each) => sum + each, 0));
      }),
    );
  });
});
