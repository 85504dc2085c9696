/** What workers did in a run, by what they said: what was done again, what for nothing, and whether it was the same. */
import type { TaskView } from '#coordinator/shell/run-events.ts';
import type { Saying } from './child-words.ts';
import type { PackageDigests } from './test-farm.ts';

/** One process of a worker. */
export interface WorkerStory {
  readonly worker: string;
  readonly sayings: readonly Saying[];
  /** Undefined while it runs. */
  readonly endedAtMs: number | undefined;
}

/** One attempt's work, to its end or to that of its process. */
interface Work {
  readonly worker: string;
  readonly task: string;
  readonly epoch: number;
  readonly durationMs: number;
  /** Of a package that it built itself. */
  readonly digest: string | null;
}

/** See the file's head. */
export class WorkLedger {
  /** Deliveries of a message after its first. */
  readonly redeliveryCount: number;
  readonly #works: readonly Work[];

  constructor(stories: readonly WorkerStory[]) {
    const sayings = stories.flatMap((story) => story.sayings);
    this.#works = stories.flatMap(worksOf);
    this.redeliveryCount = sayings.filter(
      (saying) => saying.event === 'delivered' && saying.deliveryCount > 1,
    ).length;
  }

  /** Packages that were built by more than one attempt. */
  get rebuiltCount(): number {
    return [...this.#digestsByTask().values()].filter(({ length }) => length > 1).length;
  }

  /** Time of slots that no result came of. */
  wastedSeconds(tasks: readonly TaskView[]): number {
    const useful = new Map(
      tasks.map(({ id, epoch, result }) => [`${id}#${epoch}`, result?.worker]),
    );
    const wasted = this.#works.filter(
      ({ task, epoch, worker }) => useful.get(`${task}#${epoch}`) !== worker,
    );
    return wasted.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1_000;
  }

  /** Packages of which an attempt made something else than what is right. */
  contradictions(right: PackageDigests): readonly string[] {
    const known = new Set(right.values());
    return [...this.#digestsByTask()].flatMap(([task, digests]) =>
      digests.every((digest) => known.has(digest)) && new Set(digests).size === 1 ? [] : [task],
    );
  }

  #digestsByTask(): ReadonlyMap<string, readonly string[]> {
    const byTask = new Map<string, string[]>();
    for (const { task, digest } of this.#works) {
      if (digest !== null) byTask.set(task, [...(byTask.get(task) ?? []), digest]);
    }
    return byTask;
  }
}

function worksOf({ worker, sayings, endedAtMs }: WorkerStory): readonly Work[] {
  return sayings.flatMap((begun): readonly Work[] => {
    if (begun.event !== 'begins') return [];
    const { task, epoch, atMs } = begun;
    const end = sayings.find(
      (saying) => saying.event === 'ends' && saying.task === task && saying.epoch === epoch,
    );
    const ended = end?.event === 'ends' ? end : undefined;
    const made = ended?.made?.reused === false ? ended.made : undefined;
    const durationMs = Math.max(0, (ended?.atMs ?? endedAtMs ?? atMs) - atMs);
    return [{ worker, task, epoch, durationMs, digest: made?.digest ?? null }];
  });
}
