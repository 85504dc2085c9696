/** From nodes to tasks: static keys in order, readable ids, and the specification that workers get. */
import { canonicalJson } from '#proto/canonical-json.ts';
import type { ErrorData } from '#proto/errors.ts';
import { type InputKey, runId, type TaskId, taskId } from '#proto/ids.ts';
import type { Platforms } from '#proto/recipe/recipe.ts';
import { ok, type Result } from '#proto/result.ts';
import type { TaskSpec } from '#proto/task-spec.ts';
import type { PlanNodes } from './plan-edges.ts';
import type { PlanInput, PlannedTask, PlanRecipe } from './plan.ts';
import type { PlacedOutput } from './sibling-index.ts';
import { RecipeSiblings, type Siblings } from './sibling-outputs.ts';
import type { PlacedStaging } from './staging-tasks.ts';
import { packageKey, stageKey, testKey } from './static-key.ts';
import { taskRequests } from './task-requests.ts';

/** Longest readable part of a task id; attempt ids add to it. */
const TITLE_LENGTH_MAX = 190;
/** Stands in the specs until the run has its name, which depends on the keys. */
const UNNAMED_RUN = runId('r0');

/** The settled graph. */
export interface SettledGraph {
  readonly prerequisites: readonly (readonly number[])[];
  readonly order: readonly number[];
}

/** Tasks in plan order; their specs don't name the run yet. */
export function describeTasks(
  input: PlanInput,
  nodes: PlanNodes,
  graph: SettledGraph,
): Result<readonly PlannedTask[], ErrorData> {
  return new TaskWriter(input, nodes, graph).tasks();
}

/** Digest of what a run is to do: equal for equal submissions. */
export function submissionDigest(input: PlanInput, tasks: readonly PlannedTask[]): string {
  const parts = tasks.map(({ id, staticKey, dependsOn }) => [id, staticKey, dependsOn]);
  return input.sha256Hex(
    canonicalJson({ parts, testing: input.testing, rebuild: input.rebuild.toSorted() }),
  );
}

type Subject =
  | { readonly kind: 'stage'; readonly staged: PlacedStaging }
  | {
      readonly kind: 'package' | 'test';
      readonly placed: PlacedOutput;
      readonly recipe: PlanRecipe;
    };

class TaskWriter {
  readonly #input: PlanInput;
  readonly #nodes: PlanNodes;
  readonly #graph: SettledGraph;
  readonly #subjects = new Map<number, Subject>();
  readonly #keys = new Map<number, InputKey>();
  readonly #ids = new Map<number, TaskId>();
  readonly #usedIds = new Set<string>();
  readonly #siblings: readonly RecipeSiblings[];

