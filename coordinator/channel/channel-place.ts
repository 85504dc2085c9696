/** Where a channel is: a directory, or a part of a bucket. What a publisher needs of it, and no more. */
import type { BlobRef } from '#proto/digest.ts';

/** A package file of a subdir. */
export interface ChannelFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** By the clock of the place, as that of the index. */
  readonly modifiedMs: number;
}

/** What is in a subdir. */
export interface SubdirContent {
  readonly packages: readonly ChannelFile[];
  /** Absent in a new subdir. */
  readonly index?: { readonly text: string; readonly modifiedMs: number };
}

/** A file of a channel: `linux-64` and `a-1.0-0.conda`; or `broken`. */
export interface ChannelPath {
  readonly folder: string;
  readonly fn: string;
}

/** See the file's head. Its methods reject with `StageyardError` or the system's errors. */
export interface ChannelPlace {
  /** For messages: a path or a URL. */
  readonly name: string;
  /**
   * Runs a step while no other publisher is at work here. A place that finds out that another one took over meanwhile
   * runs the step again from its beginning: doing it twice must be harmless.
   */
  alone<T>(step: () => Promise<T>): Promise<T>;
  /** Makes the subdir where it is missing. */
  contentOf(subdir: string): Promise<SubdirContent>;
  /** Gives a file's bytes at a local path that must not be written to and is valid during `use` only. */
  withFile<T>(path: ChannelPath, use: (localPath: string) => Promise<T>): Promise<T>;
  /** Puts a package in place, whole or not at all; replaces what is there. */
  put(path: ChannelPath, blob: BlobRef): Promise<void>;
  /** Replaces the index at once, durably. */
  writeIndex(subdir: string, text: string): Promise<void>;
  /** Removes other tools' forms of the index. */
  dropFiles(subdir: string, names: readonly string[]): Promise<void>;
}
