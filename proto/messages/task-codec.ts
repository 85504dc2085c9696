/** Task offers and task events: views to bytes and back (see task-offer.proto and task-result.proto). */
import type { BlobRef } from '../digest.ts';
import { readErrorCode } from '../error-codes.ts';
import { type ErrorContext, StageyardError } from '../errors.ts';
import { attemptId, runId, taskId, workerId } from '../ids.ts';
import type {
  AttemptHead,
  FailureClass,
  TaskEvent,
  TaskEventBody,
  TaskLimits,
  TaskOffer,
} from '../task-messages.ts';
import { TASK_PROTOCOL_VERSIONS } from '../task-messages.ts';
import type { AttemptMeasures } from '../task-output.ts';
import { nameList, NO_REQUESTS, type TaskRequests } from '../task-requests.ts';
import { stageyard } from './generated/messages.js';
import { taskKinds } from './task-kinds.ts';
import {
  boundedMessage,
  countOf,
  enumTable,
  invalidField,
  keptUnknowns,
  present,
  readMessage,
  restoredUnknowns,
  shortened,
  viewBlobRef,
  viewScalar,
  wireBlobRef,
  wireScalar,
} from './wire.ts';

const { TaskOffer: WireOffer, TaskEvent: WireEvent } = stageyard.v1;

/** Offers stay far below any bus's message limit: specs travel as blobs. */
const OFFER_SIZE_BYTES_MAX = 64 * 1024;
/** NATS refuses messages over 1 MiB by default; the bounds of a failure's texts below stay under this. */
const EVENT_SIZE_BYTES_MAX = 768 * 1024;
const FAILURE_MESSAGE_LENGTH_MAX = 64 * 1024;
const LOG_TAIL_LINES_MAX = 200;
/** UTF-16 units of one line; three bytes each at most in UTF-8. */
const LOG_LINE_LENGTH_MAX = 512;
const CONTEXT_ENTRIES_MAX = 32;
const CONTEXT_TEXT_LENGTH_MAX = 1024;
const SHORT_TEXT_LENGTH_MAX = 4096;
/** Labels or secrets of one task. */
const NAMES_MAX = 256;

const failureClasses = enumTable<FailureClass>({
  user: 1,
  limit: 2,
  infra: 3,
  lost: 4,
  released: 5,
  cancelled: 6,
});

/** Bytes of an offer. Throws `MESSAGE_INVALID` when no reader would accept them. */
export function encodeTaskOffer(offer: TaskOffer): Uint8Array {
  const { protocolVersion, term, kind, spec, inputs, limits, trace, unknownFields } = offer;
  const wire = {
    protocolVersion,
    head: wireHead(offer),
    term: countOf('term', term),
    kind: taskKinds.toWire(kind),
    spec: wireBlobRef(spec),
    inputs: wireBlobRef(inputs),
    limits: {
      wallTimeMs: positive('wall_time_ms', limits.wallTimeMs),
      silentTimeMs: positive('silent_time_ms', limits.silentTimeMs),
      logSizeBytesMax: positive('log_size_bytes_max', limits.logSizeBytesMax),
    },
    trace,
    ...wireRequests(offer.requests),
    ...restoredUnknowns(unknownFields),
  };
  return boundedMessage('task offer', WireOffer.encode(wire).finish(), OFFER_SIZE_BYTES_MAX);
}

/** The offer in foreign bytes. Throws `MESSAGE_INVALID`, and `PROTOCOL_UNKNOWN` for a version that nobody here reads. */
export function decodeTaskOffer(body: Uint8Array): TaskOffer {
  return readMessage(body, {
    name: 'task offer',
    sizeBytesMax: OFFER_SIZE_BYTES_MAX,
    decode: (reader) => WireOffer.decode(reader),
    view: viewOffer,
  });
}

/** Bytes of an event. A failure's texts are shortened to their bounds: news of a failure must arrive. */
export function encodeTaskEvent(event: TaskEvent): Uint8Array {
  const wire = {
    protocolVersion: event.protocolVersion,
    head: wireHead(event),
    worker: event.worker,
    sequence: countOf('sequence', event.sequence),
    atMs: countOf('at_ms', event.atMs),
    ...wireBody(event.body),
    ...restoredUnknowns(event.unknownFields),
  };
  return boundedMessage('task event', WireEvent.encode(wire).finish(), EVENT_SIZE_BYTES_MAX);
}

