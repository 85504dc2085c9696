/**
 * TOML 1.0 as plain data, for `load_from_file("pyproject.toml")`. Dates and times stay the text they are written as.
 * What the format forbids is refused with its line; what it leaves to readers (tables reopened by dotted keys) is
 * read kindly.
 */
import { fail, ok, type Result } from '#proto/result.ts';

/** A table. */
export type TomlTable = Map<string, TomlValue>;
/** A float, told apart from an integer. */
export interface TomlFloat {
  readonly float: number;
}
/** Anything that TOML can say. */
export type TomlValue = string | number | boolean | TomlFloat | TomlValue[] | TomlTable;

/** Arrays and inline tables inside each other. */
const DEPTH_MAX = 100;

const SPACE = /[ \t]*/y;
/** Spaces, line breaks and comments. */
const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
const LINE_END = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
const LITERAL = /'([^'\n]*)'/y;
const LITERAL_BLOCK = /'''(?:\r?\n)?([\s\S]*?)'''(?!'(?!''))/y;
const BASIC = /"((?:[^"\\\n]|\\[^\n])*)"/y;
const BASIC_BLOCK = /"""(?:\r?\n)?((?:[^\\]|\\[\s\S])*?)"""(?!"(?!""))/y;
const DATE_TIME =
  /\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[-+]\d\d:\d\d)?)?|\d\d:\d\d:\d\d(?:\.\d+)?/y;
const FLOAT = /[-+]?(?:inf|nan|\d[\d_]*(?:\.\d[\d_]*(?:[eE][-+]?\d[\d_]*)?|[eE][-+]?\d[\d_]*))/y;
const INTEGER = /0x[\dA-Fa-f_]+|0o[0-7_]+|0b[01_]+|[-+]?\d[\d_]*/y;
const BOOLEAN = /true|false/y;
const ESCAPE = /\\(?:u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([ \t]*\r?\n\s*)|([\s\S]))/g;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  '"': '"',
  '\\': '\\',
};
const CODE_POINT_MAX = 0x10ffff;

class TomlFailure extends Error {}

class TomlReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Ends the reading with a message. */
  #refuse(message: string): never {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    throw new TomlFailure(`line ${line}: ${message}`);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  #sign(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    return true;
  }

  /** The whole document. */
  document(): TomlTable {
    const root: TomlTable = new Map();
    let table = root;
    for (this.#match(BLANK); this.#at < this.#text.length; this.#match(BLANK)) {
      if (this.#sign('[[')) {
        table = this.#openElement(root, this.#keys(']]'));
      } else if (this.#sign('[')) {
        table = this.#tableAt(root, this.#keys(']'));
      } else {
        this.#entry(table, 0);
      }
      if (this.#match(LINE_END) === undefined) this.#refuse('the line should end here');
    }
    return root;
  }

  /** Dotted keys up to a closing sign. */
  #keys(end: string): readonly string[] {
    const keys: string[] = [];
    do {
      this.#match(SPACE);
      keys.push(this.#key());
      this.#match(SPACE);
    } while (this.#sign('.'));
    if (!this.#sign(end)) this.#refuse(`\`${end}\` is missing after \`${keys.join('.')}\``);
    return keys;
  }

  #key(): string {
    const bare = this.#match(BARE_KEY);
    if (bare !== undefined) return bare[0];
    const literal = this.#match(LITERAL);
    if (literal !== undefined) return literal[1] ?? '';
    const basic = this.#match(BASIC);
    return basic === undefined ? this.#refuse('a key is expected') : this.#unescape(basic[1] ?? '');
  }

  /** The table that keys lead to; of an array of tables its last one. */
  #tableAt(from: TomlTable, keys: readonly string[]): TomlTable {
    let table = from;
    for (const key of keys) {
      let next = table.get(key);
      if (Array.isArray(next)) next = next.at(-1);
      if (next === undefined) {
        next = new Map();
        table.set(key, next);
      }
      if (!(next instanceof Map)) this.#refuse(`\`${key}\` is not a table`);
      table = next;
    }
    return table;
  }

  #openElement(root: TomlTable, keys: readonly string[]): TomlTable {
    const last = keys.at(-1) ?? '';
    const parent = this.#tableAt(root, keys.slice(0, -1));
    const list = parent.get(last) ?? [];
    if (!Array.isArray(list)) this.#refuse(`\`${last}\` is not an array of tables`);
    const element: TomlTable = new Map();
    list.push(element);
    parent.set(last, list);
    return element;
  }

  #entry(table: TomlTable, depth: number): void {
    const keys = this.#keys('=');
    const last = keys.at(-1) ?? '';
    const parent = this.#tableAt(table, keys.slice(0, -1));
    this.#match(SPACE);
    const value = this.#value(depth);
    if (parent.has(last)) this.#refuse(`\`${keys.join('.')}\` is there twice`);
    parent.set(last, value);
  }

  #value(depth: number): TomlValue {
    if (depth > DEPTH_MAX) this.#refuse(`values are more than ${DEPTH_MAX} deep`);
    if (this.#sign('[')) return this.#array(depth);
    if (this.#sign('{')) return this.#inlineTable(depth);
    const text = this.#string();
    if (text !== undefined) return text;
    const boolean = this.#match(BOOLEAN);
    if (boolean !== undefined) return boolean[0] === 'true';
    return this.#match(DATE_TIME)?.[0] ?? this.#number();
  }

  #number(): TomlValue {
    const float = this.#match(FLOAT);
    if (float !== undefined) {
      const digits = float[0].replaceAll('_', '');
      if (digits.endsWith('nan')) return { float: Number.NaN };
      return { float: Number(digits.replace('inf', 'Infinity')) };
    }
    const integer = this.#match(INTEGER);
    if (integer === undefined) return this.#refuse('a value is expected');
    return Number(integer[0].replaceAll('_', ''));
  }

  #string(): string | undefined {
    const literal = this.#match(LITERAL_BLOCK) ?? this.#matchUnless("'''", LITERAL);
    if (literal !== undefined) return literal[1] ?? '';
    const basic = this.#match(BASIC_BLOCK) ?? this.#matchUnless('"""', BASIC);
    return basic === undefined ? undefined : this.#unescape(basic[1] ?? '');
  }

  /** An unclosed block must not be read as an empty string. */
  #matchUnless(sign: string, pattern: RegExp): RegExpExecArray | undefined {
    if (this.#text.startsWith(sign, this.#at)) return this.#refuse(`\`${sign}\` is not closed`);
    return this.#match(pattern);
  }

  #unescape(text: string): string {
    return text.replaceAll(ESCAPE, (whole: string, ...groups: (string | undefined)[]) => {
      const [short, long, lineBreak, letter] = groups;
      if (lineBreak !== undefined) return '';
      const code = Number.parseInt(String(short ?? long), 16);
      if (Number.isNaN(code)) {
        return SIMPLE_ESCAPES[String(letter)] ?? this.#refuse(`\`${whole}\` is no escape`);
      }
      const isSurrogate = code >= 0xd800 && code <= 0xdfff;
      return code > CODE_POINT_MAX || isSurrogate
        ? this.#refuse(`\`${whole}\` is no character`)
        : String.fromCodePoint(code);
    });
  }

  #array(depth: number): TomlValue[] {
    const items: TomlValue[] = [];
    for (;;) {
      this.#match(BLANK);
      if (this.#sign(']')) return items;
      items.push(this.#value(depth + 1));
      this.#match(BLANK);
      if (this.#sign(']')) return items;
      if (!this.#sign(',')) this.#refuse('`,` or `]` is expected');
    }
  }

  #inlineTable(depth: number): TomlTable {
    const table: TomlTable = new Map();
    this.#match(BLANK);
    if (this.#sign('}')) return table;
    for (;;) {
      this.#match(BLANK);
      this.#entry(table, depth + 1);
      this.#match(BLANK);
      if (this.#sign('}')) return table;
      if (!this.#sign(',')) this.#refuse('`,` or `}` is expected');
    }
  }
}

/** The root table, or the line and what is wrong there. */
export function parseToml(text: string): Result<TomlTable, string> {
  try {
    return ok(new TomlReader(text.replace(/^\uFEFF/, '')).document());
  } catch (error) {
    if (error instanceof TomlFailure) return fail(error.message);
    throw error;
  }
}
