// A value with its unit, short enough for a table and for an axis.

import type { Unit } from './model.ts';

const SECOND_MS = 1000;

export function withUnit(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞';
  switch (unit) {
    case 'seconds':
      return duration(value);
    case 'bytes':
      return bytes(value);
    case 'bytesPerSecond':
      return `${bytes(value)}/s`;
    case 'perSecond':
      return `${count(value)}/s`;
    case 'ratio':
      return `${digits(value * 100)} %`;
    case 'since':
      return new Date(value).toISOString();
    case 'count':
    case 'factor':
    case 'words':
      return count(value);
  }
}

/** What an eye takes in. */
const DIGITS = 3;

const digits = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 100 || value === 0) return value.toFixed(0);
  return `${Number(value.toPrecision(DIGITS))}`;
};

function scaled(value: number, base: 1000 | 1024, names: readonly string[]): string {
  // 999,999 is 1M, not 1000k: what counts is also how it is written.
  const fits = (size: number) => Math.max(size, Number(size.toPrecision(DIGITS))) < base;
  const step = names.findIndex((_, power) => fits(Math.abs(value) / base ** power));
  const power = step < 0 ? names.length - 1 : step;
  return `${digits(value / base ** power)}${names[power]}`;
}

const count = (value: number): string => scaled(value, 1000, ['', 'k', 'M', 'G']);
const bytes = (value: number): string => scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB']);

function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 0.001) return `${digits(seconds * SECOND_MS * 1000)} µs`;
  if (size < 1) return `${digits(seconds * SECOND_MS)} ms`;
  if (size < 120) return `${digits(seconds)} s`;
  return size < 7200 ? `${digits(seconds / 60)} min` : `${digits(seconds / 3600)} h`;
}
