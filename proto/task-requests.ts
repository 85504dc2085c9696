/**
 * What a task asks of the worker that does it, and the queue that follows from it. A task that needs no
 * more than a platform waits in the queue of its platform; one that needs labels or secrets waits in a
 * queue of its own kind, from which only workers pull that have them all.
 *
 *     linux-64                     any worker of the platform
 *     linux-64.3f0c9a51d2e4b768    workers with these labels and secrets
 */
import { compareBytes } from './byte-order.ts';
import { canonicalJson } from './canonical-json.ts';
import type { PoolRequirements } from './ports/run-register.ts';

/**
 * Lists are sorted by bytes, each name once. Sizes are recorded so that scheduling can reckon with them once they are
 * learned from what attempts used; as long as they are guesses by kind (coordinator/plan/task-requests.ts) nobody is
 * refused a task by them.
 */
export interface TaskRequests {
  /** 0 when nothing is known. */
  readonly memoryBytes: number;
  /** Where it builds; 0 when nothing is known. */
  readonly diskBytes: number;
  /** The worker has them all. */
  readonly labels: readonly string[];
  /** Names of secrets that the task's scripts declare; the worker has values of its own for them. */
  readonly secrets: readonly string[];
}

/** What a task asks for that doesn't say. */
export const NO_REQUESTS: TaskRequests = { memoryBytes: 0, diskBytes: 0, labels: [], secrets: [] };

/** What a worker has to offer to a queue. */
export interface WorkerAbilities {
  readonly platform: string;
  readonly labels: readonly string[];
  readonly secretNames: readonly string[];
}

const POOL_HASH_DIGITS = 16;

/** Lists of names as keys and messages have them: sorted by bytes, each once. */
export function nameList(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].toSorted(compareBytes);
}

/** Queue of the tasks with these needs. `sha256Hex` is the digest of a text's UTF-8 bytes. */
export function poolName(
  platform: string,
  requests: Pick<TaskRequests, 'labels' | 'secrets'>,
  sha256Hex: (text: string) => string,
): string {
  const labels = nameList(requests.labels);
  const secrets = nameList(requests.secrets);
  if (labels.length + secrets.length === 0) return platform;
  const digest = sha256Hex(`stageyard pool 1\n${canonicalJson({ labels, secrets })}`);
  return `${platform}.${digest.slice(0, POOL_HASH_DIGITS)}`;
}

/** Platform of the workers of a queue. */
export function poolPlatform(pool: string): string {
  return pool.split('.', 1)[0] ?? pool;
}

/** What the register says of a queue. */
export function poolRequirements(
  pool: string,
  requests: Pick<TaskRequests, 'labels' | 'secrets'>,
): PoolRequirements {
  const labels = nameList(requests.labels);
  return { pool, platform: poolPlatform(pool), labels, secrets: nameList(requests.secrets) };
}

/** Whether a worker may pull from a queue. */
export function meetsRequirements(
  worker: WorkerAbilities,
  { platform, labels, secrets }: Omit<PoolRequirements, 'pool'>,
): boolean {
  if (worker.platform !== platform) return false;
  const hasLabels = labels.every((name) => worker.labels.includes(name));
  return hasLabels && secrets.every((name) => worker.secretNames.includes(name));
}
