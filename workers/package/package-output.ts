/**
 * Packaging of one output: select and copy, then (between the halves, by the caller) relink and
 * check, then metadata and archive.
 *
 *     host prefix ──prepareFiles──▶ temporary prefix ──relink, check──▶ ──assemblePackage──▶ NAME.conda
 */
import { assemblePackage } from './assemble-package.ts';
import type { AssembleInput, PackageResult } from './assemble-package.ts';
import { prepareFiles } from './prepare-files.ts';
import type { PrepareFilesInput, PreparedFiles } from './prepare-files.ts';

/** Both halves. */
export interface PackageOutputInput extends PrepareFilesInput, Omit<AssembleInput, 'prepared'> {
  /** Relinks and checks what was prepared; what it finds is part of the result. */
  readonly between?: (prepared: PreparedFiles) => Promise<PreparedFiles>;
}

/** Packages one output; see the two halves for what it rejects with. */
export async function packageOutput(input: PackageOutputInput): Promise<PackageResult> {
  const prepared = prepareFiles(input);
  const relinked = input.between === undefined ? prepared : await input.between(prepared);
  return await assemblePackage({ ...input, prepared: relinked });
}
