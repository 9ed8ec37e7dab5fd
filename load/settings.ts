// Settings of a load test: from the environment, each with a default; a wrong one stops it with a line that says what to change.

/** Where the cluster is: nginx. */
export const TARGET = (__ENV['TARGET'] || 'http://localhost:8080').replace(/\/$/, '');

/** Where the cluster's Prometheus is. */
export const PROMETHEUS = (__ENV['PROMETHEUS'] || 'http://localhost:9090').replace(/\/$/, '');

/** A number greater than 0. */
export function setting(name: string, byDefault: number): number {
  const given = __ENV[name];
  if (given === undefined || given === '') return byDefault;
  const value = Number(given);
  if (!(value > 0)) throw new Error(`${name} is “${given}”: set it to a number greater than 0`);
  return value;
}

/** Numbers greater than 0, separated by commas. */
export function settings(name: string, byDefault: readonly number[]): readonly number[] {
  const given = __ENV[name];
  if (given === undefined || given === '') return byDefault;
  const values = given.split(',').map(Number);
  if (!values.every((value) => value > 0))
    throw new Error(`${name} is “${given}”: set it to numbers greater than 0, separated by commas`);
  return values;
}
