/** Bounds on what one file may cost. Each is far above what real files need and small for a machine. */

/** First bytes handed over with the call. Headers, and in small files all tables, lie there. */
export const HEAD_BYTES = 4096;

/** Longest single read that the component may ask for; part of the contract in inspect.wit. */
export const READ_BYTES_MAX = 16 << 20;

/** What one file may cost. */
export interface InspectLimits {
  /** Bytes read from one file altogether: by default enough for two tables of the largest size, names, and room. */
  readonly fileBytesReadMax: number;
  /** Reads of one file: by default one for each name that a dynamic table of 1 MiB can hold, and room. */
  readonly fileReadsMax: number;
  /** An instance that has seen more than this of one file is dropped: WebAssembly memory never shrinks. */
  readonly instanceBytesKeptMax: number;
}

/** What holds where nobody asks for another limit. */
export const defaultLimits: InspectLimits = {
  fileBytesReadMax: 96 << 20,
  fileReadsMax: 200_000,
  instanceBytesKeptMax: 4 << 20,
};
