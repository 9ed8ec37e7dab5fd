// Many readings of one figure to a line of a table: median, spread, and the ratio to a yardstick of the same round.

import type { Figure } from './group.ts';

/** Readings by contender's name and figure's key, one for each round. */
export type Readings = Map<string, Map<string, number[]>>;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** A table in Markdown: a row for each figure, a column for each contender; ratios are to `yardstick`. */
export function table(
  figures: readonly Figure[],
  names: readonly string[],
  yardstick: string,
  readings: Readings,
): string {
  const rows = figures.map((figure) => [
    `${figure.title}, ${figure.unit}`,
    ...names.map((name) => cell(figure, name, yardstick, readings)),
  ]);
  const head = ['', ...names];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell({ key, digits }: Figure, name: string, yardstick: string, readings: Readings): string {
  const values = readings.get(name)?.get(key) ?? [];
  if (values.length === 0) return '–';
  const show = (value: number) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const spread = values.length > 1 ? ` (${show(Math.min(...values))} – ${show(Math.max(...values))})` : '';
  const compared = readings.get(yardstick)?.get(key) ?? [];
  const ratio =
    name !== yardstick && compared.length === values.length
      ? median(values.map((value, round) => value / (compared[round] as number)))
      : undefined;
  return `${show(median(values))}${spread}${ratio === undefined ? '' : ` **${ratio.toFixed(2)} ×**`}`;
}
