/**
 * Applies patch files with the system's `patch`, or `git apply` where that is missing or the patch holds
 * git's binary format. How many directories to strip from its names is found by looking which of the
 * named files exist, 1 where that says nothing.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StageyardError } from '#proto/errors.ts';
import { runTool, type ToolOutcome } from './system-tool.ts';

const STRIP_MAX = 8;
const PATCH_BYTES_MAX = 256 * 1024 * 1024;

/** One patch and where it is applied. */
export interface PatchRequest {
  /** Absolute. */
  readonly file: string;
  /** As the recipe names it. */
  readonly label: string;
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

/** Throws `PATCH_FAILED` with the patch's name and the tool's messages, `SOURCE_UNSAFE`, `CANCELLED`. */
export async function applyPatch(request: PatchRequest): Promise<void> {
  const text = await readPatch(request);
  const names = namedFiles(text);
  const strip = stripCountOf(names, request.directory);
  for (const name of names) {
    const stripped = withoutComponents(name, strip);
    if (stripped?.startsWith('/') === true || stripped?.split('/').includes('..') === true) {
      throw new StageyardError(
        'SOURCE_UNSAFE',
        `patch ${request.label} names ${name}, which is outside the sources`,
      );
    }
  }
  const isGitOnly = /^GIT binary patch$/m.test(text);
  const files = names.map((name) => join(request.directory, withoutComponents(name, strip) ?? ''));
  const isBinary = hasCarriageReturns(text, files);
  const first = isGitOnly ? undefined : await runPatch(request, { strip, isBinary });
  const outcome =
    first === undefined || first.kind === 'missing' ? await runGitApply(request, strip) : first;
  if (request.signal?.aborted === true)
    throw new StageyardError('CANCELLED', 'patching was cancelled');
  if (outcome.kind === 'missing') {
    const needed = isGitOnly
      ? 'git (the patch holds binary files)'
      : 'the program patch. Debian: apt install patch';
    throw new StageyardError(
      'PATCH_FAILED',
      `patch ${request.label} needs ${needed}; it is not on PATH`,
    );
  }
  if (outcome.status !== 0) {
    throw new StageyardError(
      'PATCH_FAILED',
      `patch ${request.label} does not apply (with -p${strip}):\n${outcome.message}`,
    );
  }
}

async function readPatch(request: PatchRequest): Promise<string> {
  try {
    const bytes = await readFile(request.file);
    if (bytes.length > PATCH_BYTES_MAX) throw new Error(`larger than ${PATCH_BYTES_MAX} bytes`);
    return bytes.toString('latin1');
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new StageyardError('PATCH_FAILED', `patch ${request.label} cannot be read: ${text}`, {
      cause: error,
    });
  }
}

/** Names of the files as the headers state them; `/dev/null` (made or removed) left out. */
function namedFiles(text: string): readonly string[] {
  const headers = text.matchAll(/^--- ([^\t\r\n]+)[^\n]*\r?\n\+\+\+ ([^\t\r\n]+)/gm);
  const names = [...headers].flatMap(([, before = '', after = '']) => [
    before.trim(),
    after.trim(),
  ]);
  // Old tools put a space, not a tab, before the date.
  const dateless = names.map((name) => name.replace(/\s+\d{4}-\d\d-\d\d[ T].*$/, ''));
  return dateless.filter((name) => name !== '' && name !== '/dev/null');
}

function withoutComponents(name: string, count: number): string | undefined {
  const parts = name.split('/');
  return parts.length > count ? parts.slice(count).join('/') : undefined;
}

/** The count for which most named files exist; of equals 1, then the smallest. */
function stripCountOf(names: readonly string[], directory: string): number {
  let best = { strip: 1, found: 0 };
  for (const strip of [
    1,
    ...Array.from({ length: STRIP_MAX }, (_, index) => index).filter((count) => count !== 1),
  ]) {
    const found = names.filter((name) => {
      const path = withoutComponents(name, strip);
      return (
        path !== undefined &&
        path !== '' &&
        !path.startsWith('/') &&
        existsSync(join(directory, path))
      );
    }).length;
    if (found > best.found) best = { strip, found };
  }
  return best.strip;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * `patch` drops the carriage returns of a patch that has them everywhere, which is wrong where the files
 * have them too.
 */
function hasCarriageReturns(text: string, files: readonly string[]): boolean {
  return (
    text.includes('\r\n') &&
    files.some((file) => isFile(file) && readFileSync(file).includes('\r\n'))
  );
}

/** Never asks, never reverses, leaves neither backups nor rejected hunks behind. */
async function runPatch(
  request: PatchRequest,
  { strip, isBinary }: { strip: number; isBinary: boolean },
): Promise<ToolOutcome> {
  const options = [
    `-p${strip}`,
    '--forward',
    '--no-backup-if-mismatch',
    '--reject-file=-',
    ...(isBinary ? ['--binary'] : []),
    '-i',
    request.file,
  ];
  return await runTool(['patch', ...options], { cwd: request.directory, signal: request.signal });
}

/** Outside a repository; one that happens to be above the work directory would make `git apply` skip files silently. */
async function runGitApply(request: PatchRequest, strip: number): Promise<ToolOutcome> {
  const ceiling = `GIT_CEILING_DIRECTORIES=${dirname(request.directory)}`;
  const command = [ceiling, 'git', 'apply', `-p${strip}`, '--whitespace=nowarn', request.file];
  return await runTool(command, { cwd: request.directory, signal: request.signal });
}
