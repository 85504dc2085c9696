/**
 * Makes `generated/` from the `.proto` files with protobufjs's own command-line tools (no `protoc`).
 * The result is committed; a test runs {@link generateMessages} into a temporary directory and
 * compares. Run this file to refresh it.
 */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const HERE = dirname(fileURLToPath(import.meta.url));
/** In this order, so that the generated file never depends on a directory listing. */
const PROTO_FILES = [
  'common.proto',
  'task-offer.proto',
  'task-result.proto',
  'snapshot.proto',
  'worker.proto',
];

/** Writes `messages.js` and `messages.d.ts` into `outDir`, which is made if needed. */
export async function generateMessages(outDir: string): Promise<void> {
  const run = promisify(execFile);
  const require = createRequire(import.meta.url);
  const cli = dirname(require.resolve('protobufjs-cli/package.json'));
  const script = join(outDir, 'messages.js');
  await mkdir(outDir, { recursive: true });
  const flags = ['--target', 'static-module', '--wrap', 'esm', '--root', 'stageyard'];
  const omit = ['--no-create', '--no-verify', '--no-convert', '--no-delimited', '--no-typeurl'];
  const files = PROTO_FILES.map((name) => join(HERE, name));
  await run(process.execPath, [
    join(cli, 'bin/pbjs'),
    ...flags,
    ...omit,
    '--path',
    HERE,
    '--out',
    script,
    ...files,
  ]);
  await run(process.execPath, [
    join(cli, 'bin/pbts'),
    '--out',
    join(outDir, 'messages.d.ts'),
    script,
  ]);
}

if (import.meta.main) await generateMessages(join(HERE, 'generated'));
