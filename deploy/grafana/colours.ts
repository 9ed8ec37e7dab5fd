// Thresholds and words for values, as Grafana's JSON has them.

import {
  MappingType,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Step, Words } from './model.ts';

/** Before the first step: a value that is judged is good, a line of a graph has its own colour. */
export const BASE_COLOUR = { good: 'green', none: 'transparent' } as const;

interface Builder<T> {
  build(): T;
}

export function thresholds(steps: readonly Step[] | undefined, base: string): Builder<ThresholdsConfig> {
  const judged = (steps ?? []).map(({ from, colour }) => ({ value: from, color: colour }));
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: base }, ...judged]);
}

export function mappings(words: Words | undefined): ValueMapping[] {
  if (!words) return [];
  const options = Object.entries(words).map(([value, { text, colour }], index) => [
    value,
    { text, color: colour, index },
  ]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}
