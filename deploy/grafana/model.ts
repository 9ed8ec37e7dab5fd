// What a dashboard is, before Grafana: rows of panels, panels of queries. Grafana's JSON, the table of current values and
// the picture are all made from this, so that they cannot say different things. Knows nothing of the SDK.

/** Grafana's name for each unit that is used here. */
export const UNITS = {
  count: 'short',
  perSecond: 'cps',
  seconds: 's',
  bytes: 'bytes',
  bytesPerSecond: 'binBps',
  ratio: 'percentunit',
  factor: 'none',
  /** A date in ms, shown as "5 minutes ago". */
  since: 'dateTimeFromNow',
  /** Words, by `words`. */
  words: 'none',
} as const;
export type Unit = keyof typeof UNITS;

export interface Query {
  readonly expr: string;
  /** With Grafana's `{{label}}`. In a table: the column's title. */
  readonly legend: string;
  /** Only where it is not the panel's: of a table's column, of a heatmap's cells. */
  readonly unit?: Unit;
  /** Only in a table: words for values, and colours from values on. */
  readonly words?: Words;
  readonly steps?: readonly Step[];
  /** Its value is always 1: what it says are its labels. */
  readonly info?: true;
  /** A rate or a count that is drawn below the axis, as an ending against a beginning. */
  readonly below?: true;
}

/** From this value on, this colour. */
export interface Step {
  readonly from: number;
  readonly colour: 'green' | 'orange' | 'red';
}

export type Words = Readonly<Record<number, { readonly text: string; readonly colour: Step['colour'] }>>;

export interface Panel {
  readonly kind: 'stat' | 'graph' | 'heatmap' | 'table';
  readonly title: string;
  /** For who sees the panel for the first time: what it shows, and what to make of it. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of 24. */
  readonly width: number;
  readonly height: number;
  /** The value below which the axis does not begin. Most things that are measured here cannot be less than none. */
  readonly min?: number;
  readonly max?: number;
  /** Before the first one all is well. Nothing to say: no steps. */
  readonly steps?: readonly Step[];
  readonly words?: Words;
  readonly stacked?: true;
  /** Only in a table: labels that become columns, and their titles. The first one joins the queries. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Why no series may be the right answer, and the words to show then. */
  readonly mayBeEmpty?: { readonly reason: string; readonly shown: string };
}

export interface Row {
  readonly title: string;
  readonly collapsed?: true;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

type Usual = 'width' | 'height' | 'min';
export type Given = Omit<Panel, 'kind' | Usual> & Partial<Pick<Panel, Usual>>;

export const stat = (given: Given): Panel => ({ kind: 'stat', width: 3, height: 5, min: 0, ...given });
export const graph = (given: Given): Panel => ({ kind: 'graph', width: 8, height: 8, min: 0, ...given });
export const heatmap = (given: Given): Panel => ({ kind: 'heatmap', width: 12, height: 9, min: 0, ...given });
export const table = (given: Given): Panel => ({ kind: 'table', width: 24, height: 8, min: 0, ...given });
