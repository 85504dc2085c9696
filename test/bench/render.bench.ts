/**
 * Rendering: real recipes beside rattler-build's Python module, one process each; growth from 50 to 500 outputs; many
 * combinations from the whole conda-forge pinning; and how long the command takes to start. Ratios of one run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pythonVenv } from '../support/python-venv.ts';
import { RenderProcess } from '../support/render-process.ts';
import { checkout } from '../support/stageyard.ts';
import type { BenchResult } from './bench-result.ts';

const KIT = process.env['STAGEYARD_REAL_RECIPES'] ?? resolve(checkout, '../shared/real-recipes');
const SERVER = join(checkout, 'test/support/render-server.ts');
const PEER = join(checkout, 'test/differential/render_peer.py');
const ROUNDS = 3;
const START_ROUNDS = 15;

interface KitRequest {
  readonly id: string;
  readonly peer: object;
}

const ourProcess = (directory: string): RenderProcess =>
  new RenderProcess(process.execPath, [SERVER], directory);

/** Sum of the answers' times; both have answered one before. */
async function totalMs(asked: RenderProcess, requests: readonly object[]): Promise<number> {
  const [first] = requests;
  if (first === undefined) return 0;
  await asked.ask(first);
  let sumMs = 0;
  for (const request of requests) sumMs += (await asked.ask(request)).elapsedMs;
  asked.close();
  return sumMs;
}

async function realRecipes(
  scratch: string,
): Promise<{ oursMs: number; theirsMs: number; count: number }> {
  if (!existsSync(join(KIT, 'compare.py'))) return { oursMs: 0, theirsMs: 0, count: 0 };
  const tree = join(scratch, 'tree');
  cpSync(join(KIT, 'tree'), tree, { recursive: true, verbatimSymlinks: true });
  const script = join(checkout, 'test/bench/kit_requests.py');
  const text = execFileSync('python3', [script, KIT, tree, scratch], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  // The script writes exactly this shape.
  const requests = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as KitRequest);
  const peers = requests.map(({ peer }) => peer);
  const python = await pythonVenv();
  let oursMs = Infinity;
  let theirsMs = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    theirsMs = Math.min(theirsMs, await totalMs(new RenderProcess(python, [PEER], scratch), peers));
    oursMs = Math.min(oursMs, await totalMs(ourProcess(scratch), requests));
  }
  return { oursMs, theirsMs, count: requests.length };
}

/** Tells on the error stream, at its end, the most memory that a process had. */
const MEMORY_PROBE = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('peak=' + process.resourceUsage().maxRSS))",
)}`;

/** `build --render-only` as a process of its own, start included: best time of some, and the most memory. */
function rendering(
  scratch: string,
  words: readonly string[],
): { elapsedMs: number; memoryBytes: number } {
  const program = join(checkout, 'deploy/cli/main.ts');
  const common = ['build', '--render-only', '--output-dir', join(scratch, 'out')];
  let elapsedMs = Infinity;
  let memoryBytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedMs = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', MEMORY_PROBE, program, ...common, ...words],
      { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    elapsedMs = Math.min(elapsedMs, performance.now() - startedMs);
    memoryBytes = Math.max(memoryBytes, 1024 * Number(/peak=(\d+)/.exec(stderr)?.[1]));
  }
  return { elapsedMs, memoryBytes };
}

/** `count` outputs in a chain, each built for 12 variants. */
function chain(scratch: string, count: number): readonly string[] {
  const directory = join(scratch, `chain-${count}`);
  mkdirSync(directory);
  const outputs = Array.from({ length: count }, (_, at) => {
    const before = at === 0 ? '' : `\n        - out-${at - 1}`;
    return `  - package: {name: out-${at}}\n    requirements:\n      host:\n        - python\n        - flavour${before}\n      run:\n        - python\n`;
  });
  const text = `schema_version: 1\ncontext: {version: 1.2.3}\nrecipe: {name: chain, version: "\${{ version }}"}\noutputs:\n${outputs.join('')}`;
  writeFileSync(join(directory, 'recipe.yaml'), text);
  const flavours = ['a', 'b', 'c'].map((name) => `  - "1.${name}"`).join('\n');
  const pythons = ['3.11', '3.12', '3.13', '3.14'].map((version) => `  - "${version}.*"`);
  const variants = `python:\n${pythons.join('\n')}\nflavour:\n${flavours}\n`;
  writeFileSync(join(directory, 'variants.yaml'), variants);
  return ['--recipe', directory];
}

/** 31 outputs of which some use every variable of the pinning with several values. */
function combinations(scratch: string): readonly string[] | undefined {
  const pinning = join(
    KIT,
    'tree/conda-forge+conda-forge-pinning-feedstock/recipe/conda_build_config.yaml',
  );
  if (!existsSync(pinning)) return undefined;
  const directory = join(scratch, 'combinations');
  mkdirSync(directory);
  const many = ['libarrow', 'libarrow-all', 'root_base', 'blas_impl', 'nodejs', 'r-base'];
  const outputs = Array.from({ length: 31 }, (_, at) => {
    const host = at % 10 === 0 ? ['python', ...many] : ['python', many[at % many.length] ?? ''];
    const lines = host.map((name) => `        - ${name}\n`).join('');
    return `  - package: {name: out-${at}}\n    requirements:\n      build:\n        - \${{ compiler('c') }}\n        - \${{ stdlib('c') }}\n      host:\n${lines}`;
  });
  const text = `schema_version: 1\nrecipe: {name: many, version: 1.2.3}\noutputs:\n${outputs.join('')}`;
  writeFileSync(join(directory, 'recipe.yaml'), text);
  return ['--recipe', directory, '-m', pinning, '--target-platform', 'linux-64'];
}

/** Median wall times of some programs, taken in turn. */
function starts(commands: readonly (readonly string[])[]): number[] {
  const times = commands.map((): number[] => []);
  for (let round = 0; round < START_ROUNDS; round += 1) {
    for (const [at, [program = '', ...words]] of commands.entries()) {
      const startedMs = performance.now();
      const { status } = spawnSync(program, words, { stdio: 'ignore' });
      if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}`);
      times[at]?.push(performance.now() - startedMs);
    }
  }
  return times.map((list) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0);
}

