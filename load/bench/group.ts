// What one benchmark of a group is given, and what it gives. A figure that a server cannot give is left out.

import type { Generator } from './generator.ts';
import type { Contender, Server } from './servers.ts';

export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
}

export type Figures = Record<string, number>;

interface Bench {
  readonly contender: Contender;
  readonly server: Server;
  readonly generator: Generator;
  /** How long a figure of a steady load is taken. */
  readonly seconds: number;
}

export interface Group {
  readonly figures: readonly Figure[];
  run(bench: Bench): Promise<Figures>;
}

/** How many streams most figures are taken with. */
export const STREAMS = 1_000;
/** How many of them connect at a time. */
export const WINDOW = 64;
/** Bytes of a usual message. */
export const USUAL = 256;

export const named = (bytes: number) => (bytes < 1_024 ? `${bytes} B` : `${bytes / 1_024} KB`);
export const figure = (key: string, title: string, unit: string, digits = 0): Figure => ({ key, title, unit, digits });
