/** A farm on this machine, for as long as somebody wants it: started, told of, ended without a trace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FarmAddresses, HouseSaying, HouseWish } from './house-messages.ts';
import { killGroup } from './services/kill-group.ts';
import type { Say } from './services/server-binary.ts';

/** Every part is given some seconds to end; what is left then is killed. */
const END_TIMEOUT_MS = 30_000;

/** What is wanted. */
export interface LocalFarmWish {
  /** A store in a directory, which stays; absent: an S3 server with throwaway data. */
  readonly storePath?: string;
  readonly workers: number;
  readonly say: Say;
  /** Aborted: it isn't wanted any more, also while it starts. */
  readonly signal: AbortSignal;
}

/** A running farm. */
export interface LocalFarm {
  readonly addresses: FarmAddresses;
  /** What clients must show. */
  readonly token: string;
  /** Where the processes log. */
  readonly directory: string;
  /** Resolves with what happened when it ends by itself. */
  readonly broken: Promise<string>;
  /** Ends all its processes and removes what they wrote. */
  readonly close: () => Promise<void>;
}

/** Starts one. Rejects with what is missing or failed, and nothing is left. */
export async function startLocalFarm(wanted: LocalFarmWish): Promise<LocalFarm> {
  const { storePath, workers, say, signal } = wanted;
  // Only the house makes it: it outlives us, however we end.
  const directory = join(tmpdir(), `stageyard-farm-${randomBytes(8).toString('hex')}`);
  const token = randomBytes(16).toString('hex');
  const house = startHouse(directory);
  const close = (): Promise<void> => endHouse(house, directory);
  const wish = { directory, token, workers, ...(storePath === undefined ? {} : { storePath }) };
  const broken = Promise.withResolvers<string>();
  const ready = Promise.withResolvers<FarmAddresses>();
  house.on('message', (message) => {
    const saying = message as HouseSaying;
    if (saying.kind === 'say') say(saying.line);
    if (saying.kind === 'ready') ready.resolve(saying.addresses);
    if (saying.kind === 'broken') broken.resolve(saying.text);
  });
  house.once('exit', (code, signal) => broken.resolve(`the farm ended with ${signal ?? code}`));
  const unwanted = Promise.withResolvers<string>();
  signal.addEventListener('abort', () => unwanted.resolve('told to end'), { once: true });
  house.send(wish satisfies HouseWish);
  const opened = await Promise.race([ready.promise, broken.promise, unwanted.promise]);
  if (typeof opened !== 'string') {
    return { addresses: opened, token, directory, broken: broken.promise, close };
  }
  await close();
  throw new Error(opened);
}

/** Its settings are ours alone: what the caller's environment says of other farms stays away. */
function startHouse(directory: string): ChildProcess {
  const main = fileURLToPath(new URL('./house-main.ts', import.meta.url));
  const kept = Object.entries(process.env).filter(([name]) => !isForeign(name));
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...Object.fromEntries(kept), TMPDIR: join(directory, 'tmp') },
  });
}

function isForeign(name: string): boolean {
  return /^(STAGEYARD|AWS)_/.test(name) && !name.startsWith('STAGEYARD_TEST_');
}

async function endHouse(house: ChildProcess, directory: string): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  if (house.exitCode !== null || house.signalCode !== null) resolve();
  house.once('exit', () => resolve());
  if (house.connected) house.disconnect();
  const timer = setTimeout(resolve, END_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
  killGroup(house);
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
