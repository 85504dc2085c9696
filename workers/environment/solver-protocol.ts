/** What travels between the process and its solver thread. Plain data only. */
import type { RepodataRecord } from '#proto/conda/package-record.ts';

/** Where the index of one subdir of one channel is to be had; `digest` names its content. */
export type SubdirSource =
  | {
      readonly kind: 'file';
      readonly subdir: string;
      readonly digest: string;
      readonly path: string;
      readonly compression: 'none' | 'zstd';
    }
  | {
      readonly kind: 'records';
      readonly subdir: string;
      readonly digest: string;
      readonly records: readonly RepodataRecord[];
    };

/** One channel as the solver sees it. */
export interface ChannelSource {
  readonly name: string;
  /** Without a trailing slash and without credentials. */
  readonly url: string;
  readonly subdirs: readonly SubdirSource[];
  /** Holds what this run has built, which is never too new for it. */
  readonly isOwn?: boolean;
}

/** A capability of the machine as a package: `__glibc 2.36 0`. */
export interface VirtualPackage {
  readonly name: string;
  readonly version: string;
  readonly build: string;
}

/** One question. Everything that decides the answer is in it. */
export interface SolveQuestion {
  /** Match specs; a `channel::` prefix restricts the name to that channel. */
  readonly specs: readonly string[];
  /** In order of priority. */
  readonly channels: readonly ChannelSource[];
  readonly platform: string;
  readonly virtualPackages: readonly VirtualPackage[];
  readonly channelPriority: 'strict' | 'disabled';
  /** Records with a later timestamp don't exist, but for those of the run itself. */
  readonly excludeNewerMs?: number;
}

/** To the thread. */
export interface SolveRequest {
  readonly id: number;
  readonly question: SolveQuestion;
}

/** From the thread. `retainedBytes`: memory that the thread holds after the solve. */
export type SolveReply =
  | {
      readonly id: number;
      readonly outcome: 'solved';
      readonly records: readonly RepodataRecord[];
      readonly retainedBytes: number;
    }
  /** The solver's explanation, several lines. */
  | {
      readonly id: number;
      readonly outcome: 'unsolvable';
      readonly explanation: string;
      readonly retainedBytes: number;
    }
  /** An index can't be used; `isStale`: its file isn't the one that the question named. */
  | {
      readonly id: number;
      readonly outcome: 'bad-index';
      readonly message: string;
      readonly isStale: boolean;
      readonly retainedBytes: number;
    };
