/**
 * The old top-level `cache:` as text that says the same with a staging output (spec 1.14): the block moves to the head
 * of `outputs:` with its comments, and every package output that says nothing else inherits it. Only lines are moved;
 * what comes out is parsed again and compared with what was meant, so that no layout is ever migrated wrongly.
 */
import { fail, ok, type Result } from '#proto/result.ts';
import { decodeRecipe, stagingNameOfCache } from '../decode/recipe.ts';
import { ProblemList, type RecipeProblem, SourceText, type TextRange } from '../problems.ts';
import {
  entryOf,
  parseYaml,
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from '../yaml/document.ts';
import { type LineEdit, TextLines } from './text-lines.ts';

/** A migrated recipe. */
export interface MigratedRecipe {
  readonly text: string;
  readonly stagingName: string;
  /** Package outputs that were given an `inherit`. */
  readonly inheritorCount: number;
}

/** The parts of a recipe with a `cache:`. */
interface OldRecipe {
  readonly root: YamlMap;
  readonly cache: YamlEntry & { readonly value: YamlMap };
  readonly outputs: YamlEntry & { readonly value: YamlList };
  readonly stagingName: string;
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const written = (name: string): string => (PLAIN_NAME.test(name) ? name : JSON.stringify(name));

type Failure = { readonly ok: false; readonly failure: RecipeProblem[] };

function refusal(source: SourceText, message: string, help: string, range?: TextRange): Failure {
  return fail([source.problem({ message, help, range })]);
}

/** The recipe's parts; every reason against a migration is told with its place. */
function readOld(source: SourceText): Result<OldRecipe, RecipeProblem[]> {
  const problems = new ProblemList(source);
  const root = parseYaml(problems);
  if (root !== undefined && (root.kind !== 'map' || entryOf(root, 'cache') === undefined)) {
    return refusal(
      source,
      'there is no top-level `cache:` to migrate',
      'the recipe can stay as it is',
    );
  }
  if (root !== undefined) decodeRecipe(root, { problems });
  if (root?.kind !== 'map' || problems.errorCount > 0) return fail(problems.ofSeverity('error'));
  const cache = entryOf(root, 'cache');
  const outputs = entryOf(root, 'outputs');
  if (cache?.value.kind !== 'map' || outputs?.value.kind !== 'list')
    return fail(problems.ofSeverity('error'));
  return ok({
    root,
    cache: { key: cache.key, value: cache.value },
    outputs: { key: outputs.key, value: outputs.value },
    stagingName: stagingNameOfCache(root),
  });
}

/** Names of staging outputs are unique (CEP 41). */
function nameClash({ outputs, stagingName }: OldRecipe): YamlScalar | undefined {
  return outputs.value.items
    .flatMap((item) => {
      const staging = item.kind === 'map' ? entryOf(item, 'staging')?.value : undefined;
      const name = staging?.kind === 'map' ? entryOf(staging, 'name')?.value : undefined;
      return name?.kind === 'scalar' ? [name] : [];
    })
    .find(({ text }) => text === stagingName);
}

/** Where the block of a top-level key begins and ends, its own comments included. */
function blockOf(
  lines: TextLines,
  recipe: OldRecipe,
): { readonly first: number; readonly key: number; readonly end: number } {
  const key = lines.place(recipe.cache.key.range.start).line;
  const following = recipe.root.entries
    .map((entry) => lines.place(entry.key.range.start).line)
    .filter((line) => line > key);
  let end = following.length > 0 ? Math.min(...following) : lines.lines.length;
  for (let line = key + 1; line < end; line += 1) {
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(lines.line(line))) end = line;
  }
  // What stands at the margin above the next key belongs to that one.
  while (end > key + 1 && (lines.isBlank(end - 1) || lines.isComment(end - 1, 0))) end -= 1;
  return { first: lines.firstCommentAbove(key, 0), key, end };
}

/** A line moved by some columns; one that can't be moved that far goes to the margin. */
function shifted(line: string, columns: number): string {
  if (line.trim() === '') return line;
  if (columns >= 0) return ' '.repeat(columns) + line;
  const indent = /^ */.exec(line)?.[0].length ?? 0;
  return line.slice(Math.min(indent, -columns));
}

/** Column of the dash and of the keys of the first output. */
function outputColumns(lines: TextLines, first: YamlMap): { dash: number; keys: number } {
  const { line, column } = lines.place(first.range.start);
  const dash = lines.line(line).slice(0, column).lastIndexOf('-');
  if (dash !== -1) return { dash, keys: column };
  for (let above = line - 1; above >= 0; above -= 1) {
    const lonely = /^( *)-\s*(?:#.*)?$/.exec(lines.line(above));
    if (lonely !== null) return { dash: (lonely[1] ?? '').length, keys: column };
  }
  return { dash: Math.max(0, column - 2), keys: column };
}

/** The line of an item's dash. */
function dashLine(lines: TextLines, item: YamlMap): number {
  const { line, column } = lines.place(item.range.start);
  if (lines.line(line).slice(0, column).includes('-')) return line;
  let above = line - 1;
  while (above > 0 && !/^ *-\s*(?:#.*)?$/.test(lines.line(above))) above -= 1;
  return above;
}

function stagingLines(
  lines: TextLines,
  recipe: OldRecipe,
  columns: { readonly dash: number; readonly keys: number },
): string[] {
  const block = blockOf(lines, recipe);
  const [firstKey] = recipe.cache.value.entries;
  const body = firstKey === undefined ? 0 : lines.place(firstKey.key.range.start).column;
  const comments = lines.lines.slice(block.first, block.key);
  const { column } = lines.place(recipe.cache.key.range.end);
  const trailing = lines.line(block.key).slice(column).replace(/^\s*:/, '').trim();
  const dash = `${' '.repeat(columns.dash)}-${' '.repeat(columns.keys - columns.dash - 1)}`;
  return [
    ...comments.map((line) => shifted(line, columns.dash)),
    `${dash}staging:${trailing === '' ? '' : `  ${trailing}`}`,
    `${' '.repeat(columns.keys)}  name: ${written(recipe.stagingName)}`,
    ...lines.lines
      .slice(block.key + 1, block.end)
      .map((line) => shifted(line, columns.keys - body)),
  ];
}

/** True if outputs are set apart by empty lines, or if there is nothing to learn it from. */
function hasGaps(lines: TextLines, items: readonly YamlMap[], dash: number): boolean {
  const [, second] = items;
  if (second === undefined) return true;
  return lines.isBlank(lines.firstCommentAbove(dashLine(lines, second), dash) - 1);
}

const lacksInherit = (item: YamlMap): boolean =>
  entryOf(item, 'package') !== undefined && entryOf(item, 'inherit') === undefined;

/** `inherit:` behind the `package:` of an output. */
function inheritEdit(lines: TextLines, item: YamlMap, name: string): LineEdit {
  if (lines.isFlow(item.range)) {
    const { line, column } = lines.place(item.range.start);
    const text = lines.line(line);
    const added = `${text.slice(0, column + 1)} inherit: ${written(name)},${text.slice(column + 1)}`;
    return { at: line, removed: 1, added: [added] };
  }
  const { column } = lines.place(item.range.start);
  const value = entryOf(item, 'package')?.value ?? item;
  const at = lines.lastLine(value) + 1;
  return { at, removed: 0, added: [`${' '.repeat(column)}inherit: ${written(name)}`] };
}

function layoutProblem(
  source: SourceText,
  lines: TextLines,
  { cache, outputs }: OldRecipe,
): Failure | undefined {
  for (const { key, value } of [cache, outputs]) {
    if (!lines.isFlow(value.range)) continue;
    return refusal(
      source,
      `\`${key.text}\` is written in brackets, which can't be migrated line by line`,
      'write it as a block: each entry on a line of its own',
      value.range,
    );
  }
  if (lines.place(cache.value.range.start).line === lines.place(cache.key.range.start).line) {
    return refusal(
      source,
      '`cache` begins on the line of its key',
      'put its entries on lines of their own',
      cache.key.range,
    );
  }
  return undefined;
}

/** A tree without places, to compare by. */
function plainTree(node: YamlNode): unknown {
  if (node.kind === 'list') return node.items.map(plainTree);
  if (node.kind === 'scalar') return { text: node.text, plain: node.plain };
  return { map: node.entries.map(({ key, value }) => [key.text, plainTree(value)]) };
}

const nameNode = (text: string): YamlScalar => ({
  kind: 'scalar',
  text,
  plain: PLAIN_NAME.test(text),
  block: false,
  range: { start: 0, end: 0 },
});

const mapNode = (entries: YamlMap['entries']): YamlMap => ({
  kind: 'map',
  entries,
  range: { start: 0, end: 0 },
});

/** What the migrated recipe must say. */
function wantedTree({ root, cache, outputs, stagingName }: OldRecipe): YamlNode {
  const name = mapNode([{ key: nameNode('name'), value: nameNode(stagingName) }]);
  const staging = mapNode([{ key: nameNode('staging'), value: name }, ...cache.value.entries]);
  const inherit = { key: nameNode('inherit'), value: nameNode(stagingName) };
  const items = outputs.value.items.map((item) => {
    if (item.kind !== 'map' || !lacksInherit(item)) return item;
    const at = item.entries.findIndex(({ key }) => key.text === 'package');
    return mapNode(item.entries.toSpliced(at + 1, 0, inherit));
  });
  return mapNode(
    root.entries
      .filter(({ key }) => key !== cache.key)
      .map((entry) =>
        entry.key === outputs.key
          ? { key: entry.key, value: { ...outputs.value, items: [staging, ...items] } }
          : entry,
      ),
  );
}

/** Keys of a mapping in a fixed order, since an `inherit` in braces goes first. */
function sameTree(a: YamlNode, b: YamlNode): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'map' in value && Array.isArray(value.map)
      ? { map: value.map.map((entry) => JSON.stringify(entry, sorted)).sort() }
      : value;
  return JSON.stringify(plainTree(a), sorted) === JSON.stringify(plainTree(b), sorted);
}

function edits(lines: TextLines, recipe: OldRecipe): LineEdit[] {
  const items = recipe.outputs.value.items.flatMap((item) => (item.kind === 'map' ? [item] : []));
  const [first] = items;
  if (first === undefined) return [];
  const columns = outputColumns(lines, first);
  const block = blockOf(lines, recipe);
  const staging = stagingLines(lines, recipe, columns);
  const gap = hasGaps(lines, items, columns.dash) ? [''] : [];
  // The empty lines on one side of the block go with it.
  let end = block.end;
  const isAfterGap = block.first === 0 || lines.isBlank(block.first - 1);
  while (isAfterGap && end < lines.lines.length - 1 && lines.isBlank(end)) end += 1;
  return [
    { at: block.first, removed: end - block.first, added: [] },
    {
      at: lines.firstCommentAbove(dashLine(lines, first), columns.dash),
      removed: 0,
      added: [...staging, ...gap],
    },
    ...items.filter(lacksInherit).map((item) => inheritEdit(lines, item, recipe.stagingName)),
  ];
}

/** Migrates the text of a recipe; `file` is its name in messages. Fails with all that stands in the way. */
export function migrateCache(text: string, file: string): Result<MigratedRecipe, RecipeProblem[]> {
  const source = new SourceText(file, text);
  const old = readOld(source);
  if (!old.ok) return old;
  const recipe = old.value;
  const clash = nameClash(recipe);
  if (clash !== undefined) {
    return refusal(
      source,
      `a staging output is named \`${recipe.stagingName}\` already, as the migrated cache would be`,
      'give the staging output another name',
      clash.range,
    );
  }
  const lines = new TextLines(text);
  const layout = layoutProblem(source, lines, recipe);
  if (layout !== undefined) return layout;
  const migrated = lines.edited(edits(lines, recipe));
  const again = parseYaml(new ProblemList(new SourceText(file, migrated)));
  if (again === undefined || !sameTree(again, wantedTree(recipe))) {
    return refusal(
      source,
      'the layout of this recipe is too unusual to be migrated line by line',
      'indent the entries of `cache` and `outputs` by two spaces and put each key on a line of its own',
      recipe.cache.key.range,
    );
  }
  const inheritorCount = recipe.outputs.value.items.filter(
    (item) => item.kind === 'map' && lacksInherit(item),
  ).length;
  return ok({ text: migrated, stagingName: recipe.stagingName, inheritorCount });
}