/** The event in foreign bytes. Throws as {@link decodeTaskOffer}. */
export function decodeTaskEvent(body: Uint8Array): TaskEvent {
  return readMessage(body, {
    name: 'task event',
    sizeBytesMax: EVENT_SIZE_BYTES_MAX,
    decode: (reader) => WireEvent.decode(reader),
    view: viewEvent,
  });
}

function positive(field: string, value: Parameters<typeof countOf>[1]): number {
  const count = countOf(field, value);
  if (count === 0) throw invalidField(field, 'a limit must be above 0');
  return count;
}

function unknownProtocol(version: number): StageyardError {
  const known = TASK_PROTOCOL_VERSIONS.join(', ');
  const text = `the message needs version ${version} of the task protocol; this release of stageyard reads ${known}`;
  return new StageyardError('PROTOCOL_UNKNOWN', text, { context: { version } });
}

function knownVersion(version: number): number {
  if (version < 1) throw invalidField('protocol_version', 'missing');
  if (TASK_PROTOCOL_VERSIONS.includes(version)) return version;
  throw unknownProtocol(version);
}

function wireHead(head: AttemptHead): stageyard.v1.AttemptHead.$Properties {
  const generation = countOf('generation', head.generation);
  const epoch = countOf('epoch', head.epoch);
  return { run: head.run, generation, task: head.task, attempt: head.attempt, epoch };
}

function viewHead(wire: stageyard.v1.AttemptHead.$Properties | null | undefined): AttemptHead {
  const head = present('head', wire);
  return {
    run: runId(head.run ?? ''),
    generation: countOf('generation', head.generation),
    task: taskId(head.task ?? ''),
    attempt: attemptId(head.attempt ?? ''),
    epoch: countOf('epoch', head.epoch),
  };
}

function viewOffer(wire: InstanceType<typeof WireOffer>): TaskOffer {
  // First: the rest of another version's message may be anything.
  const protocolVersion = knownVersion(wire.protocolVersion);
  return {
    ...viewHead(wire.head),
    protocolVersion,
    term: countOf('term', wire.term),
    kind: taskKinds.toView('kind', wire.kind),
    spec: viewBlobRef('spec', wire.spec),
    inputs: viewBlobRef('inputs', wire.inputs),
    limits: viewLimits(present('limits', wire.limits)),
    requests: viewRequests(wire.requests),
    trace: wire.trace,
    ...keptUnknowns(wire),
  };
}

function viewLimits(wire: stageyard.v1.TaskLimits.$Properties): TaskLimits {
  return {
    wallTimeMs: positive('wall_time_ms', wire.wallTimeMs),
    silentTimeMs: positive('silent_time_ms', wire.silentTimeMs),
    logSizeBytesMax: positive('log_size_bytes_max', wire.logSizeBytesMax),
  };
}

/** Nothing at all where nothing is asked, as the first version wrote it. */
function wireRequests(requests: TaskRequests): {
  requests?: stageyard.v1.TaskRequests.$Properties;
} {
  const { memoryBytes, diskBytes, labels, secrets } = requests;
  if (memoryBytes + diskBytes + labels.length + secrets.length === 0) return {};
  return {
    requests: {
      memoryBytes: countOf('memory_bytes', memoryBytes),
      diskBytes: countOf('disk_bytes', diskBytes),
      labels: [...names('labels', labels)],
      secrets: [...names('secrets', secrets)],
    },
  };
}

function viewRequests(
  wire: stageyard.v1.TaskRequests.$Properties | null | undefined,
): TaskRequests {
  if (wire === null || wire === undefined) return NO_REQUESTS;
  return {
    memoryBytes: countOf('memory_bytes', wire.memoryBytes),
    diskBytes: countOf('disk_bytes', wire.diskBytes),
    labels: names('labels', wire.labels ?? []),
    secrets: names('secrets', wire.secrets ?? []),
  };
}

function names(field: string, list: readonly string[]): readonly string[] {
  if (list.length > NAMES_MAX) throw invalidField(field, `more than ${NAMES_MAX} entries`);
  return nameList(list);
}

function wireBody(body: TaskEventBody): stageyard.v1.TaskEvent.$Properties {
  switch (body.kind) {
    case 'accepted':
      return { accepted: {} };
    case 'phase':
      return { phase: { phase: brief(body.phase), detail: brief(body.detail) } };
    case 'done': {
      const { output, reused, measures, log } = body;
      const done = { output: wireBlobRef(output), reused, measures: wireMeasures(measures) };
      return { done: { ...done, ...wireLog(log) } };
    }
    case 'failed':
      return { failed: wireFailure(body) };
  }
}

