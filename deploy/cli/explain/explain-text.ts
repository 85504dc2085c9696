/** An explanation for people. */
import { relative } from 'node:path';
import type { RenderingChange } from '#coordinator/render/explain/compare-renderings.ts';
import type { HashReason, OutputExplanation } from '#coordinator/render/explain/explain-output.ts';

/** An explained output, and what changed where another rendering was given. */
export interface ExplainedOutput extends OutputExplanation {
  /** `other` is null where the other rendering has no output of the name. */
  readonly against?: {
    readonly rendering: string;
    readonly other: { readonly version: string; readonly build: string } | null;
    readonly changes: readonly RenderingChange[];
  };
}

const PLACE_TEXT_CHARS_MAX = 60;

function placed({ why, place }: HashReason, cwd: string): { why: string; where: string } {
  if (place === undefined) return { why, where: '' };
  const path = place.file.startsWith('/') ? relative(cwd, place.file) : place.file;
  // Above the current directory the whole path says more than a ladder of dots.
  const file = path.startsWith('..') ? place.file : path;
  const text =
    place.text.length > PLACE_TEXT_CHARS_MAX
      ? `${place.text.slice(0, PLACE_TEXT_CHARS_MAX)}…`
      : place.text;
  return { why, where: `${file}:${place.line}:${place.column}  ${text}` };
}

function shown(value: unknown): string {
  if (value === undefined) return '(not there)';
  return JSON.stringify(value);
}

function listChange(before: unknown, after: unknown): string[] | undefined {
  const [old, now] = [before, after].map((list: unknown) =>
    Array.isArray(list) ? list.map(String) : [],
  );
  if (old === undefined || now === undefined) return undefined;
  const gone = old.filter((item) => !now.includes(item)).map((item) => `    - ${item}`);
  const added = now.filter((item) => !old.includes(item)).map((item) => `    + ${item}`);
  return gone.length + added.length === 0 ? ['    another order'] : [...gone, ...added];
}

function changeLines({ what, before, after }: RenderingChange): string[] {
  const lists = what.startsWith('requirements ') ? listChange(before, after) : undefined;
  if (lists !== undefined) return [`  ${what}`, ...lists];
  return [`  ${what}  ${shown(before)} → ${shown(after)}`];
}

function againstLines({ name, against }: ExplainedOutput): string[] {
  if (against === undefined) return [];
  const { rendering, other, changes } = against;
  if (other === null) return ['', `not in the other rendering (${rendering})`];
  const head = `${name} ${other.version} ${other.build} (${rendering})`;
  if (changes.length === 0) return ['', `the same as ${head}`];
  return ['', `changed since ${head}`, ...changes.flatMap(changeLines)];
}

/** Several lines with a line break at the end; paths below `cwd` are shown relative to it. */
export function explanationText(explained: ExplainedOutput, cwd: string): string {
  const { name, version, build, hash, hashInput, keys, leftOut } = explained;
  const reasons = keys.map(({ reasons: list }) => list.map((reason) => placed(reason, cwd)));
  const width = Math.max(0, ...reasons.flat().map(({ why }) => why.length));
  const lines = [
    `${name} ${version} ${build}`,
    `hash ${hash}: SHA-1 of ${hashInput}`,
    '',
    ...keys.flatMap(({ key, value }, index) => [
      `  ${key}  ${shown(value)}`,
      ...(reasons[index] ?? []).map(({ why, where }) =>
        where === '' ? `    ${why}` : `    ${why.padEnd(width)}  ${where}`,
      ),
    ]),
  ];
  const left = leftOut.map(({ key, value, why }) => `  ${key}  ${shown(value)}  ${why}`);
  return [
    ...lines,
    ...(left.length === 0 ? [] : ['', 'not part of the hash', ...left]),
    ...againstLines(explained),
    '',
  ].join('\n');
}
