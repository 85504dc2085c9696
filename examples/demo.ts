/**
 * `npm run demo`: builds the two examples offline with the machine's own compiler, then installs the packages
 * into a fresh prefix and runs the tool from there. Everything it makes is below `output/demo` and in the
 * store; a second run rebuilds nothing.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { installFromChannel } from '#deploy/install-from-channel.ts';

const root = join(import.meta.dirname, '..');
const channel = join(root, 'output', 'demo');
const launcher = join(root, 'deploy', 'bin', 'stageyard');

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
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

function build(recipe: string, words: readonly string[]): void {
  process.stdout.write(`\n$ stageyard build --recipe examples/${recipe}\n`);
  const outcome = spawnSync(
    launcher,
    ['build', '--recipe', join(root, 'examples', recipe), '--output-dir', channel, ...words],
    { stdio: 'inherit' },
  );
  if (outcome.status !== 0) process.exit(outcome.status ?? 1);
}

async function proveByInstalling(): Promise<void> {
  const prefix = await mkdtemp(join(tmpdir(), 'stageyard-demo-'));
  try {
    const installed = await installFromChannel({
      channelDir: channel,
      specs: ['calculator-tools'],
      prefix,
      environment: process.env,
    });
    process.stdout.write(`\ninstalled ${installed.join(', ')} into a fresh prefix\n`);
    const tool = join(prefix, 'bin', 'calculator');
    const outcome = spawnSync(tool, ['add', '20', '22'], {
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
build('adder', []);
build('calculator', ['-c', channel]);
await proveByInstalling();
if (!existsSync(channel)) throw new Error(`${channel} is missing`);
process.stdout.write(
  `\nThe packages:\n${globSync(join(channel, '*', '*.conda'))
    .toSorted()
    .map((path) => `  ${path}\n`)
    .join('')}`,
);
