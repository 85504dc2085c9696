/** Replaces recorded paths in content that passes by in pieces: equal lengths, so each byte has its place. */
import { StageyardError } from '#proto/errors.ts';
import type { PathOccurrence } from '#proto/snapshot.ts';
import type { RelocatablePaths } from './path-scanner.ts';

interface Replacement {
  readonly old: Buffer;
  readonly new: Buffer;
}

/** Rewrites from one pair of places to another. Throws `SNAPSHOT_INVALID` when lengths differ. */
export class PathRewriter {
  readonly #pairs: readonly { readonly old: string; readonly new: string }[];
  readonly #replacements: Readonly<Record<'prefix' | 'work', Replacement>>;
  readonly #isSamePlace: boolean;

  constructor(from: RelocatablePaths, to: RelocatablePaths) {
    this.#replacements = {
      prefix: replacementOf(from.prefix, to.prefix),
      work: replacementOf(from.work, to.work),
    };
    this.#pairs = [
      { old: from.prefix, new: to.prefix },
      { old: from.work, new: to.work },
    ];
    this.#isSamePlace = from.prefix === to.prefix && from.work === to.work;
  }

  /** Rewrites, in place, the piece of a file that begins at `offset`. */
  rewrite(chunk: Buffer, offset: number, occurrences: readonly PathOccurrence[]): void {
    if (this.#isSamePlace) return;
    const end = offset + chunk.length;
    for (const occurrence of occurrences) {
      const replacement = this.#replacements[occurrence.of];
      const { length } = replacement.old;
      for (const at of occurrence.offsets) {
        if (at >= end) break;
        const from = Math.max(at, offset);
        const to = Math.min(at + length, end);
        if (from >= to) continue;
        const isThere = chunk
          .subarray(from - offset, to - offset)
          .equals(replacement.old.subarray(from - at, to - at));
        if (!isThere) throw notThere(at);
        replacement.new.copy(chunk, from - offset, from - at, to - at);
      }
    }
  }

  /** The text of a link, with old places replaced wherever they stand. */
  linkTarget(target: string): string {
    return this.#pairs.reduce((text, pair) => text.split(pair.old).join(pair.new), target);
  }
}

function replacementOf(from: string, to: string): Replacement {
  const replacement = { old: Buffer.from(from), new: Buffer.from(to) };
  if (replacement.old.length !== replacement.new.length) {
    throw new StageyardError(
      'SNAPSHOT_INVALID',
      `a snapshot made at ${from} cannot be restored at ${to}: the paths differ in length`,
    );
  }
  return replacement;
}

function notThere(offset: number): StageyardError {
  return new StageyardError(
    'SNAPSHOT_INVALID',
    `the manifest lists a path at offset ${offset}, but the file has other bytes there`,
  );
}
