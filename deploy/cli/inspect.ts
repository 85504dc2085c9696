/** `stageyard inspect`: what binaries are and what they need, one JSON line a file or a tree for people. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { StageyardError } from '#proto/errors.ts';
import type { FileReport } from '#wasm-inspect/host/report.ts';
import type { TreeEntry } from '#wasm-inspect/host/tree.ts';
import { InspectPrinter } from './inspect-text.ts';

/** Longest list of paths on standard input. */
const PATH_LIST_BYTES_MAX = 256 << 20;
/** Lines are gathered to this size before they are written. */
const WRITE_CHARS = 1 << 16;

/** Exit codes besides 0 and those of wrong flags. */
const EXIT_PROBLEM = 1;
const EXIT_NEEDED_BY_NONE = 3;

interface InspectOptions {
  readonly json?: true;
  readonly neededBy?: string;
}

/** Adds the subcommand. Its exit code is 1 when a file had a problem, 3 when nothing needs the library asked for. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('tell what binaries are and which libraries they need (ELF, Mach-O, PE)')
    .argument('<path...>', 'files and directories; - reads paths from standard input')
    .option('--json', 'one JSON object a line for each file (docs/inspect-json.md)')
    .option(
      '--needed-by <library>',
      'only binaries that need this library (its name, or a path that ends in it)',
    )
    .action(async (paths: string[], options: InspectOptions) => {
      const counts = await inspectPaths(paths, options, process.stdout);
      if (counts.problems > 0) process.exitCode = EXIT_PROBLEM;
      else if (options.neededBy !== undefined && counts.shown === 0) {
        process.exitCode = EXIT_NEEDED_BY_NONE;
      }
    });
}

interface Counts {
  readonly problems: number;
  readonly shown: number;
}

async function inspectPaths(
  paths: readonly string[],
  options: InspectOptions,
  output: NodeJS.WritableStream,
): Promise<Counts> {
  const { inspectTree } = await import('#wasm-inspect/host/tree.ts');
  const { neededBy } = options;
  const printer = new InspectPrinter();
  let problems = 0;
  let shown = 0;
  let gathered = '';
  for await (const path of expand(paths)) {
    for await (const entry of inspectTree(path)) {
      if (entry.report.kind === 'problem') problems += 1;
      else if (neededBy !== undefined && !needsLibrary(entry.report, neededBy)) continue;
      else shown += 1;
      gathered +=
        options.json === true ? jsonLine(entry) : printer.entry(entry, entry.path === path);
      if (gathered.length < WRITE_CHARS) continue;
      await write(output, gathered);
      gathered = '';
    }
  }
  if (options.json !== true) gathered += printer.summary();
  await write(output, gathered);
  return { problems, shown };
}

/** True when a slice names the library: by the whole name, or by the last part of a path. Windows ignores case. */
function needsLibrary(report: FileReport, library: string): boolean {
  if (report.kind !== 'binary') return false;
  const fold = (name: string): string => (report.format === 'pe' ? name.toLowerCase() : name);
  const wanted = fold(library);
  return report.slices.some(({ dependencies }) =>
    dependencies.some(({ name }) => {
      const folded = fold(name);
      return folded === wanted || folded.slice(folded.lastIndexOf('/') + 1) === wanted;
    }),
  );
}

function jsonLine({ path, report }: TreeEntry): string {
  return `${JSON.stringify({ path, ...report })}\n`;
}

async function write(output: NodeJS.WritableStream, text: string): Promise<void> {
  if (!output.write(text)) await once(output, 'drain');
}

// Paths as given; `-` stands for those on standard input.
async function* expand(paths: readonly string[]): AsyncGenerator<string> {
  for (const path of paths) {
    if (path === '-') yield* await splitPaths(await readAll(process.stdin));
    else yield path;
  }
}

// Separated by NUL where there is one, so that names with line breaks can be given, else by lines.
async function splitPaths(list: Buffer): Promise<string[]> {
  const { textOfBytes } = await import('#wasm-inspect/host/text.ts');
  const separator = list.includes(0) ? '\0' : '\n';
  return textOfBytes(list)
    .split(separator)
    .filter((path) => path !== '');
}

async function readAll(input: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > PATH_LIST_BYTES_MAX) {
      throw new StageyardError(
        'USAGE_INVALID',
        `inspect -: the list of paths on standard input is longer than ${PATH_LIST_BYTES_MAX} bytes: give a directory instead`,
      );
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
