// What a benchmark is told to do: words of a command line in, settings out. All that is wrong is said at once.

import { parseArgs } from 'node:util';

/** What is compared: Fanfare with rivals, two versions of it, or proxies before it. */
export interface Comparison {
  readonly compare: string | undefined;
  readonly hops: boolean;
}

export interface Settings extends Comparison {
  readonly rounds: number;
  readonly seconds: number;
  readonly groups: readonly string[];
  readonly contenders: readonly string[];
}

/** Says what to change, for whoever has started the benchmark. */
export class BadSettings extends Error {}

const OPTIONS = {
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '4' },
  only: { type: 'string' },
  with: { type: 'string', default: '' },
  compare: { type: 'string' },
  hops: { type: 'boolean', default: false },
} as const;

/**
 * @param groups those that there are
 * @param names the contenders that there are in a comparison
 * @throws BadSettings
 */
export function settingsOf(
  words: readonly string[],
  groups: readonly string[],
  names: (comparison: Comparison) => readonly string[],
): Settings {
  const { rounds, seconds, only, with: some, compare, hops } = parse(words);
  // Proxies have a group of their own.
  const usual = groups.filter((group) => (group === 'hop') === hops);
  const wanted = only?.split(',') ?? usual;
  const all = names({ compare, hops });
  const contenders = all.filter((name) => some.split(',').some((word) => name.includes(word)));
  const faults = [
    ...wanted
      .filter((group) => !groups.includes(group))
      .map((group) => `--only: there is no group “${group}”, take some of ${groups.join(', ')}`),
    ...(contenders.length > 0 ? [] : [`--with: no name holds “${some}”, take words of ${all.join('; ')}`]),
    ...(/^[1-9]\d*$/.test(rounds) ? [] : [`--rounds: a whole number above 0, not “${rounds}”`]),
    ...(Number(seconds) > 0 ? [] : [`--seconds: a number above 0, not “${seconds}”`]),
  ];
  if (faults.length > 0) throw new BadSettings(faults.join('\n'));
  return { rounds: Number(rounds), seconds: Number(seconds), groups: wanted, contenders, compare, hops };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS }).values;
  } catch (error) {
    throw new BadSettings((error as Error).message);
  }
}
