// A reader of JSON that changes nothing: numbers stay as they were written, and a name that is there twice is found. The
// platform's parser can tell the source of a number through a reviver alone, at fifteen times the cost.

// ES2026's JSON source text access, which TypeScript's library does not declare yet.
declare global {
  interface JSON {
    rawJSON(source: string): unknown;
    isRawJSON(value: unknown): boolean;
  }
}

/** The text is nested too deeply, or has a name twice in one object. */
export class Unreadable extends Error {}

// The stack holds half as many again.
const MAX_DEPTH = 2_500;
export const TOO_DEEP = 'The JSON is nested too deeply: send it as a string.';

/** Reads a text that is known to be JSON. */
export class JsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * The next value. A number that a double cannot hold is raw JSON.
   * @throws Unreadable
   */
  value(): unknown {
    switch (this.#next()) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#word(true);
      case 'f':
        return this.#word(false);
      case 'n':
        return this.#word(null);
      default:
        return this.#number();
    }
  }

  /** The next character that is not white. */
  #next(): string {
    while (' \n\r\t'.includes(this.#text[this.#at] as string)) this.#at += 1;
    return this.#text[this.#at] as string;
  }

  #open(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new Unreadable(TOO_DEEP);
    this.#at += 1;
  }

  #close(): void {
    this.#depth -= 1;
    this.#at += 1;
  }

  #object(): object {
    const object: Record<string, unknown> = {};
    this.#open();
    for (let mark = this.#next(); mark !== '}'; mark = this.#next()) {
      if (mark === ',') this.#at += 1;
      this.#next();
      const name = this.#string();
      this.#next();
      this.#at += 1;
      if (Object.hasOwn(object, name))
        throw new Unreadable('A name is there twice in one object of the JSON: keep one of them.');
      const value = this.value();
      if (name !== '__proto__') object[name] = value;
      // What is assigned to this one would be no member.
      else Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
    }
    this.#close();
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#open();
    for (let mark = this.#next(); mark !== ']'; mark = this.#next()) {
      if (mark === ',') this.#at += 1;
      array.push(this.value());
    }
    this.#close();
    return array;
  }

  #string(): string {
    const start = this.#at;
    const end = endOfString(this.#text, start);
    this.#at = end + 1;
    const content = this.#text.slice(start + 1, end);
    return content.includes('\\') ? (JSON.parse(this.#text.slice(start, end + 1)) as string) : content;
  }

  #word<T extends boolean | null>(value: T): T {
    this.#at += String(value).length;
    return value;
  }

  #number(): unknown {
    const start = this.#at;
    while ('0123456789.-+eE'.includes(this.#text[this.#at] ?? ' ')) this.#at += 1;
    const source = this.#text.slice(start, this.#at);
    const value = Number(source);
    return String(value) === source ? value : JSON.rawJSON(source);
  }
}

/** Where the string that begins at `start` ends: at a quote behind an even number of backslashes; -1: nowhere. */
export function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); ; at = json.indexOf('"', at + 1)) {
    let before = at;
    while (json[before - 1] === '\\') before -= 1;
    if ((at - before) % 2 === 0) return at;
  }
}
