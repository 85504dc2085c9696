/** What the demo does, here or on a farm: builds two examples, installs the result and runs it from there. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, globSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

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

/** Ends the process with one clear line for each thing that the examples need and this machine hasn't. */
export function refuseWithoutTools(): void {
  const missing: string[] = [];
  if (!['c++', 'g++', 'clang++'].some(isOnPath)) {
    missing.push(
      'the demo needs a C++ compiler (c++, g++ or clang++): none on PATH. Debian: apt install g++',
    );
  }
  if (!isOnPath('make'))
    missing.push('the demo needs make: none on PATH. Debian: apt install make');
  if (!isOnPath('bash')) missing.push('the demo needs bash: none on PATH');
  if (missing.length === 0) return;
  process.stderr.write(`${missing.join('\n')}\n`);
  process.exit(1);
}

/** For this process and its children. Node spins for ever on a cache that it can't write to: that is tried first. */
export function useCompileCache(): void {
  const directory = join(root, '.cache', 'compile-cache');
  mkdirSync(directory, { recursive: true });
  if (!isAccessible(directory, constants.W_OK)) return;
  enableCompileCache(directory);
  process.env['NODE_COMPILE_CACHE'] ??= directory;
}

/** Builds both examples into `channel`; answers the first exit code that isn't 0. */
export async function buildExamples(channel: string, words: readonly string[]): Promise<number> {
  const exitCode = await build('adder', channel, words);
  if (exitCode !== 0) return exitCode;
  return build('calculator', channel, ['-c', relative(process.cwd(), channel), ...words]);
}

async function build(recipe: string, channel: string, words: readonly string[]): Promise<number> {
  const { runProgram } = await import('#deploy/cli/program.ts');
  const place = relative(process.cwd(), channel);
  process.stdout.write(
    `\n$ stageyard build --recipe examples/${recipe} --output-dir ${place} ${words.join(' ')}\n`,
  );
  const path = join(root, 'examples', recipe);
  return runProgram(['build', '--recipe', path, '--output-dir', channel, ...words]);
}

/** Installs the tool from `channel` into a fresh prefix and runs it there. Rejects when it doesn't work. */
export async function proveByInstalling(channel: string): Promise<void> {
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

/** Names the packages that are in `channel` now. */
export function showPackages(channel: string): void {
  const packages = globSync(join(channel, '*', '*.conda')).toSorted();
  process.stdout.write(`\nThe packages:\n${packages.map((path) => `  ${path}\n`).join('')}`);
}
