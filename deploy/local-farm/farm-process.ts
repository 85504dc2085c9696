/** `stageyard coordinator` and `stageyard worker` as child processes, with settings of ours alone. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answersOk, ServerProcess } from './services/server-process.ts';

/** One process. */
export interface FarmProcessWish {
  /** Also the name of its directory. */
  readonly name: string;
  readonly command: 'coordinator' | 'worker';
  /** The farm's. */
  readonly directory: string;
  /** Variables of its settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where it says whether it is ready. */
  readonly healthUrl: string;
}

/** Starts it and waits until it is ready. Rejects with its last lines. */
export async function startFarmProcess(wish: FarmProcessWish): Promise<ServerProcess> {
  const directory = join(wish.directory, wish.name);
  await mkdir(directory);
  const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const started = new ServerProcess({
    program: process.execPath,
    words: ['--disable-warning=ExperimentalWarning', main, wish.command],
    directory,
    environment: wish.settings,
  });
  await started.untilReady(() => answersOk(`${wish.healthUrl}/readyz`));
  return started;
}
