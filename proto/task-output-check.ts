/** Checks of what a task leaves (task-output.ts). */
import { checkRecord, checkRunExports } from './conda/record-check.ts';
import type {
  ExportedBy,
  FinalizedDependency,
  FinalizedRun,
  LockedEnvironment,
  LockedEnvironments,
} from './environment.ts';
import { inputKey } from './ids.ts';
import {
  type Check,
  exactly,
  jsonNumber,
  listOf,
  mapOf,
  objectOf,
  oneOfKinds,
  oneOfMembers,
  optional,
  orNull,
} from './json-check.ts';
import {
  jsonBlobRef,
  jsonChoice,
  jsonCount,
  jsonDigest,
  jsonFlag,
  jsonId,
  jsonText,
} from './json-shape.ts';
import {
  type Attribution,
  ATTRIBUTION_ORIGINS,
  type BinaryLinks,
  type Finding,
  FINDING_KINDS,
  type LinkReport,
} from './link-report.ts';
import type { Provenance } from './provenance.ts';
import type {
  AttemptMeasures,
  PackageOutput,
  StageOutput,
  TaskOutput,
  TestOutput,
} from './task-output.ts';
import { checkRevision } from './task-spec-check.ts';
import type { HostTool, WorkerIdentity } from './worker-identity.ts';

const texts = listOf(jsonText);

type Tagged<K extends string> = Extract<FinalizedDependency, Readonly<Record<K, string>>>;

const dependencies: Check<readonly FinalizedDependency[]> = listOf(
  oneOfMembers<FinalizedDependency>({
    source: objectOf<Tagged<'source'>>({ source: jsonText, spec: jsonText }),
    variant: objectOf<Tagged<'variant'>>({ variant: jsonText, spec: jsonText }),
    pin_subpackage: objectOf<Tagged<'pin_subpackage'>>({
      pin_subpackage: jsonText,
      spec: jsonText,
    }),
    pin_compatible: objectOf<Tagged<'pin_compatible'>>({
      pin_compatible: jsonText,
      spec: jsonText,
    }),
    run_export: objectOf<Tagged<'run_export'>>({
      run_export: jsonText,
      from: jsonChoice(['build', 'host', 'staging']),
      spec: jsonText,
    }),
  }),
);

const environment = objectOf<LockedEnvironment>({
  platform: jsonText,
  specs: dependencies,
  resolved: listOf(checkRecord),
});

const environments = objectOf<LockedEnvironments>({
  build: orNull(environment),
  host: environment,
  exports: listOf(
    objectOf<ExportedBy>({
      package: jsonText,
      from: jsonChoice(['build', 'host']),
      exports: checkRunExports,
    }),
  ),
});

/** Something to know about a package. */
export const checkFinding: Check<Finding> = objectOf<Finding>({
  kind: jsonChoice(FINDING_KINDS),
  severity: jsonChoice(['error', 'warning', 'info']),
  message: jsonText,
  remedy: optional(jsonText),
  binary: optional(jsonText),
  library: optional(jsonText),
});

const linkReport = objectOf<LinkReport>({
  binaries: listOf(
    objectOf<BinaryLinks>({
      path: jsonText,
      format: jsonChoice(['elf', 'mach-o', 'pe']),
      libraries: listOf(
        objectOf<Attribution>({
          library: jsonText,
          origin: jsonChoice([...ATTRIBUTION_ORIGINS, 'unknown']),
          provider: optional(
            objectOf<NonNullable<Attribution['provider']>>({
              name: jsonText,
              version: jsonText,
              build: optional(jsonText),
            }),
          ),
          explanation: jsonText,
          candidates: optional(texts),
        }),
      ),
    }),
  ),
  findings: listOf(checkFinding),
});

const provenance = objectOf<Provenance>({
  revision: optional(checkRevision),
  recipe: jsonDigest,
  pathSources: mapOf(jsonDigest),
  snapshots: listOf(jsonDigest),
  environments: objectOf<Provenance['environments']>({
    build: orNull(jsonDigest),
    host: jsonDigest,
  }),
  worker: objectOf<WorkerIdentity>({
    system: jsonText,
    distribution: jsonText,
    cLibrary: jsonText,
    tools: listOf(objectOf<HostTool>({ name: jsonText, path: jsonText, version: jsonText })),
    imageDigest: optional(jsonText),
  }),
});

const common = {
  schema: exactly(1),
  exactKey: jsonId(inputKey),
  builtAtMs: jsonNumber,
  measures: objectOf<AttemptMeasures>({
    // Less than nothing where the clock was set back meanwhile.
    wallMs: jsonNumber,
    scriptMs: jsonNumber,
    peakMemoryBytes: optional(jsonCount),
    diskBytes: optional(jsonCount),
  }),
  findings: listOf(checkFinding),
};

/** Result of any task. */
export const checkTaskOutput: Check<TaskOutput> = oneOfKinds<TaskOutput>({
  stage: objectOf<StageOutput>({
    ...common,
    kind: exactly('stage'),
    stagingName: jsonText,
    manifest: jsonBlobRef,
    provenance: optional(provenance),
    prefixFileCount: jsonCount,
    workFileCount: jsonCount,
    snapshotSizeBytes: jsonCount,
  }),
  package: objectOf<PackageOutput>({
    ...common,
    kind: exactly('package'),
    record: checkRecord,
    artifact: jsonBlobRef,
    provenance: optional(provenance),
    files: texts,
    sizeBytes: jsonCount,
    linkReport,
    run: objectOf<FinalizedRun>({ depends: dependencies, constraints: dependencies }),
    environments,
    irreproducibleBecause: optional(jsonText),
  }),
  test: objectOf<TestOutput>({
    ...common,
    kind: exactly('test'),
    tests: listOf(
      objectOf<TestOutput['tests'][number]>({
        index: jsonCount,
        kind: jsonText,
        passed: jsonFlag,
        message: optional(jsonText),
      }),
    ),
  }),
});
