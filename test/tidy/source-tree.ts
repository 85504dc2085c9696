/** The tracked source files as text, read once for all tidy rules. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Root of the checkout. */
export const root = join(import.meta.dirname, '..', '..');

/** One tracked file. */
export interface SourceFile {
  /** Relative to the root, `/`-separated. */
  readonly path: string;
  readonly text: string;
}

function listFiles(): readonly string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return listed
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .toSorted();
}

/** All tracked (and not yet tracked, not ignored) paths. */
export const paths: readonly string[] = listFiles();

/** Text of one file. */
export const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Hand-written TypeScript of the product and the tests; generated code, fixtures and AssemblyScript are left out. */
export const sources: readonly SourceFile[] = paths
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .filter((path) => !/(^|\/)generated\/|^test\/fixtures\/|^wasm-inspect\/component\//.test(path))
  .map((path) => ({ path, text: textOf(path) }));

/** The part of {@link sources} that users run. */
export const productSources = sources.filter((file) =>
  /^(proto|coordinator|workers|wasm-inspect|deploy)\//.test(file.path),
);

/** Paths imported by a file at run time or for types, as written. */
export function importsOf(
  file: SourceFile,
): readonly { readonly from: string; readonly typeOnly: boolean }[] {
  const found = [
    ...file.text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'/gm),
  ].map((match) => ({
    from: match[2] ?? '',
    typeOnly: match[1] !== undefined,
  }));
  const bare = [...file.text.matchAll(/^\s*import\s+'([^']+)'/gm)].map((match) => ({
    from: match[1] ?? '',
    typeOnly: false,
  }));
  const dynamic = [...file.text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)].map((match) => ({
    from: match[1] ?? '',
    typeOnly: false,
  }));
  return [...found, ...bare, ...dynamic];
}

/** Strips comments and string contents roughly, for rules about code. */
export function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}