function wireFailure(
  body: Extract<TaskEventBody, { kind: 'failed' }>,
): stageyard.v1.Failed.$Properties {
  const entries = Object.entries(body.context).slice(0, CONTEXT_ENTRIES_MAX);
  const scalars = entries.map(([key, value]) => [
    shortened(key, CONTEXT_TEXT_LENGTH_MAX),
    wireScalar(typeof value === 'string' ? shortened(value, CONTEXT_TEXT_LENGTH_MAX) : value),
  ]);
  const lines = body.logTail.slice(-LOG_TAIL_LINES_MAX);
  return {
    class: failureClasses.toWire(body.class),
    code: body.code,
    message: shortened(body.message, FAILURE_MESSAGE_LENGTH_MAX),
    context: Object.fromEntries(scalars),
    logTail: lines.map((line) => shortened(line, LOG_LINE_LENGTH_MAX)),
    measures: wireMeasures(body.measures),
    ...wireLog(body.log),
  };
}

function wireLog(log: BlobRef | undefined): { log?: stageyard.v1.BlobRef.$Properties } {
  return log === undefined ? {} : { log: wireBlobRef(log) };
}

function viewLog(wire: stageyard.v1.BlobRef.$Properties | null | undefined): { log?: BlobRef } {
  return wire ? { log: viewBlobRef('log', wire) } : {};
}

function brief(text: string): string {
  return shortened(text, SHORT_TEXT_LENGTH_MAX);
}

function wireMeasures(measures: AttemptMeasures): stageyard.v1.AttemptMeasures.$Properties {
  const { wallMs, scriptMs, peakMemoryBytes, diskBytes } = measures;
  return {
    wallMs: Math.round(wallMs),
    scriptMs: Math.round(scriptMs),
    ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes: Math.round(peakMemoryBytes) }),
    ...(diskBytes === undefined ? {} : { diskBytes: Math.round(diskBytes) }),
  };
}

function viewMeasures(
  wire: stageyard.v1.AttemptMeasures.$Properties | null | undefined,
): AttemptMeasures {
  const { wallMs, scriptMs, peakMemoryBytes, diskBytes } = present('measures', wire);
  const memory = countOf('peak_memory_bytes', peakMemoryBytes);
  return {
    wallMs: countOf('wall_ms', wallMs),
    scriptMs: countOf('script_ms', scriptMs),
    ...(isAbsent(peakMemoryBytes) ? {} : { peakMemoryBytes: memory }),
    ...(isAbsent(diskBytes) ? {} : { diskBytes: countOf('disk_bytes', diskBytes) }),
  };
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function viewEvent(wire: InstanceType<typeof WireEvent>): TaskEvent {
  const protocolVersion = knownVersion(wire.protocolVersion);
  return {
    ...viewHead(wire.head),
    protocolVersion,
    worker: workerId(wire.worker),
    sequence: wire.sequence,
    atMs: countOf('at_ms', wire.atMs),
    body: viewBody(wire),
    ...keptUnknowns(wire),
  };
}

function viewBody(wire: InstanceType<typeof WireEvent>): TaskEventBody {
  if (wire.body === undefined) throw invalidField('body', 'missing');
  switch (wire.body) {
    case 'accepted':
      return { kind: 'accepted' };
    case 'phase':
      return { kind: 'phase', phase: wire.phase?.phase ?? '', detail: wire.phase?.detail ?? '' };
    case 'done': {
      const done = present('done', wire.done);
      const output = viewBlobRef('output', done.output);
      return {
        kind: 'done',
        output,
        reused: done.reused ?? false,
        measures: viewMeasures(done.measures),
        ...viewLog(done.log),
      };
    }
    case 'failed':
      return viewFailure(present('failed', wire.failed));
  }
}

function viewFailure(wire: stageyard.v1.Failed.$Properties): TaskEventBody {
  return {
    kind: 'failed',
    class: failureClasses.toView('class', wire.class),
    code: readErrorCode(wire.code ?? ''),
    message: wire.message ?? '',
    context: viewContext(wire.context ?? {}),
    logTail: wire.logTail ?? [],
    measures: viewMeasures(wire.measures),
    ...viewLog(wire.log),
  };
}

function viewContext(
  wire: Readonly<Record<string, stageyard.v1.ScalarValue.$Properties>>,
): ErrorContext {
  const entries = Object.entries(wire).map(([key, scalar]) => {
    const value = viewScalar(`context.${key}`, scalar);
    if (value === null) throw invalidField(`context.${key}`, 'missing');
    return [key, value] as const;
  });
  return Object.fromEntries(entries);
}
