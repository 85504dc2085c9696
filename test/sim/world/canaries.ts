/**
 * Bugs put in on purpose, one or more for each rule: the product's code runs unchanged, but a port of it
 * breaks its promise in the way a careless change would. A simulation that doesn't notice proves nothing.
 */
import { wrapError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import { decodeTaskEvent, encodeTaskEvent } from '#proto/messages/task-codec.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { EventDelivery } from '#proto/ports/bus.ts';
import type { JournalEntry, SnapshotJournal } from '#proto/ports/journal.ts';
import type { TaskEvent } from '#proto/task-messages.ts';
import { altered } from '../../support/altered.ts';
import type { Invariant } from '../checkers/checker.ts';
import type { SimConnection } from './connection.ts';
import { type Alteration, alteredEntry } from './entry-alteration.ts';
import type { Observer } from './observer.ts';
import type { AnyBus } from './sim-bus.ts';

/** What a bug knows. */
export interface Place {
  readonly connection: SimConnection;
  readonly observer: Observer;
}

/** A bug: which rule it breaks, and which ports it replaces. */
export interface Canary {
  readonly invariant: Invariant;
  /** Ports of a coordinator. */
  readonly journal?: (journal: SnapshotJournal, place: Place) => SnapshotJournal;
  readonly coordinatorBus?: (bus: AnyBus, place: Place) => AnyBus;
  readonly coordinatorBlobs?: (blobs: BlobStore) => BlobStore;
  /** Port of a worker. */
  readonly workerBus?: (bus: AnyBus, place: Place) => AnyBus;
}

/** All of them, by name. */
export const canaries = {
  /** An append without an answer is repeated behind whatever is last. */
  'append-twice': { invariant: 'single-outcome', journal: appendTwice },
  /** News of any lease is taken for news of the newest one. */
  'skip-fencing': {
    invariant: 'fenced-results',
    coordinatorBus: (bus, { observer }) => withEvents(bus, (event) => newestEpoch(event, observer)),
  },
  /** Edges of the plan are not restored. */
  'forget-dependencies': {
    invariant: 'dependencies-first',
    journal: (journal) => readAltered(journal, 'no-dependencies'),
  },
  /** Who is to blame for a failure is forgotten on the way. */
  'forget-blame': {
    invariant: 'attempts-bounded',
    coordinatorBus: (bus) => withEvents(bus, blameless),
  },
  /** The journal says that an entry is stored while it is only in memory. */
  'answer-before-stored': { invariant: 'journal-before-effect', journal: writeBehind },
  /** News is acknowledged when it arrives. */
  'ack-before-journal': { invariant: 'journal-before-effect', coordinatorBus: ackAtOnce },
  /** The last task of a plan is not restored. */
  'forget-task': {
    invariant: 'conservation',
    journal: (journal) => readAltered(journal, 'no-last-task'),
  },
  /** Whether a package is there is not looked up. */
  'trust-the-store': {
    invariant: 'index-points-to-existing-blobs',
    coordinatorBlobs: (blobs) => altered(blobs, { has: async () => true }),
  },
  /** A number is written wrongly. */
  'store-rounded': { invariant: 'replay-equals-live', journal: appendAltered },
  /** Which tests a package has to pass is not restored. */
  'forget-tests': {
    invariant: 'only-passed-is-published',
    journal: (journal) => readAltered(journal, 'no-tests'),
  },
  /** How many offers may wait is not restored. */
  'forget-depth': {
    invariant: 'capacity-respected',
    journal: (journal) => readAltered(journal, 'deeper-queues'),
  },
  /** A snapshot is said to contain an entry that it doesn't. */
  'snapshot-ahead': {
    invariant: 'journal-before-effect',
    journal: (journal) =>
      altered(journal, {
        saveSnapshot: ({ sequence, body }) =>
          journal.saveSnapshot({ sequence: sequence + 1, body }),
      }),
  },
  /** Finished work is not taken out of its queue. */
  'keep-message': { invariant: 'no-orphan-lease', workerBus: neverAcknowledge },
  /** News is sent and not stored. */
  'lose-news': { invariant: 'terminates', workerBus: loseNews },
} as const satisfies Record<string, Canary>;

/** Name of a bug. */
export type CanaryName = keyof typeof canaries;

/** True for the name of a bug. */
export const isCanaryName = (text: string): text is CanaryName => Object.hasOwn(canaries, text);

function appendTwice(journal: SnapshotJournal): SnapshotJournal {
  return altered(journal, {
    append: async (body, expected) => {
      try {
        return await journal.append(body, expected);
      } catch {
        const last = await journal.last();
        return journal.append(body, last?.sequence ?? 0);
      }
    },
  });
}

function writeBehind(journal: SnapshotJournal, { connection }: Place): SnapshotJournal {
  const { process, random } = connection;
  let earlier: Promise<unknown> = Promise.resolve();
  const store = async (body: Uint8Array, expected: number): Promise<void> => {
    await process.sleep(random.integer('write-behind', 1, 2_000));
    await journal.append(body, expected).catch((error: unknown) => wrapError(error, 'append'));
  };
  return altered(journal, {
    append: async (body, expected) => {
      earlier = earlier.then(() => store(body, expected));
      return { kind: 'appended', sequence: expected + 1 };
    },
  });
}

function readAltered(journal: SnapshotJournal, how: Alteration): SnapshotJournal {
  async function* read(from: number): AsyncIterable<JournalEntry> {
    for await (const { sequence, body } of journal.read(from)) {
      yield { sequence, body: alteredEntry(body, how) };
    }
  }
  return altered(journal, { read });
}

function appendAltered(journal: SnapshotJournal): SnapshotJournal {
  return altered(journal, {
    append: (body, expected) => journal.append(alteredEntry(body, 'other-times'), expected),
  });
}

function withEvents(bus: AnyBus, change: (event: TaskEvent) => TaskEvent): AnyBus {
  const changed = (event: EventDelivery): EventDelivery => ({
    body: encodeTaskEvent(change(decodeTaskEvent(event.body))),
    ack: () => event.ack(),
  });
  return altered(bus, {
    consumeEvents: (onEvent) => bus.consumeEvents((event) => onEvent(changed(event))),
  });
}

function newestEpoch(event: TaskEvent, observer: Observer): TaskEvent {
  const task = observer.states.get(runId(event.run))?.tasks.get(event.task);
  return { ...event, epoch: Math.max(1, task?.epoch ?? event.epoch) };
}

function blameless(event: TaskEvent): TaskEvent {
  if (event.body.kind !== 'failed' || event.body.class !== 'infra') return event;
  return { ...event, body: { ...event.body, class: 'released' } };
}

function ackAtOnce(bus: AnyBus): AnyBus {
  const hear = (event: EventDelivery, onEvent: (event: EventDelivery) => void): void => {
    event.ack().then(undefined, (error: unknown) => wrapError(error, 'acknowledgement'));
    onEvent({ body: event.body, ack: async () => undefined });
  };
  return altered(bus, {
    consumeEvents: (onEvent) => bus.consumeEvents((event) => hear(event, onEvent)),
  });
}

function neverAcknowledge(bus: AnyBus): AnyBus {
  return altered(bus, {
    pull: async (queue, waitMs, signal) => {
      const delivery = await bus.pull(queue, waitMs, signal);
      return delivery && altered(delivery, { ack: async () => undefined });
    },
  });
}

function loseNews(bus: AnyBus, { connection }: Place): AnyBus {
  return altered(bus, {
    publishEvent: async (messageId, body) => {
      if (connection.random.chance('lose-news', 0.1)) return;
      await bus.publishEvent(messageId, body);
    },
  });
}
