/** `stageyard inspect`: what binaries are and what they need, one JSON line a file or a tree for people. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { StageyardError } from '#proto/errors.ts';
import type { TreeEntry } from '#wasm-inspect/host/tree.ts';
import { InspectPrinter } from './inspect-text.ts';

/** Longest list of paths on standard input. */
const PATH_LIST_BYTES_MAX = 256 << 20;
/** Lines are gathered to this size before they are written. */
const WRITE_CHARS = 1 << 16;

interface InspectOptions {
  readonly json?: true;
}

/** Adds the subcommand. Its exit code is 1 when a file had a problem. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('Tell what binaries are and which libraries they need (ELF).')
    .argument('<path...>', 'files and directories; - reads paths from standard input')
    .option('--json', 'one JSON object a line for each file (docs/inspect-json.md)')
    .action(async (paths: string[], options: InspectOptions) => {
      const hasProblem = await inspectPaths(paths, options.json === true, process.stdout);
      if (hasProblem) process.exitCode = 1;
    });
}

/** Inspects and prints; true when a file had a problem. */
async function inspectPaths(
  paths: readonly string[],
  asJson: boolean,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  const { createInspector } = await import('#wasm-inspect/host/inspector.ts');
  const { inspectTree } = await import('#wasm-inspect/host/tree.ts');
  const inspector = createInspector();
  const printer = new InspectPrinter();
  let hasProblem = false;
  let gathered = '';
  for await (const path of expand(paths)) {
    for (const entry of inspectTree(inspector, path)) {
      hasProblem ||= entry.report.kind === 'problem';
      gathered += asJson ? jsonLine(entry) : printer.entry(entry, entry.path === path);
      if (gathered.length < WRITE_CHARS) continue;
      await write(output, gathered);
      gathered = '';
    }
  }
  if (!asJson) gathered += printer.summary();
  await write(output, gathered);
  return hasProblem;
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
