/** Announcements of workers: views to bytes and back (see worker.proto). */
import { compareBytes } from '../byte-order.ts';
import { runId, taskId, workerId } from '../ids.ts';
import type { HostTool, WorkerIdentity } from '../worker-identity.ts';
import type { RunningAttempt, WorkerAnnouncement } from '../worker-messages.ts';
import { stageyard } from './generated/messages.js';
import { taskKinds } from './task-kinds.ts';
import {
  boundedMessage,
  countOf,
  invalidField,
  keptUnknowns,
  nonEmpty,
  present,
  readMessage,
  restoredUnknowns,
  shortened,
} from './wire.ts';

const { WorkerAnnouncement: WireAnnouncement } = stageyard.v1;

const ANNOUNCEMENT_SIZE_BYTES_MAX = 384 * 1024;
const RUNNING_MAX = 256;
const LABELS_MAX = 64;
const SECRET_NAMES_MAX = 256;
const TOOLS_MAX = 64;
const PROTOCOL_VERSIONS_MAX = 64;
const TITLE_LENGTH_MAX = 120;
const TEXT_LENGTH_MAX = 512;

/**
 * Bytes of an announcement. Texts for people and what runs are shortened to their bounds; throws
 * `MESSAGE_INVALID` for what no reader would accept.
 */
export function encodeWorkerAnnouncement(announcement: WorkerAnnouncement): Uint8Array {
  const { unknownFields, identity, running, worker, ...plain } = announcement;
  const wire = {
    ...plain,
    worker,
    identity: wireIdentity(identity),
    slots: countOf('slots', plain.slots),
    running: running.slice(0, RUNNING_MAX).map(wireRunning),
    memoryBytes: countOf('memory_bytes', plain.memoryBytes),
    freeDiskBytes: countOf('free_disk_bytes', plain.freeDiskBytes),
    labels: texts('labels', plain.labels, LABELS_MAX),
    secretNames: texts('secret_names', plain.secretNames, SECRET_NAMES_MAX),
    protocolVersions: [...plain.protocolVersions],
    ...restoredUnknowns(unknownFields),
  };
  const bytes = WireAnnouncement.encode(wire).finish();
  return boundedMessage('worker announcement', bytes, ANNOUNCEMENT_SIZE_BYTES_MAX);
}

/** The announcement in foreign bytes. Throws `MESSAGE_INVALID` and nothing else. */
export function decodeWorkerAnnouncement(body: Uint8Array): WorkerAnnouncement {
  return readMessage(body, {
    name: 'worker announcement',
    sizeBytesMax: ANNOUNCEMENT_SIZE_BYTES_MAX,
    decode: (reader) => WireAnnouncement.decode(reader),
    view: viewAnnouncement,
  });
}

function viewAnnouncement(wire: InstanceType<typeof WireAnnouncement>): WorkerAnnouncement {
  return {
    protocolVersion: protocolVersion(wire.protocolVersion),
    protocolVersions: protocolVersions(wire.protocolVersions),
    worker: workerId(wire.worker),
    identity: viewIdentity(present('identity', wire.identity)),
    platform: text('platform', nonEmpty('platform', wire.platform)),
    labels: texts('labels', wire.labels, LABELS_MAX),
    secretNames: texts('secret_names', wire.secretNames, SECRET_NAMES_MAX),
    slots: wire.slots,
    running: bounded('running', wire.running, RUNNING_MAX).map(viewRunning),
    memoryBytes: countOf('memory_bytes', wire.memoryBytes),
    freeDiskBytes: countOf('free_disk_bytes', wire.freeDiskBytes),
    version: text('version', wire.version),
    isDraining: wire.isDraining,
    isSick: wire.isSick,
    ...keptUnknowns(wire),
  };
}

function protocolVersion(version: number): number {
  if (version < 1) throw invalidField('protocol_version', 'missing');
  return version;
}

/** The first version didn't say which ones it speaks. */
function protocolVersions(versions: readonly number[]): readonly number[] {
  if (versions.length === 0) return [1];
  const list = bounded('protocol_versions', versions, PROTOCOL_VERSIONS_MAX);
  return [...new Set(list.map(protocolVersion))].toSorted((left, right) => left - right);
}

function wireIdentity(identity: WorkerIdentity): stageyard.v1.WorkerIdentity.$Properties {
  const { imageDigest, tools, ...plain } = identity;
  const image = imageDigest === undefined ? {} : { imageDigest };
  return { ...plain, ...image, tools: bounded('tools', tools, TOOLS_MAX).map(wireTool) };
}

function wireTool({ name, path, version }: HostTool): HostTool {
  const brief = (value: string): string => shortened(value, TEXT_LENGTH_MAX);
  return { name, path: brief(path), version: brief(version) };
}

function viewIdentity(wire: stageyard.v1.WorkerIdentity.$Properties): WorkerIdentity {
  const tools = bounded('tools', wire.tools ?? [], TOOLS_MAX).map((tool) => ({
    name: text('tool', nonEmpty('tool', tool.name)),
    path: text('tool', tool.path),
    version: text('tool', tool.version),
  }));
  const imageDigest = text('image_digest', wire.imageDigest);
  return {
    system: text('system', wire.system),
    distribution: text('distribution', wire.distribution),
    cLibrary: text('c_library', wire.cLibrary),
    tools: tools.toSorted((left, right) => compareBytes(left.name, right.name)),
    ...(imageDigest === '' ? {} : { imageDigest }),
  };
}

function wireRunning(attempt: RunningAttempt): stageyard.v1.RunningAttempt.$Properties {
  return {
    run: attempt.run,
    generation: countOf('generation', attempt.generation),
    task: attempt.task,
    epoch: countOf('epoch', attempt.epoch),
    kind: taskKinds.toWire(attempt.kind),
    title: shortened(attempt.title, TITLE_LENGTH_MAX),
  };
}

function viewRunning(wire: stageyard.v1.RunningAttempt.$Properties): RunningAttempt {
  return {
    run: runId(wire.run ?? ''),
    generation: countOf('generation', wire.generation),
    task: taskId(wire.task ?? ''),
    epoch: countOf('epoch', wire.epoch),
    kind: taskKinds.toView('kind', wire.kind),
    title: text('title', wire.title),
  };
}

function bounded<T>(field: string, list: readonly T[], lengthMax: number): readonly T[] {
  if (list.length > lengthMax) throw invalidField(field, `more than ${lengthMax} entries`);
  return list;
}

function text(field: string, value: string | null | undefined): string {
  const known = value ?? '';
  if (known.length > TEXT_LENGTH_MAX) throw invalidField(field, 'too long');
  return known;
}

/** Sorted, each once. */
function texts(field: string, list: readonly string[], lengthMax: number): string[] {
  const checked = bounded(field, list, lengthMax).map((value) =>
    text(field, nonEmpty(field, value)),
  );
  return [...new Set(checked)].toSorted(compareBytes);
}
