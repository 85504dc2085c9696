/** Workers that announced themselves lately, until they say that they are done. What can't be read is ignored: it is for people. */
import { wrapError } from '#proto/errors.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { decodeWorkerAnnouncement } from '#proto/messages/worker-codec.ts';
import { protocolProblem } from '#proto/task-messages.ts';
import type { WorkerAnnouncement } from '#proto/worker-messages.ts';
import type { WorkerView } from './farm.ts';

/** A worker that was silent for this long isn't shown any more. */
const FORGET_AFTER_MS = 60_000;
/** Workers that are remembered, and what they said in all: the ones heard longest ago go first. */
const WORKERS_MAX = 10_000;
const HEARD_BYTES_MAX = 32 * 1024 * 1024;

/** As heard. */
interface Heard extends Omit<WorkerView, 'silentMs'> {
  readonly sizeBytes: number;
}

/** See the file's head. */
export class WorkerTable {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #byName = new Map<string, Heard>();
  #heardBytes = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Hears an announcement. */
  hear(worker: string, body: Uint8Array): void {
    try {
      const announcement = decodeWorkerAnnouncement(body);
      if (announcement.worker !== worker) throw new RangeError(`it says ${announcement.worker}`);
      const problem = this.#problemOf(announcement);
      this.#forget(worker);
      if (announcement.isDraining && announcement.running.length === 0) return;
      const view = { announcement, seenAtMs: this.#clock.nowMs(), sizeBytes: body.length };
      this.#byName.set(worker, problem === undefined ? view : { ...view, problem });
      this.#heardBytes += body.length;
      this.#bound();
    } catch (error) {
      const cause = wrapError(error, worker).message;
      this.#logger.warn({ worker, cause }, 'a worker announces what cannot be read');
    }
  }

  #bound(): void {
    for (const oldest of this.#byName.keys()) {
      if (this.#byName.size <= WORKERS_MAX && this.#heardBytes <= HEARD_BYTES_MAX) return;
      this.#forget(oldest);
    }
  }

  #forget(worker: string): void {
    this.#heardBytes -= this.#byName.get(worker)?.sizeBytes ?? 0;
    this.#byName.delete(worker);
  }

  /** Said once in the log, not at each announcement. */
  #problemOf({ worker, version, protocolVersions }: WorkerAnnouncement): string | undefined {
    const problem = protocolProblem(protocolVersions);
    if (problem !== undefined && this.#byName.get(worker)?.problem !== problem)
      this.#logger.error({ worker, version, cause: problem }, 'a worker cannot work here');
    return problem;
  }

  /** Those heard lately, sorted by name. */
  list(): readonly WorkerView[] {
    const nowMs = this.#clock.nowMs();
    for (const [name, { seenAtMs }] of this.#byName)
      if (seenAtMs < nowMs - FORGET_AFTER_MS) this.#forget(name);
    const nameOf = ({ announcement }: WorkerView): string => announcement.worker;
    return [...this.#byName.values()]
      .map(({ sizeBytes: _sizeBytes, ...view }) => ({
        ...view,
        silentMs: Math.max(0, nowMs - view.seenAtMs),
      }))
      .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }
}
