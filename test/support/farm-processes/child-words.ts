/** What a test tells the processes of its farm, and what they tell it: one JSON object each way and line. */
import { writeSync } from 'node:fs';
import { wrapError } from '#proto/errors.ts';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import type { CoordinatorConfig, WorkerConfig } from '#deploy/config/farm-config.ts';

/** For both kinds of process: times of a farm, shortened for a test. */
interface Shortened {
  /** Time after which an unextended delivery goes to somebody else. */
  readonly leaseMs: number;
}

/** For a coordinator. */
export interface CoordinatorWish extends Shortened {
  readonly config: CoordinatorConfig;
  /** Kills itself after having stored this many entries. */
  readonly diesAfterEntries?: number;
  /** Every offer is queued twice. */
  readonly offersTwice?: boolean;
}

/** For a worker. */
export interface WorkerWish extends Shortened {
  readonly config: WorkerConfig;
  /** Kills itself when it comes to the first of these. */
  readonly diesAt: readonly string[];
  /** Acknowledgements of finished work wait this long, and nobody keeps their leases. */
  readonly acksLateMs?: number;
}

/** When something happened to an attempt. */
interface AttemptTime {
  readonly task: string;
  readonly epoch: number;
  readonly atMs: number;
}

/** What an attempt made: adopted, or built by itself. */
export interface MadeResult {
  readonly reused: boolean;
  /** Of the package; null for other tasks. */
  readonly digest: string | null;
}

/** What a process says. */
export type Saying =
  /** What it tells people. */
  | { readonly event: 'said'; readonly line: string }
  | { readonly event: 'dying'; readonly at: string; readonly facts: readonly string[] }
  | {
      readonly event: 'working';
      readonly task: string;
      readonly epoch: number;
      readonly phase: string;
    }
  | { readonly event: 'delivered'; readonly deliveryCount: number }
  | { readonly event: 'acknowledged'; readonly deliveryCount: number }
  /** The work itself, of one attempt. */
  | ({ readonly event: 'begins' } & AttemptTime)
  | ({ readonly event: 'ends'; readonly made: MadeResult | null } & AttemptTime)
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

/** As `kill -9`, at a place of our choice. `facts`: kinds of those that were just stored. */
export function die(at: string, facts: readonly string[] = []): void {
  say({ event: 'dying', at, facts });
  process.kill(process.pid, 'SIGKILL');
}

/** Every bus of this process has other times than a farm's. */
export function shortenLeases(leaseMs: number, hasLeaseThread: boolean): void {
  const connect = NatsBus.connect.bind(NatsBus);
  NatsBus.connect = (options) =>
    connect({
      ...options,
      leaseMs,
      hasLeaseThread: hasLeaseThread && options.hasLeaseThread === true,
    });
}

/** Runs a process of the farm until it is told to end. */
export async function runChild(
  run: (surroundings: {
    readonly signal: AbortSignal;
    readonly say: (line: string) => void;
  }) => Promise<void>,
): Promise<never> {
  const ended = new AbortController();
  process.once('SIGTERM', () => ended.abort());
  try {
    await run({ signal: ended.signal, say: (line) => say({ event: 'said', line }) });
    return process.exit(0);
  } catch (error) {
    const { code, message } = wrapError(error, 'a process of the farm');
    say({ event: 'ended', code, message });
    return process.exit(3);
  }
}
