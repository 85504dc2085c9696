/** Environments as specified and as locked (spec 3.6, 3.8). Plain JSON. */
import type { RepodataRecord, RunExportsJson } from './conda/package-record.ts';

/** A finalized requirement, tagged by where it came from. `spec` is the canonical match spec used. */
export type FinalizedDependency =
  | { readonly source: string; readonly spec: string }
  | { readonly variant: string; readonly spec: string }
  | { readonly pin_subpackage: string; readonly spec: string }
  | { readonly pin_compatible: string; readonly spec: string }
  | {
      readonly run_export: string;
      readonly from: 'build' | 'host' | 'staging';
      readonly spec: string;
    };

/** A solved environment: `resolved` is sorted by name. */
export interface LockedEnvironment {
  readonly platform: string;
  readonly specs: readonly FinalizedDependency[];
  readonly resolved: readonly RepodataRecord[];
}

/** Run exports of one direct requirement, unfiltered, with their exporter (for inheritors to filter). */
export interface ExportedBy {
  /** Name of the exporting package. */
  readonly package: string;
  readonly from: 'build' | 'host';
  readonly exports: RunExportsJson;
}

/** Both environments of an output or staging output. `build` is null when merged into host. */
export interface LockedEnvironments {
  readonly build: LockedEnvironment | null;
  readonly host: LockedEnvironment;
  readonly exports: readonly ExportedBy[];
}

/** Run dependencies of a package as written to index.json (spec 3.8). */
export interface FinalizedRun {
  readonly depends: readonly FinalizedDependency[];
  readonly constraints: readonly FinalizedDependency[];
}
