/**
 * Time from the start of a coordinator to the moment at which it drives its runs, with a large journal behind it:
 * read from the first entry, and read from a snapshot. Journal and bus are NATS, the store is a directory.
 */
import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { MemoryRunRegister } from '#proto/adapters/memory-run-register.ts';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { canonicalJson } from '#proto/canonical-json.ts';
import { type BlobRef, sha256Digest } from '#proto/digest.ts';
import { inputKey, runId, taskId, workerId } from '#proto/ids.ts';
import { NO_REQUESTS } from '#proto/task-requests.ts';
import { encodeFarmStep, joinFarmEntry } from '#coordinator/core/fact-codec.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import { farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunPlan, RunTask } from '#coordinator/core/run-plan.ts';
import { openFarm } from '#coordinator/shell/running-farm.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';

const FINISHED_RUNS = 1_000;
const OPEN_RUNS = 100;
const TASKS_PER_RUN = 100;
const LOOK_MS = 100;

/** What is measured. */
export interface RestartTime {
  readonly fromFirstEntryMs: number;
  readonly fromSnapshotMs: number;
}

/** See the file's head. */
export async function measureRestart(): Promise<RestartTime> {
  const server = await NatsServer.start();
  const directory = await mkdtemp(join(tmpdir(), 'bench-restart-'));
  try {
    const blobs = await DirectoryBlobStore.open(directory);
    await writeJournal(server.url, blobs);
    const fromFirstEntryMs = await restart(server.url, blobs, true);
    return { fromFirstEntryMs, fromSnapshotMs: await restart(server.url, blobs, false) };
  } finally {
    await server.dispose();
    await rm(directory, { recursive: true, force: true });
  }
}

async function restart(
  url: string,
  blobs: DirectoryBlobStore,
  leavesSnapshot: boolean,
): Promise<number> {
  const logger = new SilentLogger();
  const base = { servers: [url], farm: 'bench', logger };
  const startedAt = performance.now();
  const bus = await NatsBus.connect({ ...base, name: 'coordinator', publisher: 'coordinator' });
  const journal = await openJournal(url);
  const register = new MemoryRunRegister();
  const ports = { journal, bus, register, blobs, logger, clock: systemClock, term: 1 };
  const farm = await openFarm({ ...ports, ...(leavesSnapshot ? { snapshotEntries: 0 } : {}) });
  const durationMs = performance.now() - startedAt;
  const listed = farm.runs().length;
  if (listed !== FINISHED_RUNS + OPEN_RUNS) throw new Error(`${listed} runs are known`);
  while (leavesSnapshot && (await journal.loadSnapshot()) === undefined) {
    await systemClock.sleep(LOOK_MS);
  }
  await farm.close();
  await Promise.all([bus.close(), journal.close()]);
  return durationMs;
}

function openJournal(url: string): Promise<NatsJournal> {
  const logger = new SilentLogger();
  const assurance = { kind: 'assumed' } as const;
  const base = { servers: [url], farm: 'bench', logger };
  return NatsJournal.open({ ...base, name: 'journal', journal: 'farm', assurance });
}

/** As a coordinator would have left it after years, an entry for each run. */
async function writeJournal(url: string, blobs: DirectoryBlobStore): Promise<void> {
  const journal = await openJournal(url);
  for (let index = 0; index < FINISHED_RUNS + OPEN_RUNS; index += 1) {
    const plan = planOf(index);
    const bytes = zstdCompressSync(new TextEncoder().encode(canonicalJson(plan)));
    const stored = await blobs.putBytes(bytes, { owner: `${plan.run}/submission` });
    const facts = index < FINISHED_RUNS ? finishedFacts(plan) : [];
    const submitted = { atMs: 1, plan: stored };
    const entry = joinFarmEntry(1, [encodeFarmStep({ run: plan.run, submitted, facts })]);
    await journal.append(new TextEncoder().encode(entry), index);
  }
  await journal.close();
}

function planOf(index: number): RunPlan {
  const run = runId(`r-${index}`);
  const names = Array.from({ length: TASKS_PER_RUN }, (_, task) => `p${index}-${task}`);
  return {
    run,
    about: { label: `run ${index}`, submittedBy: 'bench', submittedAtMs: index },
    submissionDigest: hash('sha256', run),
    tasks: names.map(taskOf),
    options: { continueOnFailure: true, queueDepth: 8, retry: farmRetryPolicy },
  };
}

function taskOf(name: string): RunTask {
  return {
    id: taskId(`package:${name}`),
    kind: 'package',
    title: `${name} 1.0 h0123456_0`,
    dependsOn: [],
    staticKey: inputKey(hash('sha256', name)),
    pool: 'linux-64',
    spec: blobOf(name),
    limits: {
      wallTimeMs: 3_600_000,
      silentTimeMs: 600_000,
      logSizeBytesMax: 1_000_000,
    },
    requests: NO_REQUESTS,
    estimateMs: 0,
    testedBy: null,
  };
}

function finishedFacts({ tasks }: RunPlan): readonly Fact[] {
  const worker = workerId('w1');
  const done = tasks.flatMap(({ id: task, staticKey: exactKey }): readonly Fact[] => {
    const attempt = { atMs: 2, task, epoch: 1 };
    const measures = { wallMs: 10_000, scriptMs: 5_000 };
    const result = { worker, output: blobOf(`${task}/output`), exactKey, reused: false, measures };
    return [
      { kind: 'task-offered', ...attempt },
      { kind: 'attempt-accepted', ...attempt, worker },
      { kind: 'task-done', ...attempt, ...result },
      { kind: 'task-published', atMs: 3, task, place: 'channel' },
    ];
  });
  return [...done, { kind: 'run-finished', atMs: 4, outcome: 'succeeded' }];
}

function blobOf(name: string): BlobRef {
  return { digest: sha256Digest(hash('sha256', name)), sizeBytes: 4_000, location: '' };
}
