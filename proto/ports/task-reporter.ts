/** How a running task tells what it does: for live progress and for the log. Never throws, never blocks. */
import type { Finding } from '../link-report.ts';

/** Steps of a task, in order (design 5, item 6). */
export const TASK_STEPS = [
  'sources',
  'solving',
  'waiting',
  'installing',
  'restoring',
  'script',
  'capturing',
  'selecting',
  'relinking',
  'checking',
  'packaging',
  'uploading',
  'testing',
] as const;

/** Which line of a task it is: those of an attempt are counted from 0, and the log that is stored has the same ones. */
export interface LinePlace {
  readonly epoch: number;
  readonly index: number;
}

/** One piece of news. */
export type TaskNews =
  | {
      readonly kind: 'phase';
      readonly phase: (typeof TASK_STEPS)[number];
      readonly detail?: string;
    }
  /** A line of the script's output, masked and with paths replaced. */
  | {
      readonly kind: 'line';
      readonly text: string;
      /** Given on the way out; absent in what older workers send. */
      readonly at?: LinePlace;
    }
  /** Long transfers and unpackings; `totalBytes` absent when unknown. */
  | {
      readonly kind: 'progress';
      readonly what: string;
      readonly doneBytes: number;
      readonly totalBytes?: number;
    }
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'finding'; readonly finding: Finding };

/** See the file's head. */
export interface TaskReporter {
  report(news: TaskNews): void;
}
