/** What a finished task leaves: JSON stored as a blob, named by the exact key in the result index. */
import type { RepodataRecord } from './conda/package-record.ts';
import type { BlobRef } from './digest.ts';
import type { FinalizedRun, LockedEnvironments } from './environment.ts';
import type { InputKey } from './ids.ts';
import type { Finding, LinkReport } from './link-report.ts';
import type { Provenance } from './provenance.ts';

/** Largest values so far; absent where they couldn't be measured. */
export interface ResourceUse {
  /**
   * Resident memory of all processes of a script's process group at once, sampled. Pages that several of
   * them share count for each.
   */
  readonly peakMemoryBytes?: number;
  /** Space that the build place took, as `du` counts it, files linked from caches included. */
  readonly diskBytes?: number;
}

/** The larger of each number. */
export function largestUse(one: ResourceUse, other: ResourceUse): ResourceUse {
  const larger = (key: keyof ResourceUse): ResourceUse => {
    const values = [one[key], other[key]].filter((value) => value !== undefined);
    return values.length === 0 ? {} : { [key]: Math.max(...values) };
  };
  return { ...larger('peakMemoryBytes'), ...larger('diskBytes') };
}

/** Measured on the worker. */
export interface AttemptMeasures extends ResourceUse {
  readonly wallMs: number;
  /** Of that, time in which the script itself ran. */
  readonly scriptMs: number;
}

interface TaskOutputCommon {
  readonly schema: 1;
  readonly exactKey: InputKey;
  /** When it was made: what a later run that reuses it says. */
  readonly builtAtMs: number;
  readonly measures: AttemptMeasures;
  readonly findings: readonly Finding[];
}

/** Result of a stage task. */
export interface StageOutput extends TaskOutputCommon {
  readonly kind: 'stage';
  readonly stagingName: string;
  readonly manifest: BlobRef;
  /** Absent in results of the first version, as in {@link PackageOutput}. */
  readonly provenance?: Provenance;
  readonly prefixFileCount: number;
  readonly workFileCount: number;
  readonly snapshotSizeBytes: number;
}

/** Result of a package task. */
export interface PackageOutput extends TaskOutputCommon {
  readonly kind: 'package';
  readonly record: RepodataRecord;
  readonly artifact: BlobRef;
  readonly provenance?: Provenance;
  /** Prefix files, sorted by bytes. */
  readonly files: readonly string[];
  readonly sizeBytes: number;
  readonly linkReport: LinkReport;
  readonly run: FinalizedRun;
  readonly environments: LockedEnvironments;
  /** Why the package can't be reproduced byte for byte, if so. */
  readonly irreproducibleBecause?: string;
}

/** Result of a test task. */
export interface TestOutput extends TaskOutputCommon {
  readonly kind: 'test';
  readonly tests: readonly {
    readonly index: number;
    readonly kind: string;
    readonly passed: boolean;
    readonly message?: string;
  }[];
}

/** Result of any task. */
export type TaskOutput = StageOutput | PackageOutput | TestOutput;
