/**
 * Reports for every file below a directory, in the order of path bytes whatever the number of threads:
 *
 *     walk ──batches──▶ thread 1 … n ──reports──▶ put back in order ──▶ whoever iterates
 *
 * Few batches are on their way at a time, so that a slow reader holds up the walk and memory stays small. The first
 * files are read on the caller's thread: most trees end before a thread has started.
 */
import { availableParallelism } from 'node:os';
import { createInspector, type Inspector } from './inspector.ts';
import type { InspectLimits } from './limits.ts';
import type { FileReport } from './report.ts';
import { startThread, type TreeThread } from './tree-thread.ts';
import { walkTree, type WalkStep } from './walk.ts';

/** One file of a tree. `path` begins with the root as it was given. */
export interface TreeEntry {
  readonly path: string;
  readonly report: FileReport;
}

/** How to go through a tree. */
export interface TreeOptions {
  /** Threads besides the caller's; 0 for none. By default one for each processor, up to {@link THREADS_MAX}. */
  readonly threadCount?: number;
  readonly limits?: Partial<InspectLimits>;
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** More threads than this only wait for each other's disk. */
const THREADS_MAX = 4;
/** Files read before any thread is started. */
const FILES_ALONE = 2000;
/** Files that go to a thread at once. */
const BATCH_FILES = 200;
/** Batches on their way, for each thread. */
const BATCHES_A_THREAD = 2;

/** Reports on the file, or on every file below the directory, that `root` names. See {@link walkTree}. */
export async function* inspectTree(
  root: string,
  options: TreeOptions = {},
): AsyncGenerator<TreeEntry> {
  const { signal, limits } = options;
  const inspector = createInspector(limits === undefined ? {} : { limits });
  const threadCount = options.threadCount ?? Math.min(availableParallelism(), THREADS_MAX);
  const steps = walkTree(root);
  let fileCount = 0;
  for (const step of steps) {
    signal?.throwIfAborted();
    yield entryOf(step, inspector);
    fileCount += 1;
    // Leaving the loop early would end the walk.
    if (threadCount > 0 && fileCount >= FILES_ALONE) {
      yield* inspectInThreads(steps, { ...options, threadCount, inspector });
    }
  }
  signal?.throwIfAborted();
}

/** The same on the caller's thread alone, without waiting in between. */
export function* inspectTreeSync(inspector: Inspector, root: string): Generator<TreeEntry> {
  for (const step of walkTree(root)) yield entryOf(step, inspector);
}

function entryOf({ path, report }: WalkStep, inspector: Inspector): TreeEntry {
  return { path, report: report ?? inspector.inspectFile(path) };
}

interface ThreadedOptions extends TreeOptions {
  readonly threadCount: number;
  readonly inspector: Inspector;
}

async function* inspectInThreads(
  steps: Generator<WalkStep>,
  { threadCount, limits, signal, inspector }: ThreadedOptions,
): AsyncGenerator<TreeEntry> {
  const threads = Array.from({ length: threadCount }, () => startThread(limits));
  const inFlight: Promise<readonly TreeEntry[]>[] = [];
  let turn = 0;
  const send = (batch: readonly WalkStep[]): void => {
    const thread = threads[turn++ % threads.length];
    if (thread !== undefined) inFlight.push(inspectBatch(batch, thread, inspector));
  };
  try {
    while (true) {
      while (inFlight.length < threadCount * BATCHES_A_THREAD) {
        const batch = takeBatch(steps);
        if (batch.length === 0) break;
        send(batch);
      }
      const entries = await inFlight.shift();
      if (entries === undefined) return;
      for (const entry of entries) {
        signal?.throwIfAborted();
        yield entry;
      }
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()));
  }
}

function takeBatch(steps: Generator<WalkStep>): readonly WalkStep[] {
  const batch: WalkStep[] = [];
  while (batch.length < BATCH_FILES) {
    const { value, done } = steps.next();
    if (done === true) break;
    batch.push(value);
  }
  return batch;
}

// A thread that died (no memory, no threads allowed) leaves its files to the caller's.
async function inspectBatch(
  batch: readonly WalkStep[],
  thread: TreeThread,
  inspector: Inspector,
): Promise<readonly TreeEntry[]> {
  const files = batch.filter(({ report }) => report === undefined).map(({ path }) => path);
  const reports = await thread.inspect(files);
  if (reports === undefined) return batch.map((step) => entryOf(step, inspector));
  let next = 0;
  return batch.map(({ path, report }) => ({
    path,
    report: report ?? reports[next++] ?? inspector.inspectFile(path),
  }));
}
