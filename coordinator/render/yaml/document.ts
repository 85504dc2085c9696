/**
 * YAML as a small tree in which every node keeps its range of the text. The `yaml` package does the grammar; what
 * it would also allow and the recipe format does not (anchors, tags, a byte order mark, duplicate keys; spec
 * appendix E, Strict) is refused here. Scalars stay text: what `3.10` means is decided by whoever reads it.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { ProblemList, TextRange } from '../problems.ts';

/** A scalar; `plain` ones were written without quotes and may be numbers, booleans or null. */
export interface YamlScalar {
  readonly kind: 'scalar';
  readonly text: string;
  readonly plain: boolean;
  /** Written as a literal block (`|`). */
  readonly block: boolean;
  readonly range: TextRange;
}

/** A list. */
export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly range: TextRange;
}

/** One key with its value. */
export interface YamlEntry {
  readonly key: YamlScalar;
  readonly value: YamlNode;
}

/** A mapping; its keys are unique. */
export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly range: TextRange;
}

/** Any node. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

/** Largest file read: the biggest known recipes have 100 kB. */
const YAML_LENGTH_MAX = 4 * 1024 * 1024;
const DEPTH_MAX = 100;
const PROBLEMS_SHOWN_MAX = 20;

/** The value of a key, or undefined. */
export function entryOf(map: YamlMap, key: string): YamlEntry | undefined {
  return map.entries.find((entry) => entry.key.text === key);
}

/** True for an unquoted `null`, `~` or nothing at all. */
export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.plain && /^(?:~|null|Null|NULL|)$/.test(node.text);
}

class Converter {
  readonly #problems: ProblemList;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  convert(node: unknown, around: TextRange, depth: number): YamlNode {
    if (depth > DEPTH_MAX) {
      this.#problems.report({ message: `nested deeper than ${DEPTH_MAX} levels`, range: around });
      return emptyScalar(around);
    }
    if (isAlias(node)) return this.#refuseAnchor(rangeOf(node.range, around));
    if (isMap(node)) {
      const range = rangeOf(node.range, around);
      this.#checkProperties(node, range);
      const entries = node.items.map((pair) => this.#entry(pair, range, depth));
      this.#checkUnique(entries);
      return { kind: 'map', entries, range };
    }
    if (isSeq(node)) {
      const range = rangeOf(node.range, around);
      this.#checkProperties(node, range);
      return {
        kind: 'list',
        items: node.items.map((item) => this.convert(item, range, depth + 1)),
        range,
      };
    }
    if (isScalar(node)) return this.#scalar(node, around);
    return emptyScalar(around);
  }

  #entry(pair: { key: unknown; value: unknown }, around: TextRange, depth: number): YamlEntry {
    const key = this.convert(pair.key, around, depth + 1);
    const value = this.convert(pair.value, { start: key.range.end, end: key.range.end }, depth + 1);
    const between = this.#problems.source.text.slice(key.range.end, value.range.start);
    if (/^["']?:[ ]*\t/.test(between)) {
      this.#problems.report({
        message: 'a tab stands after a colon',
        range: { start: key.range.end, end: value.range.start },
        help: 'use a space',
      });
    }
    if (key.kind === 'scalar') return { key, value };
    const written = this.#problems.source.text.slice(key.range.start - 1, key.range.end + 1);
    const template = written.startsWith('{{');
    this.#problems.report({
      message: 'a key must be a plain word',
      range: key.range,
      ...(template ? { help: 'templates are written `${{ … }}`, with a dollar sign' } : {}),
    });
    return { key: emptyScalar(key.range), value };
  }

  #scalar(
    node: { value: unknown; type?: unknown; range?: unknown },
    around: TextRange,
  ): YamlScalar {
    const range = rangeOf(node.range, around);
    this.#checkProperties(node, range);
    return {
      kind: 'scalar',
      text: typeof node.value === 'string' ? node.value : '',
      plain: node.type === 'PLAIN' || node.type === undefined,
      block: node.type === 'BLOCK_LITERAL',
      range,
    };
  }

  #checkUnique(entries: readonly YamlEntry[]): void {
    const first = new Map<string, YamlScalar>();
    for (const { key } of entries) {
      const earlier = first.get(key.text);
      if (earlier === undefined) {
        first.set(key.text, key);
        continue;
      }
      const { line } = this.#problems.source.position(earlier.range.start);
      this.#problems.report({
        message: `duplicate key \`${key.text}\``,
        range: key.range,
        help: `it is first given in line ${line}; keep one of them`,
      });
    }
  }

  #checkProperties(node: object, range: TextRange): void {
    if ('anchor' in node && typeof node.anchor === 'string') {
      const start = this.#problems.source.text.lastIndexOf(`&${node.anchor}`, range.start);
      const isNear =
        start !== -1 && !this.#problems.source.text.slice(start, range.start).includes('\n');
      this.#refuseAnchor(isNear ? { start, end: start + node.anchor.length + 1 } : range);
    }
    if ('tag' in node && typeof node.tag === 'string') {
      const written = node.tag.replace('tag:yaml.org,2002:', '!!');
      this.#problems.report({
        message: `YAML tags such as \`${written}\` are not part of the format`,
        range,
      });
    }
  }

  #refuseAnchor(range: TextRange): YamlScalar {
    this.#problems.report({
      message: 'YAML anchors and aliases are not part of the format',
      range,
      help: 'put the value into `context` and refer to it with `${{ name }}`, or write it twice',
    });
    return emptyScalar(range);
  }
}

