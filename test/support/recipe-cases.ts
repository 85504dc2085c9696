/**
 * Our own recipes with what they render to. A case is one text file: comment lines that say what it shows, perhaps
 * lines `# flags: {…}` and `# differs: WHY`, then its files, each after a line `-- NAME --`. `␍`, `␉` and `<BOM>` stand for characters that
 * editors and git would change.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RenderCase, RenderFlags } from './render-case.ts';

/** Directory of the cases and of their goldens. */
export const CASES = join(import.meta.dirname, '../golden/rendering');

/** Every case is rendered for all of them; those that are noarch say so themselves. */
export const CASE_PLATFORMS = [
  'linux-64',
  'linux-aarch64',
  'osx-arm64',
  'win-64',
  'emscripten-wasm32',
] as const;

/** A case and its name. */
export interface NamedCase extends RenderCase {
  readonly name: string;
  /** Why the peer renders it in another way; undefined: it doesn't. */
  readonly differs: string | undefined;
}

const FILE_LINE = /^-- (\S+) --\n/m;

function unescaped(text: string): string {
  return text.replaceAll('␍', '\r').replaceAll('␉', '\t').replaceAll('<BOM>', '\uFEFF');
}

function readCase(path: string): NamedCase {
  const [head = '', ...parts] = readFileSync(path, 'utf8').split(FILE_LINE);
  const files: Record<string, string> = {};
  for (let index = 0; index < parts.length; index += 2)
    files[parts[index] ?? ''] = unescaped(parts[index + 1] ?? '');
  const flags = /^# flags: (.*)$/m.exec(head)?.[1] ?? '{}';
  // The cases are our own files.
  const given = JSON.parse(flags) as Partial<RenderFlags>;
  return {
    name: basename(path, '.recipe'),
    differs: /^# differs: (.*)$/m.exec(head)?.[1],
    files,
    flags: { target: 'linux-64', build: 'linux-64', ...given },
  };
}

/** All cases, by name. */
export function recipeCases(): readonly NamedCase[] {
  return globSync('*.recipe', { cwd: CASES })
    .toSorted()
    .map((name) => readCase(join(CASES, name)));
}
