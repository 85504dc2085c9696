/**
 * Writing into the temporary prefix. Files there may be hard links to the host prefix, so nothing is
 * written in place: a new file takes the name of the old one.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Replaces or creates a file with this mode; parents are made. */
export function writeOwnFile(file: string, content: string | Uint8Array, mode: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const aside = `${file}.new`;
  writeFileSync(aside, content, { mode });
  renameSync(aside, file);
}
