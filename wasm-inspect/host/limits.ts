/** Bounds on what one file may cost. Each is far above what real files need and small for a machine. */

/** First bytes handed over with the call. Headers, and in small files all tables, lie there. */
export const HEAD_BYTES = 4096;

/** Longest single read that the component may ask for; part of the contract in inspect.wit. */
export const READ_BYTES_MAX = 16 << 20;

/** Bytes read from one file altogether: two tables of the largest size, names, and room. */
export const FILE_BYTES_READ_MAX = 96 << 20;

/** Reads of one file: one for each name that a dynamic table of 1 MiB can hold, and room. */
export const FILE_READS_MAX = 200_000;

/** An instance that has seen more than this of one file is dropped: WebAssembly memory never shrinks. */
export const INSTANCE_BYTES_KEPT_MAX = 4 << 20;
