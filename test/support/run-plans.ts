/** Small plans and a core that is driven by hand, for tests of decisions. */
import { type BlobRef, sha256Digest } from '#proto/digest.ts';
import type { ErrorCode } from '#proto/error-codes.ts';
import { inputKey, runId, type TaskId, taskId, workerId } from '#proto/ids.ts';
import type { FailureClass, TaskKind } from '#proto/task-messages.ts';
import { NO_REQUESTS } from '#proto/task-requests.ts';
import { emptyState } from '#coordinator/core/apply.ts';
import { decide, type Decision } from '#coordinator/core/decide.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import type { Effect, Input } from '#coordinator/core/inputs.ts';
import { farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunOptions, RunPlan, RunTask } from '#coordinator/core/run-plan.ts';
import type { RunState, TaskState } from '#coordinator/core/state.ts';
import { sha256Hex } from './rendered-outputs.ts';

/** A reference to nothing. */
export const blobOf = (text: string): BlobRef => ({
  digest: sha256Digest(sha256Hex(text)),
  sizeBytes: text.length,
  location: '',
});

/** What a task depends on; with `tests`, it is the test of that package. */
export interface TaskWish {
  readonly after?: readonly string[];
  readonly kind?: TaskKind;
  readonly pool?: string;
  readonly tests?: string;
  readonly estimateMs?: number;
}

/** A plan of tasks by name, in order of mention; stage tasks unless something else is wished. */
export function runPlan(
  wishes: Record<string, TaskWish>,
  options: Partial<RunOptions> = {},
): RunPlan {
  const testOf = new Map(Object.entries(wishes).map(([name, { tests }]) => [tests, name]));
  const tasks = Object.entries(wishes).map(([name, wish]): RunTask => {
    const test = testOf.get(name);
    return {
      id: taskId(name),
      kind:
        wish.kind ?? (wish.tests !== undefined ? 'test' : test === undefined ? 'stage' : 'package'),
      title: name,
      pool: wish.pool ?? 'linux-64',
      dependsOn: [...(wish.tests === undefined ? [] : [wish.tests]), ...(wish.after ?? [])].map(
        taskId,
      ),
      staticKey: inputKey(sha256Hex(name)),
      spec: blobOf(name),
      limits: { wallTimeMs: 3_600_000, silentTimeMs: 600_000, logSizeBytesMax: 1_000_000 },
      requests: NO_REQUESTS,
      estimateMs: wish.estimateMs ?? 0,
      testedBy: test === undefined ? null : taskId(test),
    };
  });
  return {
    run: runId('r1'),
    submissionDigest: sha256Hex(JSON.stringify(wishes)),
    tasks,
    options: { continueOnFailure: false, queueDepth: 2, retry: farmRetryPolicy, ...options },
  };
}

/** A core with its history. Workers are named by the test. */
export class DrivenCore {
  readonly state: RunState = emptyState();
  readonly facts: Fact[] = [];
  nowMs = 1_000_000;

  constructor(plan?: RunPlan) {
    if (plan !== undefined) this.tell({ kind: 'submit', plan });
  }

  tell(input: Input): Decision {
    const decision = decide(this.state, input, this.nowMs);
    this.facts.push(...decision.facts);
    return decision;
  }

  task(name: string): TaskState {
    const task = this.state.tasks.get(taskId(name));
    if (task === undefined) throw new RangeError(`no task ${name}`);
    return task;
  }

  /** Phase of every task. */
  get phases(): Record<string, string> {
    return Object.fromEntries(
      [...this.state.tasks.values()].map(({ plan, phase }) => [plan.id, phase]),
    );
  }

  accept(name: string, worker = 'w1', epoch = this.task(name).epoch): Decision {
    return this.tell({ kind: 'accepted', head: this.head(name, epoch), worker: workerId(worker) });
  }

  finish(name: string, worker = 'w1', epoch = this.task(name).epoch): Decision {
    return this.tell({
      kind: 'done',
      head: this.head(name, epoch),
      worker: workerId(worker),
      output: blobOf(`${name} by ${worker}`),
      exactKey: inputKey(sha256Hex(name)),
      reused: false,
      measures: { wallMs: 1, scriptMs: 1 },
    });
  }

  fail(
    name: string,
    wish: { class?: FailureClass; code?: ErrorCode; epoch?: number; producer?: string } = {},
  ): Decision {
    const context = wish.producer === undefined ? {} : { producer: wish.producer };
    return this.tell({
      kind: 'failed',
      head: this.head(name, wish.epoch ?? this.task(name).epoch),
      worker: workerId('w1'),
      class: wish.class ?? 'user',
      error: { code: wish.code ?? 'SCRIPT_FAILED', message: 'it failed', context },
      logTail: ['last line'],
    });
  }

  /** Accepts and finishes. */
  build(name: string): Decision {
    this.accept(name);
    return this.finish(name);
  }

  head(name: string, epoch: number, generation = this.state.generation) {
    return { run: runId('r1'), generation, task: taskId(name), epoch };
  }
}

/** Effects of one kind, as `kind task`. */
export function effectNames(effects: readonly Effect[], kind: Effect['kind']): string[] {
  return effects
    .filter((effect) => effect.kind === kind)
    .map((effect) => ('task' in effect ? effect.task : effect.kind));
}

/** Ids of tasks that a decision offers. */
export const offered = ({ effects }: Decision): string[] => effectNames(effects, 'offer');

/** A branded id, for comparisons. */
export const id = (name: string): TaskId => taskId(name);
