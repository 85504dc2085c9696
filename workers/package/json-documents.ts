/** Documents that other programs read from a package and fail on when they are broken (spec 5.3). */
import { readFileSync } from 'node:fs';
import { StageyardError } from '#proto/errors.ts';
import { listTree } from './file-tree.ts';

const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;

/** Menu descriptions, and lists of system libraries for linking checks. */
const checked = [/^Menu\/[^/]+\.json$/i, /^etc\/conda-build\/dsolists\.d\/[^/]+\.json$/];

/** Throws `PACKAGE_CONTENT` for one that is no JSON object. */
export function checkJsonDocuments(tempPrefix: string): void {
  for (const { path, kind } of listTree(tempPrefix)) {
    if (kind !== 'file' || !checked.some((pattern) => pattern.test(path))) continue;
    const why = problemOf(readFileSync(`${tempPrefix}/${path}`));
    if (why !== undefined) throw new StageyardError('PACKAGE_CONTENT', `${path} ${why}`);
  }
}

function problemOf(bytes: Buffer): string | undefined {
  if (bytes.length > DOCUMENT_BYTES_MAX) return 'is too large';
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? undefined : 'holds no JSON object';
  } catch (error) {
    return `is no valid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
