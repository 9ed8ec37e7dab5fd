// Where each panel stands on Grafana's grid of 24 columns: from left to right, and under the tallest of the line above.

import type { Row } from './model.ts';

export const COLUMNS = 24;
const HEADING = 1;

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface PlacedRow {
  readonly row: Row;
  readonly heading: Place;
  /** In the order of the row's panels. */
  readonly places: readonly Place[];
}

/** A collapsed row's panels get their places below it too, but take no room: the next row follows at once. */
export function layOut(rows: readonly Row[]): readonly PlacedRow[] {
  let y = 0;
  return rows.map((row) => {
    const heading = { x: 0, y, w: COLUMNS, h: HEADING };
    const { places, bottom } = fill(row, y + HEADING);
    y = row.collapsed ? y + HEADING : bottom;
    return { row, heading, places };
  });
}

function fill(row: Row, top: number): { places: readonly Place[]; bottom: number } {
  let [x, y, bottom] = [0, top, top];
  const places = row.panels.map(({ width: w, height: h }) => {
    if (x + w > COLUMNS) [x, y] = [0, bottom];
    const place = { x, y, w, h };
    x += w;
    bottom = Math.max(bottom, y + h);
    return place;
  });
  return { places, bottom };
}
