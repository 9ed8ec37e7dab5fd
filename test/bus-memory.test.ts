// The bus of a single process keeps the contract of a bus.

import { describe } from 'vitest';
import { MemoryBus } from '../src/bus/memory.ts';
import { busSuite, type HistoryBounds } from './bus.suite.ts';
import { ratesSuite } from './bus-rates.suite.ts';
import { trimSuite } from './bus-trim.suite.ts';

describe('the memory bus', () => {
  const create = ({ historySize, historyBytes }: HistoryBounds) =>
    new MemoryBus({ entries: historySize, bytes: historyBytes });
  busSuite(create);
  trimSuite(create);
  ratesSuite(() => create({ historySize: 10_000, historyBytes: 10_000_000 }));
});
