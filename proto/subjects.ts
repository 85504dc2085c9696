/**
 * Names of everything that a farm keeps in NATS. Several farms share a server by their names: streams
 * are `FARM-…`, subjects `FARM.…`. Task and run are in the message, not in the subject of a queue: a
 * subject for each task costs memory and restart time on the server.
 */
import type { QueueName } from './ports/bus.ts';

const FARM = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** Tokens of ids have up to three times their 255 characters; NATS bounds a subject by its control line. */
const TOKEN_CHARACTERS_MAX = 800;

/** Stream, consumer and subject names of one farm. */
export interface FarmNames {
  readonly farm: string;
  /** Work queue of offers. */
  readonly tasksStream: string;
  readonly tasksSubjects: string;
  readonly taskSubject: (queue: QueueName) => string;
  /** Durable consumer of one queue. */
  readonly taskConsumer: (queue: QueueName) => string;
  /** Workers' news. */
  readonly eventsStream: string;
  readonly eventsSubjects: string;
  readonly eventSubject: (publisher: string) => string;
  /** The one durable consumer of all events. */
  readonly eventsConsumer: string;
  /** What couldn't be read. */
  readonly deadStream: string;
  readonly deadSubjects: string;
  readonly deadSubject: (source: string) => string;
  /** One journal a stream. */
  readonly journalStream: (journal: string) => string;
  readonly journalSubject: (journal: string) => string;
  /** The newest snapshot of a journal's state. */
  readonly journalSnapshotSubject: (journal: string) => string;
  readonly journalSnapshotStream: (journal: string) => string;
  /** Last values: how each run stands, which pools there are, who leads. */
  readonly registerStream: string;
  readonly registerSubjects: string;
  readonly standingSubject: (run: string) => string;
  readonly poolsSubject: string;
  readonly leaderSubject: string;
  /** Which streams the coordinator found when it began. */
  readonly queuesSubject: string;
  /** Requests to one address: a worker, or the coordinator of a run. */
  readonly controlSubject: (address: string) => string;
  readonly presenceSubject: (worker: string) => string;
  readonly presenceSubjects: string;
  readonly logSubject: (run: string, task: string) => string;
  readonly logSubjects: (run: string) => string;
}

/** Names of a farm. Throws `RangeError` unless the name is `[a-z0-9-]`, at most 40 characters. */
export function farmNames(farm: string): FarmNames {
  if (!FARM.test(farm)) {
    throw new RangeError(`not a farm's name: ${JSON.stringify(farm.slice(0, 80))}`);
  }
  const token = subjectToken;
  return {
    farm,
    tasksStream: `${farm}-tasks`,
    tasksSubjects: `${farm}.task.>`,
    taskSubject: ({ pool, lane }) => `${farm}.task.${token(pool)}.${lane}`,
    taskConsumer: ({ pool, lane }) => `${token(pool)}_${lane}`,
    eventsStream: `${farm}-events`,
    eventsSubjects: `${farm}.event.>`,
    eventSubject: (publisher) => `${farm}.event.${token(publisher)}`,
    eventsConsumer: 'coordinator',
    deadStream: `${farm}-dead`,
    deadSubjects: `${farm}.dead.>`,
    deadSubject: (source) => `${farm}.dead.${token(source)}`,
    journalStream: (journal) => `${farm}-journal-${token(journal)}`,
    journalSubject: (journal) => `${farm}.journal.${token(journal)}`,
    journalSnapshotSubject: (journal) => `${farm}.journal-snapshot.${token(journal)}`,
    journalSnapshotStream: (journal) => `${farm}-journal-snapshot-${token(journal)}`,
    registerStream: `${farm}-register`,
    registerSubjects: `${farm}.register.>`,
    standingSubject: (run) => `${farm}.register.run.${token(run)}`,
    poolsSubject: `${farm}.register.pools`,
    leaderSubject: `${farm}.register.leader`,
    queuesSubject: `${farm}.register.queues`,
    controlSubject: (address) => `${farm}.control.${token(address)}`,
    presenceSubject: (worker) => `${farm}.presence.${token(worker)}`,
    presenceSubjects: `${farm}.presence.*`,
    logSubject: (run, task) => `${farm}.log.${token(run)}.${token(task)}`,
    logSubjects: (run) => `${farm}.log.${token(run)}.*`,
  };
}

/**
 * Any text as one subject token; `=` escapes make it reversible. Throws `RangeError` on empty or very long
 * text, `URIError` on half a surrogate pair.
 */
export function subjectToken(text: string): string {
  const token = encodeURIComponent(text)
    .replace(/[.!~*'()]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => `=${hex.toLowerCase()}`);
  if (token === '' || token.length > TOKEN_CHARACTERS_MAX) {
    throw new RangeError(`a name of ${token.length} characters can't be part of a subject`);
  }
  return token;
}

/** The text of a token, undefined when it is none of {@link subjectToken}'s. */
export function textOfToken(token: string): string | undefined {
  if (!/^([A-Za-z0-9_-]|=[0-9a-f]{2})+$/.test(token)) return undefined;
  try {
    const text = decodeURIComponent(token.replaceAll('=', '%'));
    return subjectToken(text) === token ? text : undefined;
  } catch (error) {
    if (error instanceof URIError || error instanceof RangeError) return undefined;
    throw error;
  }
}
