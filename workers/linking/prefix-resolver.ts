/** Answers where paths of an installed prefix really lead; the linking check's only look at the disk. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A function from a path relative to the prefix to the real one, relative as well; undefined when nothing is
 * there or it leads out of the prefix. Answers are remembered: the prefix must not change meanwhile.
 */
export function prefixResolver(prefix: string): (path: string) => string | undefined {
  const root = `${realpathSync(prefix)}/`;
  const known = new Map<string, string | undefined>();
  return (path) => {
    if (!known.has(path)) known.set(path, realPathBelow(root, path));
    return known.get(path);
  };
}

function realPathBelow(root: string, path: string): string | undefined {
  let real: string;
  try {
    real = realpathSync(join(root, path));
  } catch {
    // Absent, a broken link, or a loop: for a loader that is all the same.
    return undefined;
  }
  return real.startsWith(root) ? real.slice(root.length) : undefined;
}
