/** One full sample of each message's view: every field set, so that a forgotten one shows. */
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { sha256Digest } from '#proto/digest.ts';
import type { ExportedBy, LockedEnvironment } from '#proto/environment.ts';
import { attemptId, runId, taskId, workerId } from '#proto/ids.ts';
import type { SnapshotManifest } from '#proto/snapshot.ts';
import type { TaskEvent, TaskEventBody, TaskOffer } from '#proto/task-messages.ts';
import { NO_REQUESTS } from '#proto/task-requests.ts';
import type { WorkerAnnouncement } from '#proto/worker-messages.ts';

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
  requests: NO_REQUESTS,
  trace: 'submission 12',
};

/** An offer that only some workers may take. */
export const sampleDemandingOffer: TaskOffer = {
  ...sampleOffer,
  protocolVersion: 2,
  requests: {
    memoryBytes: 2 ** 34,
    diskBytes: 2 ** 35,
    labels: ['gpu', 'large-disk'],
    secrets: ['SIGNING_KEY'],
  },
};

const eventOf = (sequence: number, body: TaskEventBody): TaskEvent => ({
  ...head,
  protocolVersion: 1,
  worker: workerId('build-7:4711'),
  sequence,
  atMs: 1_760_000_000_123,
  body,
});

/** An announcement of a worker at work. */
export const sampleAnnouncement: WorkerAnnouncement = {
  protocolVersion: 1,
  protocolVersions: [1],
  worker: workerId('build-7:4711'),
  identity: {
    system: 'linux x64',
    distribution: 'debian 12',
    cLibrary: 'glibc 2.36',
    tools: [
      {
        name: 'cc',
        path: '/usr/bin/x86_64-linux-gnu-gcc-12',
        version: 'cc (Debian 12.2.0) 12.2.0',
      },
      { name: 'ld', path: '/usr/bin/x86_64-linux-gnu-ld.bfd', version: '' },
    ],
    imageDigest: `sha256:${'5'.repeat(64)}`,
  },
  platform: 'linux-64',
  labels: ['gpu', 'large-disk'],
  secretNames: ['SIGNING_KEY'],
  slots: 4,
  running: [
    {
      run: head.run,
      generation: head.generation,
      task: head.task,
      epoch: head.epoch,
      kind: 'package',
      title: 'calculator-tools',
    },
  ],
  memoryBytes: 2 ** 36,
  freeDiskBytes: 2 ** 40,
  version: '0.1.0',
  isDraining: true,
  isSick: true,
};

const measures = { wallMs: 5123, scriptMs: 4000 };
const fullMeasures = { ...measures, peakMemoryBytes: 2 ** 33, diskBytes: 0 };

/** Both endings with everything that can be measured. */
export const sampleMeasuredEvents: readonly TaskEvent[] = [
  eventOf(2, {
    kind: 'done',
    output: blob('c', 812),
    log: blob('d', 90_210),
    reused: false,
    measures: fullMeasures,
  }),
  eventOf(2, {
    kind: 'failed',
    class: 'limit',
    code: 'SCRIPT_TIMEOUT',
    message: 'ran for 1 s',
    context: {},
    logTail: [],
    measures: fullMeasures,
  }),
];

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

const zlib: RepodataRecord = {
  name: 'libzlib',
  version: '1.3.1',
  build: 'hb9d3cd8_2',
  build_number: 2,
  subdir: 'linux-64',
  depends: ['__glibc >=2.17,<3.0.a0'],
  constrains: ['zlib 1.3.1 *_2'],
  fn: 'libzlib-1.3.1-hb9d3cd8_2.conda',
  url: 'https://channel.test/linux-64/libzlib-1.3.1-hb9d3cd8_2.conda',
  channel: 'https://channel.test',
  size: 60963,
};

const host: LockedEnvironment = {
  platform: 'linux-64',
  specs: [{ source: 'zlib', spec: 'zlib' }],
  resolved: [zlib],
};

const exported: ExportedBy = {
  package: 'zlib',
  from: 'host',
  exports: { weak: ['libzlib >=1.3.1,<2.0a0'] },
};

/** A snapshot manifest. */
export const sampleManifest: SnapshotManifest = {
  schema: 1,
  stagingName: 'calculator-build',
  variant: { python: '3.12', debug: true, level: 3, nothing: null, target_platform: 'linux-64' },
  prefixPath: '/var/tmp/stageyard/0123456789abcdef/host_env_placehold',
  workPath: '/var/tmp/stageyard/0123456789abcdef/work',
  prefix: {
    blob: blob('e', 1_000_000),
    files: [
      {
        path: 'bin/calculator',
        kind: 'file',
        mode: 0o755,
        sizeBytes: 16_000,
        digest: sha256Digest('1'.repeat(64)),
        occurrences: [
          { of: 'prefix', mode: 'binary', offsets: [0, 512, 8191] },
          { of: 'work', mode: 'text', offsets: [9000] },
        ],
      },
      {
        path: 'lib/libcalculator.so',
        kind: 'symlink',
        mode: 0o777,
        sizeBytes: 0,
        digest: sha256Digest('2'.repeat(64)),
        linkTarget: 'libcalculator.so.1',
        occurrences: [],
      },
    ],
  },
  work: {
    blob: blob('f', 10),
    files: [
      {
        path: 'build',
        kind: 'directory',
        mode: 0o755,
        sizeBytes: 0,
        digest: sha256Digest('2'.repeat(64)),
        occurrences: [],
      },
    ],
  },
  environments: { build: null, host, exports: [exported] },
  sources: [
    {
      kind: 'path',
      path: 'src',
      use_gitignore: true,
      patches: [],
      filter: { include: [], exclude: [] },
    },
  ],
  exports: [exported],
  ignoreRunExports: { byName: ['libfoo'], fromPackage: ['bar'] },
  libraryMap: {
    version: 2,
    entries: [
      {
        fileName: 'libz.so.1',
        path: 'lib/libz.so.1',
        soname: 'libz.so.1',
        package: 'libzlib',
        version: '1.3.1',
        build: 'hb9d3cd8_2',
        nature: 'dso-library',
        from: 'host',
      },
      {
        fileName: 'libc.so.6',
        path: 'x86_64-conda-linux-gnu/sysroot/lib64/libc.so.6',
        package: 'sysroot_linux-64',
        version: '2.17',
        build: 'h0157908_18',
        nature: 'non-library',
        from: 'sysroot',
      },
    ],
    hasSysroot: true,
  },
  unrewritable: ['share/doc/calculator.html.gz'],
};
