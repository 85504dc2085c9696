/** The answer to "where does this linked library come from", per binary (design: attribution; spec 5.12). Plain JSON. */

/** Where an attribution was known from. */
export type AttributionOrigin = (typeof ATTRIBUTION_ORIGINS)[number];

/** All of them. */
export const ATTRIBUTION_ORIGINS = [
  'on-disk',
  'staging',
  'sibling',
  'system',
  'self',
  'allowlist',
] as const;

/** One needed library of one binary. */
export interface Attribution {
  /** As the binary states it. */
  readonly library: string;
  readonly origin: AttributionOrigin | 'unknown';
  /** Providing package, where one is known. */
  readonly provider?: { readonly name: string; readonly version: string; readonly build?: string };
  /**
   * Why it is fine, or what is known besides, in a few words for people: `sibling output, run dependency`,
   * `staging (host requirement of calculator-build), run dependency by run export`, `system (no sysroot)`.
   */
  readonly explanation: string;
  /** All providers when several are possible. */
  readonly candidates?: readonly string[];
}

/** All needed libraries of one binary of a package. */
export interface BinaryLinks {
  /** Relative to the prefix. */
  readonly path: string;
  readonly format: 'elf' | 'mach-o' | 'pe';
  readonly libraries: readonly Attribution[];
}

/** What a finding is about. */
export type FindingKind = (typeof FINDING_KINDS)[number];

/** All of them. */
export const FINDING_KINDS = [
  'overlinking',
  'overdepending',
  'ambiguous-library',
  'malformed-binary',
  'rpath-dropped',
  'clobbered-file',
  'unused-staging-file',
  'overlapping-files',
  'unrewritable-path',
  'prefix-not-found',
  'path-warning',
  'not-reproducible',
] as const;

/** Something to know about a package, with what to write in the recipe to mend it. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: 'error' | 'warning' | 'info';
  /** What and where: names package, library and binary. */
  readonly message: string;
  /** The line to add or change in the recipe, e.g. `requirements.run: libadder`. */
  readonly remedy?: string;
  readonly binary?: string;
  readonly library?: string;
}

/** Report of one package. */
export interface LinkReport {
  readonly binaries: readonly BinaryLinks[];
  readonly findings: readonly Finding[];
}
