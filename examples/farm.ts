/**
 * `npm run farm -- [--once] [--store dir:PATH] [--output-dir DIR]`: a farm on this machine (nats-server, an S3 server,
 * a coordinator, two workers with one slot each) that builds the demo, and goes on until Ctrl-C. Packages are below
 * `output/farm`; everything else is gone at the end.
 */
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type LocalFarm, startLocalFarm } from '#deploy/local-farm/local-farm.ts';
import { whoBuiltWhat } from '#deploy/local-farm/who-built-what.ts';
import {
  buildExamples,
  proveByInstalling,
  refuseWithoutTools,
  showPackages,
  useCompileCache,
} from './demo-steps.ts';

const CHANNEL_DEFAULT = join(import.meta.dirname, '..', 'output', 'farm');
const USAGE = 'usage: npm run farm -- [--once] [--store dir:PATH] [--output-dir DIR]';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Wish {
  readonly isOnce: boolean;
  readonly storePath: string | undefined;
  readonly channel: string;
}

function readWords(): Wish {
  const options = {
    help: { type: 'boolean', short: 'h' },
    once: { type: 'boolean' },
    store: { type: 'string' },
    'output-dir': { type: 'string', default: CHANNEL_DEFAULT },
  } as const;
  try {
    const { values } = parseArgs({ options });
    if (values.help === true) {
      say(USAGE);
      process.exit(0);
    }
    const path = /^dir:(.+)$/.exec(values.store ?? '')?.[1];
    if (values.store !== undefined && path === undefined) throw new Error('--store is dir:PATH');
    return {
      isOnce: values.once === true,
      storePath: path === undefined ? undefined : resolve(path),
      channel: resolve(values['output-dir']),
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    process.exit(2);
  }
}

/** While a build runs Ctrl-C is the build's, which then ends: see its exit code. */
const ending = new AbortController();
let isBuilding = false;
let endedBy: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    endedBy ??= signal;
    if (!isBuilding) ending.abort();
  });
}

async function showDemo({ addresses, token }: LocalFarm, channel: string): Promise<number> {
  process.env['STAGEYARD_TOKEN'] = token;
  isBuilding = true;
  const exitCode = await buildExamples(channel, ['--farm', addresses.url, '--bundle-channel']);
  isBuilding = false;
  if (exitCode !== 0 || endedBy !== undefined) return exitCode;
  await proveByInstalling(channel);
  showPackages(channel);
  say('\nWho built what:');
  for (const line of await whoBuiltWhat(addresses.url, token)) say(`  ${line}`);
  return 0;
}

function showAddresses({ addresses, directory }: LocalFarm): void {
  const width = Math.max(...addresses.shown.map(([name]) => name.length));
  say('\nThe farm:');
  for (const [name, place] of addresses.shown) say(`  ${name.padEnd(width)}  ${place}`);
  say(`  ${'logs'.padEnd(width)}  ${join(directory, 'logs')}`);
}

/** Until somebody ends it, or it ends by itself. */
async function goOn(farm: LocalFarm): Promise<number> {
  say('\nThe farm goes on until Ctrl-C. In another terminal:');
  say(`  . ${join(farm.directory, 'env')}    # addresses and passwords of this farm`);
  say('  deploy/bin/stageyard status');
  say('  deploy/bin/stageyard build --farm --recipe path/to/recipe.yaml -c conda-forge');
  say('  deploy/bin/stageyard worker --labels gpu    # one more');
  const { promise: told, resolve: stop } = Promise.withResolvers<undefined>();
  ending.signal.addEventListener('abort', () => stop(undefined), { once: true });
  const text = ending.signal.aborted ? undefined : await Promise.race([told, farm.broken]);
  if (text === undefined) return 0;
  process.stderr.write(`${text}\n`);
  return 3;
}

async function run(): Promise<number> {
  const { isOnce, storePath, channel } = readWords();
  refuseWithoutTools();
  useCompileCache();
  say('starting a farm on this machine');
  const { signal } = ending;
  const store = storePath === undefined ? {} : { storePath };
  const farm = await startLocalFarm({ ...store, workers: 2, say, signal });
  try {
    showAddresses(farm);
    const exitCode = await showDemo(farm, channel);
    if (exitCode !== 0 || isOnce || endedBy !== undefined) return exitCode;
    return await goOn(farm);
  } finally {
    say('ending the farm');
    await farm.close();
  }
}

try {
  const exitCode = await run();
  process.exit(endedBy === undefined || exitCode !== 0 ? exitCode : endedExit());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(endedBy === undefined ? 3 : endedExit());
}

/** Ctrl-C is how a farm that goes on is ended. */
function endedExit(): number {
  return endedBy === undefined || endedBy === 'SIGINT' ? 0 : 128 + constants.signals[endedBy];
}
