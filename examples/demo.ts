/**
 * `npm run demo`: builds the two examples offline with the machine's own compiler, then installs the packages
 * into a fresh prefix and runs the tool from there. Everything it makes is below `output/demo` and in the
 * store; a second run rebuilds nothing.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, globSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const channel = join(root, 'output', 'demo');

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((directory) => isAccessible(join(directory, name), constants.X_OK));
}

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** One clear line for each thing that is missing. */
function missingTools(): string[] {
  const missing: string[] = [];
  if (!['c++', 'g++', 'clang++'].some(isOnPath)) {
    missing.push(
      'the demo needs a C++ compiler (c++, g++ or clang++): none on PATH. Debian: apt install g++',
    );
  }
  if (!isOnPath('make'))
    missing.push('the demo needs make: none on PATH. Debian: apt install make');
  if (!isOnPath('bash')) missing.push('the demo needs bash: none on PATH');
  return missing;
}

/** Node spins for ever on a compile cache that it can't write to, so that is tried first. */
function useCompileCache(): void {
  const directory = join(root, '.cache', 'compile-cache');
  mkdirSync(directory, { recursive: true });
  if (isAccessible(directory, constants.W_OK)) enableCompileCache(directory);
}

async function build(recipe: string, words: readonly string[]): Promise<void> {
  const { runProgram } = await import('#deploy/cli/program.ts');
  process.stdout.write(
    `\n$ stageyard build --recipe examples/${recipe} --output-dir ${relative(process.cwd(), channel)} ${words.join(' ')}\n`,
  );
  const exitCode = await runProgram([
    'build',
    '--recipe',
    join(root, 'examples', recipe),
    '--output-dir',
    channel,
    ...words,
  ]);
  if (exitCode !== 0) process.exit(exitCode);
}

async function proveByInstalling(): Promise<void> {
  const { installFromChannel } = await import('#deploy/install-from-channel.ts');
  const prefix = await mkdtemp(join(tmpdir(), 'stageyard-demo-'));
  try {
    const installed = await installFromChannel({
      channelDir: channel,
      specs: ['calculator-tools'],
      prefix,
      environment: process.env,
    });
    process.stdout.write(`\ninstalled ${installed.join(', ')} into a fresh prefix\n`);
    const outcome = spawnSync(join(prefix, 'bin', 'calculator'), ['add', '20', '22'], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
    });
    process.stdout.write(`$ bin/calculator add 20 22\n${outcome.stdout}${outcome.stderr}`);
    if (outcome.stdout.trim() !== '42') throw new Error('the installed tool does not answer 42');
  } finally {
    await rm(prefix, { recursive: true, force: true });
  }
}

const missing = missingTools();
if (missing.length > 0) {
  process.stderr.write(`${missing.join('\n')}\n`);
  process.exit(1);
}
useCompileCache();
await build('adder', []);
await build('calculator', ['-c', relative(process.cwd(), channel)]);
await proveByInstalling();
const packages = globSync(join(channel, '*', '*.conda')).toSorted();
process.stdout.write(`\nThe packages:\n${packages.map((path) => `  ${path}\n`).join('')}`);
