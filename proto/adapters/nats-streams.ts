/**
 * Streams: made when missing, compared with what is needed when they exist. An
 * operator may change sizes, ages and replicas; what our guarantees rest on must be as it is here.
 */
import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { StageyardError } from '../errors.ts';
import { isApiError, NS_PER_MS } from './nats-api.ts';
import { natsError } from './nats-connection.ts';

const DAY_MS = 24 * 3600 * 1000;

/** Queued offers of a whole farm: the coordinator keeps queues shallow, so more is a fault. */
const QUEUED_MAX = 200_000;
/** How long a repeated message id is recognised. */
const REPEAT_WINDOW_MS = 30 * 60 * 1000;
const EVENTS_AGE_MS = 14 * DAY_MS;
const DEAD_AGE_MS = 30 * DAY_MS;
const REGISTER_AGE_MS = 60 * DAY_MS;
/** The server reserves it: a disk with less is refused. */
const DEAD_BYTES_MAX = 64 * 1024 * 1024;

/** A stream as it is needed. */
export interface WantedStream {
  readonly name: string;
  /** Compared with a stream that exists. */
  readonly fixed: Partial<StreamConfig>;
  /** Used at creation only. */
  readonly initial?: Partial<StreamConfig>;
}

const kept = { retention: RetentionPolicy.Limits, storage: StorageType.File };
/** What doesn't fit is refused. */
const keptOrRefused = { ...kept, discard: DiscardPolicy.New };

/** The work queue of offers. */
export function tasksStream(name: string, subjects: string): WantedStream {
  const retention = RetentionPolicy.Workqueue;
  return {
    name,
    fixed: { ...keptOrRefused, subjects: [subjects], retention },
    initial: { max_msgs: QUEUED_MAX, duplicate_window: REPEAT_WINDOW_MS * NS_PER_MS },
  };
}

/** Workers' news, kept for a while after they were read. */
export function eventsStream(name: string, subjects: string): WantedStream {
  return {
    name,
    fixed: { ...keptOrRefused, subjects: [subjects] },
    initial: {
      max_age: EVENTS_AGE_MS * NS_PER_MS,
      duplicate_window: REPEAT_WINDOW_MS * NS_PER_MS,
    },
  };
}

/** Messages that nobody could read. The oldest go first. */
export function deadStream(name: string, subjects: string): WantedStream {
  return {
    name,
    fixed: { ...kept, subjects: [subjects] },
    initial: {
      discard: DiscardPolicy.Old,
      max_age: DEAD_AGE_MS * NS_PER_MS,
      max_bytes: DEAD_BYTES_MAX,
    },
  };
}

/** Facts: nothing ages, nothing is dropped to make room, nothing is deleted one by one. */
export function journalStream(name: string, subject: string): WantedStream {
  return {
    name,
    fixed: {
      ...keptOrRefused,
      subjects: [subject],
      max_age: 0,
      max_msgs: -1,
      max_msgs_per_subject: -1,
      deny_delete: true,
    },
  };
}

/** The last value of each subject; those of runs long over are forgotten. */
export function registerStream(name: string, subjects: string): WantedStream {
  return {
    name,
    fixed: { ...kept, subjects: [subjects], max_msgs_per_subject: 1 },
    initial: { discard: DiscardPolicy.Old, max_age: REGISTER_AGE_MS * NS_PER_MS },
  };
}

/** The newest snapshot only. */
export function snapshotStream(name: string, subject: string): WantedStream {
  return {
    name,
    fixed: { ...kept, subjects: [subject], discard: DiscardPolicy.Old, max_age: 0, max_msgs: 1 },
  };
}

/** Makes the stream or checks it. Rejects with `CONFIG_INVALID` on another configuration. */
export async function ensureStream(
  manager: JetStreamManager,
  wanted: WantedStream,
): Promise<StreamInfo> {
  const what = `make the stream ${wanted.name}`;
  try {
    const info = (await streamInfo(manager, wanted.name)) ?? (await makeStream(manager, wanted));
    checkStream(info.config, wanted);
    return info;
  } catch (error) {
    throw natsError(error, what);
  }
}

async function streamInfo(
  manager: JetStreamManager,
  name: string,
): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (isApiError(error, 'stream-not-found')) return undefined;
    throw error;
  }
}

/** Somebody else may have made it just now: then theirs is checked. */
async function makeStream(manager: JetStreamManager, wanted: WantedStream): Promise<StreamInfo> {
  try {
    const config = { name: wanted.name, ...wanted.fixed, ...wanted.initial };
    return await manager.streams.add(config);
  } catch (error) {
    const theirs = await streamInfo(manager, wanted.name);
    if (theirs === undefined) throw error;
    return theirs;
  }
}

function checkStream(found: StreamConfig, { name, fixed }: WantedStream): void {
  const differences = differencesOf(found, fixed);
  if (differences.length === 0) return;
  const text = [
    `the stream ${name} exists with another configuration (${differences.join('; ')}):`,
    'give this farm another name, or change or remove the stream',
  ].join('\n');
  throw new StageyardError('CONFIG_INVALID', text, { context: { stream: name } });
}

/** `field is X, needed is Y` for each difference. Absent and zero are the same to the server. */
export function differencesOf(found: object, wanted: object): string[] {
  const stored = new Map(Object.entries(found));
  return Object.entries(wanted).flatMap(([field, value]) => {
    const [is, needed] = [JSON.stringify(stored.get(field) ?? 0), JSON.stringify(value ?? 0)];
    return is === needed ? [] : [`${field} is ${is}, needed is ${needed}`];
  });
}
