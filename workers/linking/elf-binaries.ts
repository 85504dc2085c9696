/** Finds the ELF programs and libraries among the files of a package and reads their facts (spec 5.4). */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '#proto/link-report.ts';
import type { DynamicLinking } from '#proto/recipe/recipe.ts';
import type { Inspector } from '#wasm-inspect/host/inspector.ts';
import type { BinarySlice, InspectFinding } from '#wasm-inspect/host/report.ts';
import { matcherOf } from './matcher-of.ts';

/** One binary of a package. */
export interface ElfBinary {
  /** Relative to the prefix, `/`-separated. */
  readonly path: string;
  readonly slice: BinarySlice;
}

/** Where to look. */
export interface FindBinariesOptions {
  /** Directory that holds the files of the package. */
  readonly root: string;
  /** Relative to `root`. Links and directories are passed over. */
  readonly files: readonly string[];
  readonly inspector: Inspector;
}

/** What was found: binaries in the order of `files`, and a finding for each file that only looks like one. */
export interface FoundBinaries {
  readonly binaries: readonly ElfBinary[];
  readonly findings: readonly Finding[];
}

const linked: ReadonlySet<BinarySlice['kind']> = new Set([
  'executable',
  'shared-library',
  'static-pie',
  'dynamic-pie',
]);

/**
 * True when the linking of a package for this platform is looked at (spec 5.4): where binaries are ELF files. Not
 * for noarch and WebAssembly packages; Mach-O and PE are recognised, but their facts are not read yet.
 */
export function hasLinking(targetPlatform: string): boolean {
  return /^(linux|android)-/.test(targetPlatform);
}

/** The files that `binary_relocation` selects; `false` selects none. */
export function relocatable(linking: DynamicLinking): (path: string) => boolean {
  const { binary_relocation: selection } = linking;
  if (typeof selection === 'boolean') return () => selection;
  return matcherOf(selection);
}

/**
 * Reads the facts of all programs and libraries. A broken file is a finding of severity `error`; one that
 * can't be read at all too. Rejects only when a file of the list isn't there.
 */
export async function findElfBinaries(options: FindBinariesOptions): Promise<FoundBinaries> {
  const binaries: ElfBinary[] = [];
  const findings: Finding[] = [];
  for (const path of options.files) {
    const file = join(options.root, path);
    if (!(await lstat(file)).isFile()) continue;
    const report = options.inspector.inspectFile(file);
    if (report.kind === 'problem') findings.push(malformed(path, report.finding));
    if (report.kind !== 'binary' || report.format !== 'elf') continue;
    const [slice] = report.slices;
    if (slice !== undefined && linked.has(slice.kind)) binaries.push({ path, slice });
  }
  return { binaries, findings };
}

function malformed(path: string, { message, code }: InspectFinding): Finding {
  return {
    kind: 'malformed-binary',
    severity: 'error',
    message: `${path}: ${message} [${code}]`,
    remedy:
      'build.files: leave the file out, or build.dynamic_linking.binary_relocation: globs that do not match it',
    binary: path,
  };
}
