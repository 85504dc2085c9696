/** What a script may see of the machine besides its environments; plain JSON, part of exact keys. */

/** One tool as found on `PATH`. */
export interface HostTool {
  readonly name: string;
  /** Resolved through links. */
  readonly path: string;
  /** First line of `--version`. */
  readonly version: string;
}

/** Lists are sorted by name. */
export interface WorkerIdentity {
  /** `linux x64`, as Node names them. */
  readonly system: string;
  /** `debian 12`, from os-release; empty where there is none. */
  readonly distribution: string;
  /** `glibc 2.36`; empty elsewhere. */
  readonly cLibrary: string;
  readonly tools: readonly HostTool[];
  /** `sha256:…` of the container image that the worker runs in, where whoever started it said so. */
  readonly imageDigest?: string;
}
