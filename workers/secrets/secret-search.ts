/**
 * Looks whether a script left the value of a secret in what is stored or packaged: its files' contents, names
 * and link targets. Compressed or otherwise encoded copies are not found: the search keeps honest recipes from
 * accidents (a `config.log`, a saved environment), it can't stop a script that means to give a secret away.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { StageyardError } from '#proto/errors.ts';
import type { AbortSignalLike } from '#proto/ports/clock.ts';
import { walkTree } from '../staging/tree-walk.ts';

/** Shorter values occur by chance. */
const SEARCHED_LENGTH_MIN = 8;
const CHUNK_BYTES = 1024 * 1024;
const NAMED_FILES_MAX = 5;

/** A directory and how messages call it. */
export interface SearchedTree {
  readonly root: string;
  /** `$PREFIX`. */
  readonly label: string;
}

/** What is looked for, and where. */
export interface SecretSearch {
  readonly values: Readonly<Record<string, string>>;
  readonly trees: readonly SearchedTree[];
  /** For the message: `the build script of libfoo`. */
  readonly what: string;
  readonly signal?: AbortSignalLike;
}

interface Needle {
  readonly name: string;
  readonly text: string;
  readonly bytes: Buffer;
}

/** Rejects with `SECRET_EXPOSED`, which names the secrets and the files; with the signal's reason when aborted. */
export async function refuseExposedSecrets(search: SecretSearch): Promise<void> {
  const needles = Object.entries(search.values).flatMap(([name, value]): Needle[] =>
    value.trim().length < SEARCHED_LENGTH_MIN
      ? []
      : [{ name, text: value.trim(), bytes: Buffer.from(value.trim()) }],
  );
  if (needles.length === 0) return;
  const names = new Set<string>();
  const places: string[] = [];
  for (const tree of search.trees) {
    for (const found of await searchTree(tree, needles, search.signal)) {
      for (const name of found.names) names.add(name);
      places.push(found.place);
    }
  }
  if (places.length > 0) throw exposed(search.what, [...names].toSorted(), places);
}

interface Found {
  readonly names: readonly string[];
  readonly place: string;
}

async function searchTree(
  { root, label }: SearchedTree,
  needles: readonly Needle[],
  signal: AbortSignalLike | undefined,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const buffer = Buffer.allocUnsafe(
    CHUNK_BYTES + Math.max(...needles.map(({ bytes }) => bytes.length)),
  );
  for (const entry of walkTree(root).entries) {
    if (signal?.aborted === true) throw signal.reason;
    const text = `${entry.path}\n${entry.linkTarget ?? ''}`;
    const inName = needles.filter((needle) => text.includes(needle.text));
    const inContent =
      entry.kind === 'file' ? searchFile(join(root, entry.path), needles, buffer) : [];
    const names = [...inName, ...inContent].map(({ name }) => name);
    // A name that holds a secret can't be told.
    if (names.length > 0)
      found.push({ names, place: inName.length > 0 ? label : `${label}/${entry.path}` });
    await setImmediate();
  }
  return found;
}

/** Reads in pieces that overlap by the longest needle. */
function searchFile(path: string, needles: readonly Needle[], buffer: Buffer): readonly Needle[] {
  const found = new Set<Needle>();
  const overlap = buffer.length - CHUNK_BYTES - 1;
  const file = openSync(path, 'r');
  try {
    let kept = 0;
    for (;;) {
      const count = readSync(file, buffer, kept, CHUNK_BYTES, null);
      if (count === 0) return [...found];
      const piece = buffer.subarray(0, kept + count);
      for (const needle of needles) if (piece.includes(needle.bytes)) found.add(needle);
      const rest = Math.min(overlap, piece.length);
      piece.copy(buffer, 0, piece.length - rest);
      kept = rest;
    }
  } finally {
    closeSync(file);
  }
}

function exposed(
  what: string,
  names: readonly string[],
  places: readonly string[],
): StageyardError {
  const shown = places.slice(0, NAMED_FILES_MAX).map((place) => `  ${place}`);
  const more = places.length - shown.length;
  const lines = [
    `${what} left the value of the secret ${names.join(', ')} where it would be stored:`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    'Remove it at the end of the script, or write it to a directory outside ($TMPDIR).',
  ];
  return new StageyardError('SECRET_EXPOSED', lines.join('\n'), {
    context: { secrets: names.join(', ') },
  });
}
