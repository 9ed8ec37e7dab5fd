// Grafana's names for the queries of a panel.

/** A for the first, B for the second. */
export const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);
