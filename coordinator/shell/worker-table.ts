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
/** Workers that are remembered. */
const WORKERS_MAX = 10_000;

/** See the file's head. */
export class WorkerTable {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #byName = new Map<string, Omit<WorkerView, 'silentMs'>>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Hears an announcement. */
  hear(worker: string, body: Uint8Array): void {
    try {
      const announcement = decodeWorkerAnnouncement(body);
      const problem = this.#problemOf(announcement);
      this.#byName.delete(worker);
      if (announcement.isDraining && announcement.running.length === 0) return;
      const view = { announcement, seenAtMs: this.#clock.nowMs() };
      this.#byName.set(worker, problem === undefined ? view : { ...view, problem });
      const oldest = this.#byName.keys().next();
      if (this.#byName.size > WORKERS_MAX && !oldest.done) this.#byName.delete(oldest.value);
    } catch (error) {
      const cause = wrapError(error, worker).message;
      this.#logger.warn({ worker, cause }, 'a worker announces what cannot be read');
    }
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
      if (seenAtMs < nowMs - FORGET_AFTER_MS) this.#byName.delete(name);
    const nameOf = ({ announcement }: WorkerView): string => announcement.worker;
    return [...this.#byName.values()]
      .map((view) => ({ ...view, silentMs: Math.max(0, nowMs - view.seenAtMs) }))
      .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }
}
