/** A tree that another program unpacked, checked before anything reads it: sizes, kinds, links out of it. */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError } from '#proto/errors.ts';

/** Bounds, and the code of refusals. */
export interface TreeBounds {
  readonly code: ErrorCode;
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** Throws where the tree is too large, holds devices or pipes, or has links that lead out of it. */
export function checkExtractedTree(root: string, bounds: TreeBounds): void {
  const refuse = (why: string): StageyardError =>
    new StageyardError(bounds.code, `the archive is refused: ${why}`);
  let [files, bytes] = [0, 0];
  const pending = [''];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = join(directory, entry.name);
      files += 1;
      if (entry.isDirectory()) pending.push(path);
      else if (entry.isFile()) bytes += lstatSync(join(root, path)).size;
      else if (!entry.isSymbolicLink()) throw refuse(`${path} is a device or a pipe`);
      else if (leadsOut(path, readlinkSync(join(root, path))))
        throw refuse(`the link ${path} leads out of it`);
    }
    if (files > bounds.maxFiles) throw refuse(`it has more than ${bounds.maxFiles} members`);
    if (bytes > bounds.maxBytes) throw refuse(`it unpacks to more than ${bounds.maxBytes} bytes`);
  }
}

function leadsOut(path: string, target: string): boolean {
  if (target.startsWith('/')) return true;
  const resolved = normalize(join(dirname(path), target));
  return resolved === '..' || resolved.startsWith('../');
}