function rangeOf(range: unknown, around: TextRange): TextRange {
  if (!Array.isArray(range)) return around;
  const [start, end] = range;
  return typeof start === 'number' && typeof end === 'number' ? { start, end } : around;
}

function emptyScalar(range: TextRange): YamlScalar {
  return { kind: 'scalar', text: '', plain: true, block: false, range };
}

const explanations: Readonly<Record<string, { message: string; help?: string }>> = {
  TAB_AS_INDENT: { message: 'a tab is used for indentation', help: 'indent with spaces' },
  BAD_INDENT: {
    message: 'this line is indented differently from the others of its block',
    help: 'lines of one block start in the same column',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'the next line is indented deeper, although this line has a value already',
    help: 'lines of one block start in the same column',
  },
  RESOURCE_EXHAUSTION: { message: `nested deeper than ${DEPTH_MAX} levels` },
};

/**
 * The parser ends where its stack does, which is another place each time: for brackets it is the one where they pass
 * the bound, else the line's beginning.
 */
function placeOf({ code, pos }: Document.Parsed['errors'][number], text: string): [number, number] {
  if (code !== 'RESOURCE_EXHAUSTION') return pos;
  let depth = 0;
  for (let at = 0; at <= pos[0]; at += 1) {
    if ('[{'.includes(text.charAt(at))) depth += 1;
    if (']}'.includes(text.charAt(at))) depth -= 1;
    if (depth > DEPTH_MAX) return [at, at + 1];
  }
  const lineStart = text.lastIndexOf('\n', pos[0] - 1) + 1;
  return [lineStart, lineStart + 1];
}

/** Syntax errors, the first of each line: the others follow from it. */
function reportSyntax(document: Document.Parsed, problems: ProblemList): void {
  const lines = new Set<number>();
  for (const error of document.errors.slice(0, PROBLEMS_SHOWN_MAX)) {
    const [start, end] = placeOf(error, problems.source.text);
    const { line } = problems.source.position(start);
    if (lines.has(line)) continue;
    lines.add(line);
    const known = explanations[error.code];
    const detail = error.message.split('\n')[0] ?? '';
    const message = `invalid YAML: ${known?.message ?? detail}`;
    problems.report({ message, range: { start, end }, help: known?.help });
  }
}

/** The tree of the first document (a second one is ignored), or undefined after problems were reported. */
export function parseYaml(problems: ProblemList): YamlNode | undefined {
  const { text } = problems.source;
  if (text.length > YAML_LENGTH_MAX) {
    problems.report({ message: `the file has more than ${YAML_LENGTH_MAX} characters` });
    return undefined;
  }
  if (text.startsWith('\uFEFF')) {
    problems.report({
      message: 'the file starts with a byte order mark',
      range: { start: 0, end: 1 },
      help: 'save it as UTF-8 without BOM',
    });
    return undefined;
  }
  let document: Document.Parsed | undefined;
  try {
    const documents = parseAllDocuments(text, {
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
    });
    document = Array.isArray(documents) ? documents[0] : undefined;
  } catch (error) {
    // The parser recurses: a file of brackets only exhausts the stack.
    if (!(error instanceof RangeError)) throw error;
    problems.report({ message: `nested deeper than ${DEPTH_MAX} levels` });
    return undefined;
  }
  if (document === undefined) return emptyScalar({ start: 0, end: 0 });
  const before = problems.errorCount;
  reportSyntax(document, problems);
  if (problems.errorCount > before) return undefined;
  const node = new Converter(problems).convert(document.contents, { start: 0, end: 0 }, 0);
  return problems.errorCount > before ? undefined : node;
}
