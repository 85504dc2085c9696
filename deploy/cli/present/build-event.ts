/** What a viewer of a build is told: one closed union for the live view, plain lines and `--json`. Plain JSON throughout. */
import type { Finding } from '#proto/link-report.ts';
import type { RunSummary } from './summary.ts';

/** Kind of a task. */
export type TaskKind = 'stage' | 'package' | 'test';

/** Tasks that wait for the same reason. */
export interface ReasonShown {
  /** Of the closed set of reasons. */
  readonly kind: string;
  readonly text: string;
  readonly tasks: readonly string[];
  /** Nobody comes by itself to change it. */
  readonly isStuck: boolean;
}

interface AboutTask {
  readonly task: string;
}

/** One event. `atMs` is the wall clock. */
export type BuildEvent = { readonly atMs: number } & (
  | {
      readonly event: 'run-planned';
      readonly run: string;
      readonly slots: number;
      readonly threadsPerSlot: number;
      /** Address of the farm; absent when it is built in this process. */
      readonly farm?: string;
      readonly tasks: readonly {
        readonly task: string;
        readonly kind: TaskKind;
        readonly title: string;
      }[];
    }
  | { readonly event: 'run-resumed'; readonly run: string; readonly finishedTasks: number }
  | ({
      readonly event: 'task-started';
      readonly kind: TaskKind;
      readonly title: string;
      readonly attempt: number;
    } & AboutTask)
  | ({ readonly event: 'task-phase'; readonly phase: string; readonly detail?: string } & AboutTask)
  | ({ readonly event: 'task-line'; readonly text: string } & AboutTask)
  | ({
      readonly event: 'task-progress';
      readonly what: string;
      readonly doneBytes: number;
      readonly totalBytes?: number;
    } & AboutTask)
  | ({ readonly event: 'task-notice'; readonly text: string } & AboutTask)
  | ({ readonly event: 'task-finding'; readonly finding: Finding } & AboutTask)
  | ({
      readonly event: 'task-ended';
      readonly state: 'done' | 'failed' | 'blocked' | 'cancelled' | 'retried';
      readonly reused: boolean;
      readonly wallMs: number;
      readonly message?: string;
      /** Of a farm, whose attempt failed. */
      readonly worker?: string;
    } & AboutTask)
  /** Why tasks wait, when that has changed; those that only wait for other tasks are left out. */
  | { readonly event: 'waiting'; readonly reasons: readonly ReasonShown[] }
  | { readonly event: 'published'; readonly title: string }
  | { readonly event: 'notice'; readonly text: string }
  | { readonly event: 'summary'; readonly summary: RunSummary; readonly exitCode: number }
);

/** Shows events. `close` restores the terminal; calling it twice is fine. */
export interface BuildView {
  show(event: BuildEvent): void;
  /** Takes back what will change (live lines) until the next event: somebody else writes to the terminal. */
  pause(): void;
  close(): void;
}

/** Where a view writes: `process.stdout` and `process.stderr`, or a test's collector. */
export interface TextSink {
  write(text: string): void;
  /** Columns of the terminal. */
  readonly columns: number;
  readonly rows: number;
}