function commandStarts(scratch: string): { help: number; render: number; emptyMs: number } {
  const empty = join(scratch, 'empty.mjs');
  writeFileSync(empty, '');
  const small = join(scratch, 'small');
  mkdirSync(small);
  const text =
    'package: {name: small, version: 1.2.3}\nbuild: {script: "true"}\nrequirements:\n  run: [python]\n';
  writeFileSync(join(small, 'recipe.yaml'), text);
  const stageyard = join(checkout, 'deploy/bin/stageyard');
  const output = join(scratch, 'out');
  const [emptyMs = 1, helpMs = 0, renderMs = 0] = starts([
    [process.execPath, empty],
    [stageyard, '--help'],
    [stageyard, 'build', '--render-only', '--recipe', small, '--output-dir', output],
  ]);
  return { help: helpMs / emptyMs, render: renderMs / emptyMs, emptyMs };
}

/** See the file's head. */
export async function run(): Promise<BenchResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'stageyard-render-'));
  try {
    const kit = await realRecipes(scratch);
    const small = rendering(scratch, chain(scratch, 50));
    const large = rendering(scratch, chain(scratch, 500));
    const words = combinations(scratch);
    const many = words === undefined ? undefined : rendering(scratch, words);
    const start = commandStarts(scratch);
    return {
      name: 'render',
      ratios: {
        ...(kit.count === 0
          ? {}
          : { 'real recipes: ours / rattler-build (bar 1)': kit.oursMs / kit.theirsMs }),
        'time of 500 outputs / 10 × that of 50 (bar 1)': large.elapsedMs / small.elapsedMs / 10,
        'memory of 500 outputs / 10 × that of 50 (bar 1)':
          large.memoryBytes / small.memoryBytes / 10,
        '--help / empty program (bar 4)': start.help,
        '--render-only of a small recipe / empty program (bar 7)': start.render,
      },
      details: {
        'real recipes': kit.count,
        'ours, ms': Math.round(kit.oursMs),
        'rattler-build, ms': Math.round(kit.theirsMs),
        '50 outputs × 12 variants, ms': Math.round(small.elapsedMs),
        '500 outputs × 12 variants, ms': Math.round(large.elapsedMs),
        '31 outputs with the whole pinning, 2,628 combinations, ms (bar 2000)': Math.round(
          many?.elapsedMs ?? 0,
        ),
        '500 outputs × 12 variants, MB': Math.round(large.memoryBytes / 1e6),
        'empty program, ms': Math.round(start.emptyMs),
      },
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
