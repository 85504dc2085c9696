/** Settings in a YAML file: scalars and lists by dotted key, each with its line. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { FoundSetting } from './settings.ts';

/** A configuration is a page, not a book. */
const FILE_BYTES_MAX = 256 * 1024;
/** `nats.servers` is the second level. */
const DEPTH_MAX = 4;

/** The texts by key; what can't be one is added to `problems`. */
export function settingsInFile(
  path: string,
  problems: string[],
): ReadonlyMap<string, FoundSetting> {
  const read = readBoundedText(path, FILE_BYTES_MAX);
  const lines = new LineCounter();
  const parsed = 'text' in read ? parse(read.text, lines) : read;
  if ('problem' in parsed) {
    problems.push(`${path}: the configuration ${parsed.problem}`);
    return new Map();
  }
  const { document } = parsed;
  const errors = document.errors.map(
    ({ message, linePos }) =>
      `${path}:${linePos?.[0].line ?? 1}: ${message.split('\n')[0]?.replace(/ at line .*/, '') ?? ''}`,
  );
  problems.push(...errors);
  if (errors.length > 0) return new Map();
  const lineOf = (node: Node): number => lines.linePos(node.range?.[0] ?? 0).line;
  const collector = new Collector(path, lineOf, problems);
  const { contents } = document;
  if (contents !== null && !isEmpty(contents)) collector.take(contents, []);
  return collector.found;
}

/** The text of a file, or what is wrong with it. */
export function readBoundedText(
  path: string,
  bytesMax: number,
): { readonly text: string } | { readonly problem: string } {
  try {
    if (statSync(path).size > bytesMax) return { problem: `is larger than ${bytesMax} bytes` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: 'is not UTF-8' };
    const why = error instanceof Error ? error.message : String(error);
    return { problem: `can't be read: ${why}` };
  }
}

function parse(
  text: string,
  lineCounter: LineCounter,
): { readonly document: Document.Parsed } | { readonly problem: string } {
  try {
    return { document: parseDocument(text, { lineCounter }) };
  } catch (error) {
    // The parser runs out of stack where brackets have no end.
    if (error instanceof RangeError) return { problem: 'is nested too deeply' };
    throw error;
  }
}

class Collector {
  readonly found = new Map<string, FoundSetting>();
  readonly #path: string;
  readonly #lineOf: (node: Node) => number;
  readonly #problems: string[];

  constructor(path: string, lineOf: (node: Node) => number, problems: string[]) {
    this.#path = path;
    this.#lineOf = lineOf;
    this.#problems = problems;
  }

  take(node: Node, keys: readonly string[]): void {
    const where = `${this.#path}:${this.#lineOf(node)}`;
    const text = textOf(node);
    if (isMap<Node, Node | null>(node) && keys.length < DEPTH_MAX) {
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : '?';
        if (value !== null && !isEmpty(value)) this.take(value, [...keys, name]);
        else this.#refuse(`${this.#path}:${this.#lineOf(key)}`, [...keys, name]);
      }
    } else if (text === undefined || keys.length === 0) this.#refuse(where, keys);
    else {
      const directory = dirname(resolve(this.#path));
      this.found.set(keys.join('.'), { text, where, directory });
    }
  }

  #refuse(where: string, keys: readonly string[]): void {
    const what = keys.length === 0 ? 'the file' : keys.join('.');
    const need = keys.length === 0 ? 'sections and settings' : 'a text, number, list or section';
    this.#problems.push(`${where}: ${what} must be ${need}`);
  }
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null;
}

/** Lists become texts separated by commas, as they are in a variable. Aliases are nobody's text. */
function textOf(node: Node): string | undefined {
  if (isScalar(node)) return plainText(node.value);
  if (!isSeq<Node>(node)) return undefined;
  const items = node.items.map((item) => (isScalar(item) ? plainText(item.value) : undefined));
  if (items.some((item) => item === undefined || item.includes(','))) return undefined;
  return items.join(',');
}

function plainText(value: unknown): string | undefined {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value)
    ? String(value)
    : undefined;
}
