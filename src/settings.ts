// How settings are read: what is unset or empty has a default, and what is wrong is noted, with what to change, so that
// all problems can be told at once.

export type Environment = Readonly<Record<string, string | undefined>>;

export class Settings {
  /** One sentence for each wrong value. */
  readonly problems: string[] = [];
  readonly #env: Environment;

  /** @param env the environment; an empty value counts as unset, as Compose passes it */
  constructor(env: Environment) {
    this.#env = env;
  }

  has(name: string): boolean {
    return (this.#env[name] ?? '') !== '';
  }

  /**
   * The value of one setting.
   * @param wanted what it must be, for the problem
   * @param parse undefined for a value that is wrong
   */
  read<T>(name: string, fallback: T, wanted: string, parse: (text: string) => T | undefined): T {
    const value = this.#parse(name, parse, (text) => `${wanted}, not ${JSON.stringify(withoutPassword(text))}`);
    return value ?? fallback;
  }

  /** As `read`, for what must not stand in a log; undefined where it is unset or wrong. */
  secret<T>(name: string, wanted: string, parse: (text: string) => T | undefined): T | undefined {
    return this.#parse(name, parse, () => wanted);
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    return this.read(name, fallback, `a whole number from ${min} to ${max}`, (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    });
  }

  flag<T>(name: string, fallback: T): T | boolean {
    return this.read<T | boolean>(name, fallback, 'true or false', (text) =>
      text === 'true' ? true : text === 'false' ? false : undefined,
    );
  }

  words(name: string, fallback: string, pattern: RegExp, wanted: string): string {
    return this.read(name, fallback, wanted, (text) => (pattern.test(text) ? text : undefined));
  }

  #parse<T>(name: string, parse: (text: string) => T | undefined, must: (text: string) => string): T | undefined {
    const text = this.#env[name] ?? '';
    if (text === '') return undefined;
    const value = parse(text);
    if (value === undefined) this.problems.push(`${name} must be ${must(text)}`);
    return value;
  }
}

/** What is wrong with a URL shall not put its password into a log, wherever in it that may stand. */
export function withoutPassword(text: string): string {
  return text.replace(/^(\w+:\/\/)?.*@/s, '$1…@').replace(/[?#].*/s, '?…');
}