  constructor(input: PlanInput, nodes: PlanNodes, graph: SettledGraph) {
    this.#input = input;
    this.#nodes = nodes;
    this.#graph = graph;
    this.#siblings = input.recipes.map(
      ({ outputs, allOutputs }) => new RecipeSiblings(allOutputs ?? outputs),
    );
    for (const [node, staged] of nodes.stagings.placed) {
      this.#subjects.set(node, { kind: 'stage', staged });
    }
    for (const placed of nodes.outputs) this.#addOutput(placed);
  }

  #addOutput(placed: PlacedOutput): void {
    const recipe = this.#input.recipes[placed.recipe];
    const packageNode = this.#nodes.packageNodes[placed.index];
    const testNode = this.#nodes.testNodes[placed.index];
    if (recipe === undefined || packageNode === undefined) return;
    this.#subjects.set(packageNode, { kind: 'package', placed, recipe });
    if (testNode !== undefined) this.#subjects.set(testNode, { kind: 'test', placed, recipe });
  }

  tasks(): Result<readonly PlannedTask[], ErrorData> {
    const tasks: PlannedTask[] = [];
    for (const node of this.#graph.order) {
      const subject = this.#subjects.get(node);
      if (subject === undefined) continue;
      const key = this.#key(node, subject);
      if (!key.ok) return key;
      this.#keys.set(node, key.value);
      const id = this.#newId(subject, key.value);
      this.#ids.set(node, id);
      tasks.push(this.#task({ node, subject, id, staticKey: key.value }));
    }
    return ok(tasks);
  }

  #key(node: number, subject: Subject): Result<InputKey, ErrorData> {
    const hard = this.#nodes.graph.hardPrerequisites(node);
    const prerequisites = hard.flatMap((before) => this.#keys.get(before) ?? []);
    if (subject.kind === 'stage') return stageKey(this.#input, subject.staged, prerequisites);
    const { placed, recipe } = subject;
    if (subject.kind === 'test') return ok(testKey(this.#input, placed.output, prerequisites));
    const siblings = this.#siblingsOf(placed).text;
    return packageKey(this.#input, { recipe, output: placed.output, siblings, prerequisites });
  }

  #task(made: { node: number; subject: Subject; id: TaskId; staticKey: InputKey }): PlannedTask {
    const { node, subject, id, staticKey } = made;
    const before = this.#graph.prerequisites[node] ?? [];
    const { host, build } = platformsOf(subject);
    const spec = this.#spec(subject, id, staticKey);
    return {
      id,
      kind: subject.kind,
      title: titleOf(subject),
      platform: subject.kind === 'test' ? host : build,
      dependsOn: before.flatMap((other) => this.#ids.get(other) ?? []),
      staticKey,
      requests: taskRequests(spec, this.#input.labels ?? []),
      spec,
    };
  }

  #spec(subject: Subject, task: TaskId, staticKey: InputKey): TaskSpec {
    const recipe = subject.kind === 'stage' ? subject.staged.recipe : subject.recipe;
    const common = {
      schema: 1 as const,
      run: UNNAMED_RUN,
      task,
      staticKey,
      recipe: recipe.bundle,
      platforms: platformsOf(subject),
      channels: this.#input.channels,
      timestamp: recipe.timestamp,
      settings: this.#input.settings,
      ...(this.#input.rebuild.includes(nameOf(subject)) ? { rebuild: true } : undefined),
    };
    if (subject.kind === 'stage') {
      const { staging, version } = subject.staged;
      return { ...common, kind: 'stage', staging, version };
    }
    const { output, index } = subject.placed;
    if (subject.kind === 'package') {
      return {
        ...common,
        kind: 'package',
        output,
        siblings: this.#siblingsOf(subject.placed).outputs,
      };
    }
    const packageTask = this.#ids.get(this.#nodes.packageNodes[index] ?? -1);
    if (packageTask === undefined) throw new RangeError('a test before its package');
    return { ...common, kind: 'test', output, packageTask };
  }

  #siblingsOf({ recipe, output }: PlacedOutput): Siblings {
    return this.#siblings[recipe]?.of(output) ?? { outputs: [], text: '' };
  }

  /** `package:NAME-VERSION-BUILD`; staging outputs of several variants differ by their key only. */
  #newId(subject: Subject, key: InputKey): TaskId {
    const stem =
      subject.kind === 'stage'
        ? `${subject.staged.staging.name}:${key.slice(0, 8)}`
        : titleOf(subject).replaceAll(' ', '-');
    const safe = `${subject.kind}:${stem.replaceAll(/[^A-Za-z0-9._:#@=+~!-]/g, '_')}`;
    const short = safe.length > TITLE_LENGTH_MAX ? safe.slice(0, TITLE_LENGTH_MAX) : safe;
    const isFree = short === safe && !this.#usedIds.has(short);
    const id = isFree ? short : `${short}@${key.slice(0, 16)}`;
    this.#usedIds.add(id);
    return taskId(id);
  }
}

function nameOf(subject: Subject): string {
  return subject.kind === 'stage' ? subject.staged.staging.name : subject.placed.output.name;
}

function platformsOf(subject: Subject): Platforms {
  return subject.kind === 'stage' ? subject.staged.platforms : subject.placed.output.platforms;
}

function titleOf(subject: Subject): string {
  if (subject.kind === 'stage') return `${subject.staged.staging.name} ${subject.staged.version}`;
  const { name, version, build } = subject.placed.output;
  return `${name} ${version} ${build.string}`;
}
