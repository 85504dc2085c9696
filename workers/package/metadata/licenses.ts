/**
 * `info/licenses` (spec 6.5, 6.9): files that `about.license_file` names, from the work directory and
 * from the recipe directory (which wins), in their relative layout.
 */
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { StageyardError, wrapError } from '#proto/errors.ts';
import { compileGlobs } from '#proto/glob.ts';
import type { Finding } from '#proto/link-report.ts';
import { listTree } from '../file-tree.ts';
import type { InfoFile } from './info-file.ts';

/** Where licences are looked for. */
export interface LicenseInput {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly workDir: string;
  readonly recipeDir: string;
  readonly allowAbsolute: boolean;
}

/** What was found. */
export interface LicenseFiles {
  readonly files: readonly InfoFile[];
  readonly findings: readonly Finding[];
}

const LICENSE_BYTES_MAX = 16 * 1024 * 1024;
const hasGlob = (pattern: string): boolean => /[*?[{\\]/.test(pattern);

function checkPattern(pattern: string, input: LicenseInput): void {
  const refuse = (why: string) =>
    new StageyardError('LICENSE_MISSING', `${input.name}: about.license_file ${pattern} ${why}`);
  if (pattern.split('/').includes('..')) throw refuse('leads out of its directory');
  if (isAbsolute(pattern) && !input.allowAbsolute) {
    throw refuse(
      'is absolute: give it relative to the work directory or the recipe directory, or use --allow-absolute-license-paths',
    );
  }
}

/** Files below `root` that match; a plain name is looked up without walking the tree. */
function matchesIn(root: string, pattern: string): string[] {
  const plain = pattern.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
  if (!hasGlob(pattern) && plain !== '' && plain !== '.') {
    const stat = lstatSync(`${root}/${plain}`, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    if (!stat.isDirectory()) return pattern.endsWith('/') ? [] : [plain];
    return filesBelow(`${root}/${plain}`).map((path) => `${plain}/${path}`);
  }
  return filesBelow(root).filter(compileGlobs({ include: [pattern], exclude: [] }));
}

function filesBelow(root: string): string[] {
  const entries = listTree(root, (path) => path === '.git');
  return entries
    .filter((entry) => entry.kind === 'file' || entry.kind === 'symlink')
    .map((entry) => entry.path);
}

/** Content of a licence; links may not lead out of `root`. */
function readLicense(root: string, path: string): Buffer | undefined {
  const file = `${root}/${path}`;
  try {
    const real = realpathSync(file);
    if (!real.startsWith(`${realpathSync(root)}/`)) {
      throw new StageyardError(
        'LICENSE_MISSING',
        `the licence ${path} is a link that leads out of its directory`,
      );
    }
    const stat = lstatSync(real);
    if (stat.isDirectory()) return undefined;
    if (stat.size > LICENSE_BYTES_MAX) {
      throw new StageyardError(
        'LICENSE_MISSING',
        `the licence ${path} has more than ${LICENSE_BYTES_MAX} bytes`,
      );
    }
    return readFileSync(real);
  } catch (error) {
    throw wrapError(error, `while reading the licence ${path}`, 'LICENSE_MISSING');
  }
}

function absoluteLicense(pattern: string): Buffer {
  try {
    return readFileSync(pattern);
  } catch (error) {
    throw wrapError(error, `while reading the licence ${pattern}`, 'LICENSE_MISSING');
  }
}

/** Collects; throws `LICENSE_MISSING` for a pattern without a match and for paths that lead elsewhere. */
export function collectLicenses(input: LicenseInput): LicenseFiles {
  const found = new Map<string, Buffer>();
  const findings: Finding[] = [];
  for (const pattern of input.patterns) {
    checkPattern(pattern, input);
    const before = found.size;
    let count = 0;
    if (isAbsolute(pattern)) {
      found.set(basename(pattern), absoluteLicense(pattern));
      continue;
    }
    for (const root of [input.workDir, input.recipeDir]) {
      for (const path of matchesIn(root, pattern)) {
        const bytes = readLicense(root, path);
        if (bytes === undefined) continue;
        const other = found.get(path);
        if (root === input.recipeDir && other !== undefined && !other.equals(bytes))
          findings.push(overrides(path));
        found.set(path, bytes);
        count += 1;
      }
    }
    if (count === 0 && found.size === before) throw missing(pattern, input);
  }
  const files = [...found].map(([path, bytes]) => ({ path: `info/licenses/${path}`, bytes }));
  return { files, findings };
}

function overrides(path: string): Finding {
  return {
    kind: 'path-warning',
    severity: 'warning',
    message: `licence ${path}: the recipe directory's file is packaged, not the work directory's, which differs`,
  };
}

function missing(pattern: string, input: LicenseInput): StageyardError {
  return new StageyardError(
    'LICENSE_MISSING',
    `${input.name}: about.license_file: ${pattern} matched nothing in the work directory or the recipe directory`,
    { context: { output: input.name, pattern } },
  );
}
