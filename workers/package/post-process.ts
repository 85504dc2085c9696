/** `build.post_process`: regular expressions over packaged text files (spec 1.6, 5.3). */
import { lstatSync, readFileSync } from 'node:fs';
import { StageyardError } from '#proto/errors.ts';
import { compileGlobs } from '#proto/glob.ts';
import type { Build } from '#proto/recipe/recipe.ts';
import { listTree } from './file-tree.ts';
import { writeOwnFile } from './owned-file.ts';

const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** Recipes are written for Rust's engine: flags in front, as in `(?im)^x`, and groups `(?P<name>…)`. */
function compile(pattern: string): RegExp {
  const inline = /^\(\?([ims]+)\)/.exec(pattern);
  const flags = inline?.[1] ?? '';
  const body = pattern.slice(inline?.[0].length ?? 0).replaceAll('(?P<', '(?<');
  try {
    return new RegExp(body, `g${[...new Set(flags)].join('')}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StageyardError(
      'RECIPE_INVALID',
      `build.post_process: the regex ${JSON.stringify(pattern)} cannot be used: ${why}`,
      { cause: error },
    );
  }
}

/** `$1`, `${1}`, `$name`, `${name}` stand for groups and `$$` for a dollar sign; unknown groups for nothing. */
function expand(
  template: string,
  groups: readonly unknown[],
  named: Readonly<Record<string, unknown>>,
): string {
  return template.replace(/\$(?:(\$)|\{([^}]*)\}|([A-Za-z0-9_]+))/g, (_, dollar, braced, bare) => {
    if (dollar !== undefined) return '$';
    const key = String(braced ?? bare);
    const value = /^\d+$/.test(key) ? groups[Number(key)] : named[key];
    return typeof value === 'string' ? value : '';
  });
}

function replaceAll(text: string, regex: RegExp, template: string): string {
  return text.replace(regex, (...found: unknown[]) => {
    const last = found.at(-1);
    const named =
      typeof last === 'object' && last !== null ? (last as Record<string, unknown>) : {};
    return expand(template, found, named);
  });
}

function textOf(file: string, path: string): string {
  const bytes = readFileSync(file);
  if (bytes.length > FILE_BYTES_MAX) {
    throw new StageyardError(
      'PACKAGE_CONTENT',
      `build.post_process: ${path} is too large for a regex`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new StageyardError(
      'PACKAGE_CONTENT',
      `build.post_process: ${path} is not UTF-8 text: narrow post_process.files`,
      { cause: error },
    );
  }
}

/**
 * Applies the steps in order. Globs are matched against the path in the package and against the
 * absolute path, which is what rattler-build does. Throws `RECIPE_INVALID` or `PACKAGE_CONTENT`.
 */
export function postProcess(steps: Build['post_process'], tempPrefix: string): void {
  if (steps.length === 0) return;
  const files = listTree(tempPrefix).filter((entry) => entry.kind === 'file');
  for (const step of steps) {
    const matches = compileGlobs({ include: step.files, exclude: [] });
    const regex = compile(step.regex);
    for (const { path } of files) {
      const file = `${tempPrefix}/${path}`;
      if (!matches(path) && !matches(file)) continue;
      const text = textOf(file, path);
      const changed = replaceAll(text, regex, step.replacement);
      if (changed !== text) writeOwnFile(file, changed, lstatSync(file).mode & 0o777);
    }
  }
}
