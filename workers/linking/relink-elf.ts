/**
 * Gives the ELF binaries of a package run paths that work wherever it is installed (spec 5.5): relative to
 * the binary, inside the prefix. In place where there is room, else with `patchelf`.
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { Finding } from '#proto/link-report.ts';
import type { DynamicLinking } from '#proto/recipe/recipe.ts';
import type { Inspector } from '#wasm-inspect/host/inspector.ts';
import { bytesOfText } from '#wasm-inspect/host/text.ts';
import type { ElfBinary } from './elf-binaries.ts';
import { applyEdits, replaceFile } from './file-edit.ts';
import { matcherOf } from './matcher-of.ts';
import { isRelinked, planRelink, type RelinkPlan, wantedTag } from './relink-plan.ts';
import { computeRunPaths } from './run-paths.ts';

const run = promisify(execFile);
const PATCHELF_TIMEOUT_MS = 120_000;

/** What relinking needs to know. */
export interface RelinkOptions {
  /** Directory that holds the files of the package. */
  readonly root: string;
  /** The host prefix as it is written into built files. */
  readonly prefix: string;
  readonly targetPlatform: string;
  readonly dynamicLinking: DynamicLinking;
  /** Programs and libraries below `root` that may be changed. */
  readonly binaries: readonly ElfBinary[];
  readonly inspector: Inspector;
  /** Directories to look for `patchelf`, in order: the build prefix's, then the system's. */
  readonly searchPath: readonly string[];
}

/**
 * Relinks all binaries; their facts have to be read again afterwards. Answers a finding for each run path
 * that was dropped. Rejects with `RELINK_FAILED` when a change does not fit and patchelf is missing or fails.
 */
export async function relinkElf(options: RelinkOptions): Promise<readonly Finding[]> {
  const isAllowed = matcherOf(options.dynamicLinking.rpath_allowlist);
  const findings: Finding[] = [];
  for (const binary of options.binaries) {
    if (!binary.slice.dynamic) continue;
    const { entries, dropped } = computeRunPaths({
      rpath: binary.slice.rpath,
      runpath: binary.slice.runpath,
      path: binary.path,
      prefix: options.prefix,
      configured: options.dynamicLinking.rpaths,
      isAllowed,
    });
    findings.push(...dropped.map((entry) => droppedFinding(binary.path, entry)));
    await relinkOne(binary, entries.join(':'), options);
  }
  return findings;
}

function droppedFinding(path: string, entry: string): Finding {
  return {
    kind: 'rpath-dropped',
    severity: 'info',
    message: `${path}: run path ${entry} leads out of the prefix and was dropped`,
    remedy: `build.dynamic_linking.rpath_allowlist: - ${entry}`,
    binary: path,
  };
}

async function relinkOne(
  binary: ElfBinary,
  runPath: string,
  options: RelinkOptions,
): Promise<void> {
  const { slice } = binary;
  const wanted = wantedTag(options.targetPlatform);
  if (isRelinked({ slice, wanted, runPath })) return;
  // Nothing is looked up for a binary that needs no library, so it does without a path that it hasn't got.
  const hasPath = slice.rpath !== null || slice.runpath !== null;
  if (!hasPath && slice.needed.length === 0) return;
  const file = join(options.root, binary.path);
  const facts = options.inspector.examineRunPaths(file, bytesOfText(runPath).length);
  const plan = planRelink({ slice, facts, wanted, runPath });
  if (plan.kind === 'unchanged') return;
  try {
    await replaceFile(file, async (copy) => {
      if (plan.kind === 'edit') await applyEdits(copy, plan.edits);
      else await runPatchelf(copy, { binary, plan, runPath, options });
    });
  } catch (error) {
    throw wrapError(error, `while setting the run path of ${binary.path}`, 'RELINK_FAILED');
  }
}

interface PatchelfCall {
  readonly binary: ElfBinary;
  readonly plan: RelinkPlan & { readonly kind: 'patchelf' };
  readonly runPath: string;
  readonly options: RelinkOptions;
}

async function runPatchelf(copy: string, call: PatchelfCall): Promise<void> {
  const { runPath, options } = call;
  const program = await findPatchelf(options.searchPath);
  if (program === undefined) throw patchelfMissing(call);
  const force = wantedTag(options.targetPlatform) === 'rpath' ? ['--force-rpath'] : [];
  await run(program, [...force, '--set-rpath', runPath, copy], {
    timeout: PATCHELF_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
}

function patchelfMissing({ plan, runPath, binary }: PatchelfCall): StageyardError {
  const reason =
    plan.because === 'no-entry'
      ? 'the file has no run path to overwrite and no room for one'
      : 'the text fits neither into the room of the old one nor behind it';
  return new StageyardError(
    'RELINK_FAILED',
    `${binary.path} must get the run path ${runPath}, ${reason}, and patchelf is neither in the build environment nor on PATH: ` +
      'add patchelf to requirements.build or install it, or link with -Wl,-rpath,$PREFIX/lib, ' +
      'or leave the file out with build.dynamic_linking.binary_relocation',
    { context: { binary: binary.path } },
  );
}

async function findPatchelf(searchPath: readonly string[]): Promise<string | undefined> {
  for (const directory of searchPath) {
    const program = join(directory, 'patchelf');
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return undefined;
}
