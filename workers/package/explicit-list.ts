/**
 * The list that a script may write: `RATTLER_BUILD_PACKAGE_FILES` names a file to which it appends
 * exactly the paths to package, absolute inside the prefix or relative to it (spec 5.1).
 */
import { readFileSync } from 'node:fs';
import { normalize } from 'node:path/posix';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';

const SHOWN_MAX = 5;

function relativeTo(prefix: string, line: string): string | undefined {
  const isAbsolute = line.startsWith('/');
  if (isAbsolute && line !== prefix && !line.startsWith(`${prefix}/`)) return undefined;
  const path = normalize(isAbsolute ? line.slice(prefix.length + 1) : line);
  return path === '..' || path.startsWith('../') ? undefined : path;
}

/**
 * Paths of the list, relative to the prefix; undefined when the file is missing or empty. Throws
 * `PACKAGE_CONTENT` for paths outside the prefix and paths that don't exist.
 */
export function readExplicitList(
  file: string,
  prefix: string,
  exists: (path: string) => boolean,
): ReadonlySet<string> | undefined {
  const lines = readLines(file);
  if (lines.length === 0) return undefined;
  const paths = new Set<string>();
  const refused: string[] = [];
  for (const line of lines) {
    const path = relativeTo(prefix, line);
    if (path === undefined) refused.push(`${line} (outside $PREFIX)`);
    else if (!exists(path)) refused.push(`${line} (does not exist)`);
    else paths.add(path);
  }
  if (refused.length > 0) {
    const more = refused.length > SHOWN_MAX ? ` and ${refused.length - SHOWN_MAX} more` : '';
    throw new StageyardError(
      'PACKAGE_CONTENT',
      `the script listed paths in $RATTLER_BUILD_PACKAGE_FILES that cannot be packaged: ${refused.slice(0, SHOWN_MAX).join(', ')}${more}`,
    );
  }
  return paths;
}

function readLines(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.map((line) => line.trim()).filter((line) => line !== '');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw wrapError(error, `while reading ${file}`);
  }
}
