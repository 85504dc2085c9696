/** The caller's end of a thread that inspects lists of files. */
import { Worker } from 'node:worker_threads';
import { compileComponent, type CompiledModules } from './component.ts';
import type { InspectLimits } from './limits.ts';
import type { FileReport } from './report.ts';

/** What a thread is started with. */
export interface TreeThreadData {
  readonly modules: CompiledModules;
  readonly limits: Partial<InspectLimits>;
}

/** See {@link startThread}. */
export interface TreeThread {
  /** Reports in the order of the files; undefined when the thread has died. */
  inspect(files: readonly string[]): Promise<readonly FileReport[] | undefined>;
  stop(): Promise<void>;
}

type Settle = (reports: readonly FileReport[] | undefined) => void;

/** Starts a thread; it uses the modules that this one has compiled. */
export function startThread(limits: Partial<InspectLimits> = {}): TreeThread {
  const workerData: TreeThreadData = { modules: compileComponent(), limits };
  const worker = new Worker(new URL('./tree-worker.ts', import.meta.url), { workerData });
  // Answers come in the order of the questions.
  const waiting: Settle[] = [];
  let isDead = false;
  const die = (): void => {
    isDead = true;
    for (const settle of waiting.splice(0)) settle(undefined);
  };
  worker.on('message', (reports: readonly FileReport[]) => waiting.shift()?.(reports));
  worker.on('error', die);
  worker.on('exit', die);
  return {
    inspect: (files) => {
      if (isDead) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        waiting.push(resolve);
        worker.postMessage(files);
      });
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}
