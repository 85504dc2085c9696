/** One full sample of each message's view: every field set, so that a forgotten one shows. */
import { sha256Digest } from '#proto/digest.ts';
import { attemptId, runId, taskId, workerId } from '#proto/ids.ts';
import type { TaskEvent, TaskEventBody, TaskOffer } from '#proto/task-messages.ts';

const blob = (digit: string, sizeBytes: number) => ({
  digest: sha256Digest(digit.repeat(64)),
  sizeBytes,
  location: '',
});

const head = {
  run: runId('r0123456789abcdef-1'),
  generation: 2,
  task: taskId('package:calculator-tools-1.0.0-h2f6c0de_0'),
  attempt: attemptId('package:calculator-tools-1.0.0-h2f6c0de_0#3'),
  epoch: 3,
};

/** A task offer. */
export const sampleOffer: TaskOffer = {
  ...head,
  protocolVersion: 1,
  term: 7,
  kind: 'package',
  spec: { ...blob('a', 70_000), location: 'blob/k/1' },
  inputs: blob('b', 2 ** 40),
  limits: { wallTimeMs: 3_600_000, silentTimeMs: 600_000, logSizeBytesMax: 64 * 1024 * 1024 },
  trace: 'submission 12',
};

const eventOf = (sequence: number, body: TaskEventBody): TaskEvent => ({
  ...head,
  protocolVersion: 1,
  worker: workerId('build-7:4711'),
  sequence,
  atMs: 1_760_000_000_123,
  body,
});

const measures = { wallMs: 5123, scriptMs: 4000 };

/** A task event of each kind. */
export const sampleEvents: Readonly<Record<TaskEventBody['kind'], TaskEvent>> = {
  accepted: eventOf(0, { kind: 'accepted' }),
  phase: eventOf(1, { kind: 'phase', phase: 'solving', detail: 'host environment' }),
  done: eventOf(2, { kind: 'done', output: blob('c', 812), reused: true, measures }),
  failed: eventOf(2, {
    kind: 'failed',
    class: 'user',
    code: 'SCRIPT_FAILED',
    message: 'build.sh ended with exit code 2',
    context: { exitCode: 2, script: 'build.sh', timedOut: false },
    logTail: ['make: *** [all] Error 2', 'größer als 3 €'],
    log: blob('d', 90_210),
    measures,
  }),
};
