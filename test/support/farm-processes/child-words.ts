/** What a test tells the processes of its farm, and what they tell it: one JSON object each way and line. */
import { writeSync } from 'node:fs';
import type { S3Place } from '#proto/adapters/s3-calls.ts';

/** Where everything is. */
export interface FarmPlace {
  /** Names streams and queues: farms on one server don't see each other. */
  readonly farm: string;
  readonly nats: string;
  readonly s3: S3Place;
  /** Time after which an unextended delivery goes to somebody else. */
  readonly leaseMs: number;
}

/** For a coordinator. */
export interface CoordinatorWish extends FarmPlace {
  /** File with the plan, as the journal's first entry has it. */
  readonly planPath: string;
  /** Where packages go. */
  readonly channelDir: string;
  readonly logPath: string;
  /** Kills itself after having stored this many entries. */
  readonly diesAfterEntries?: number;
  /** Every offer is queued twice. */
  readonly offersTwice?: boolean;
}

/** For a worker. */
export interface WorkerWish extends FarmPlace {
  readonly name: string;
  readonly slots: number;
  /** Caches and logs. */
  readonly directory: string;
  readonly buildRoot: string;
  /** Results that all workers of the machine share. */
  readonly resultsPath: string;
  /** Kills itself when it comes to the first of these. */
  readonly diesAt: readonly string[];
  /** Acknowledgements of finished work wait this long. */
  readonly acksLateMs?: number;
}

/** What a process says. */
export type Saying =
  | { readonly event: 'ready' }
  | { readonly event: 'dying'; readonly at: string }
  | {
      readonly event: 'task';
      readonly what: string;
      readonly task: string;
      readonly epoch: number;
      readonly worker: string | null;
    }
  | {
      readonly event: 'working';
      readonly task: string;
      readonly epoch: number;
      readonly phase: string;
    }
  | { readonly event: 'acknowledged'; readonly deliveryCount: number }
  | { readonly event: 'finished'; readonly outcome: string }
  | { readonly event: 'ended'; readonly code: string; readonly message: string };

/** The wish in the only word of the command line. */
export function wishOf<T>(): T {
  const wish: T = JSON.parse(process.argv[2] ?? '{}');
  return wish;
}

/** Written when it returns: what is said before a kill is heard. */
export function say(saying: Saying): void {
  writeSync(1, `${JSON.stringify(saying)}\n`);
}

/** As `kill -9`, at a place of our choice. */
export function die(at: string): void {
  say({ event: 'dying', at });
  process.kill(process.pid, 'SIGKILL');
}
