/**
 * From rendered recipes to the DAG of a run.
 *
 *     stage:calculator-build ──> package:calculator-lib ──> test:calculator-lib
 *                          └───> package:calculator-tools ──> test:calculator-tools
 *
 * Edges (hard unless said otherwise): staging → inheritors and staging → staging; build and host
 * requirements, of staging outputs too, and pins that name a sibling (spec 2.7, and CEP 41 for
 * staging); a plain run requirement that names a sibling is soft, and so is what run exports of siblings and
 * siblings in an environment bring along; package → its test, and every
 * package that the test's environment needs from this run → the test.
 */
import type { ErrorData } from '#proto/errors.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import { addPackageEdges, addStagingEdges, addTestEdges, type PlanNodes } from './plan-edges.ts';
import type { Plan, PlanInput, PlannedTask } from './plan.ts';
import { describeTasks, submissionDigest } from './planned-tasks.ts';
import { type PlacedOutput, SiblingIndex } from './sibling-index.ts';
import { StagingNodes } from './staging-tasks.ts';
import { stableOrder, TaskGraph } from './task-graph.ts';

/**
 * Plans a run. Fails with `RECIPE_CYCLE` (naming the outputs), `RECIPE_INVALID` (two outputs that are
 * the same package), `SOURCE_NOT_FOUND` or `USAGE_INVALID` (`--rebuild` of an unknown output).
 */
export function planRun(input: PlanInput): Result<Plan, ErrorData> {
  const outputs = placeOutputs(input);
  const wrong = duplicateOutput(input, outputs) ?? unknownRebuild(input, outputs);
  if (wrong !== undefined) return fail(wrong);
  const nodes = makeNodes(input, outputs);
  const cycle = nodes.graph.hardCycles()[0];
  if (cycle !== undefined) return fail(cycleFailure(nodes, cycle));
  const prerequisites = nodes.graph.settle();
  const described = describeTasks(input, nodes, {
    prerequisites,
    order: stableOrder(prerequisites),
  });
  if (!described.ok) return described;
  const digest = submissionDigest(input, described.value);
  const run = input.runOf(digest);
  const tasks = described.value.map(
    (task): PlannedTask => ({ ...task, spec: { ...task.spec, run } }),
  );
  return ok({ run, submissionDigest: digest, tasks });
}

function placeOutputs(input: PlanInput): readonly PlacedOutput[] {
  return input.recipes
    .flatMap((recipe, index) => recipe.outputs.map((output) => ({ recipe: index, output })))
    .map((placed, index) => ({ ...placed, index }));
}

function makeNodes(input: PlanInput, outputs: readonly PlacedOutput[]): PlanNodes {
  const graph = new TaskGraph();
  const stagings = new StagingNodes(() => graph.addNode(), input.sha256Hex);
  const packageNodes: number[] = [];
  const testNodes: (number | undefined)[] = [];
  for (const { recipe: recipeIndex, output } of outputs) {
    const recipe = input.recipes[recipeIndex];
    const chain = recipe === undefined ? [] : stagings.chain(recipe, recipeIndex, output);
    const node = graph.addNode();
    packageNodes.push(node);
    for (const [position, stage] of chain.entries())
      graph.addHard(stage, chain[position - 1] ?? node);
    testNodes.push(isTested(input, output) ? graph.addNode() : undefined);
  }
  const siblings = new SiblingIndex(outputs);
  const broughtAlong = new Map<number, readonly PlacedOutput[]>();
  const nodes = { graph, stagings, siblings, outputs, packageNodes, testNodes, broughtAlong };
  addStagingEdges(nodes);
  for (const placed of outputs) {
    addPackageEdges(nodes, placed);
    addTestEdges(nodes, placed, testNodes[placed.index]);
  }
  return nodes;
}

function isTested({ testing }: PlanInput, { tests, platforms }: PlacedOutput['output']): boolean {
  if (tests.length === 0 || testing === 'skip') return false;
  return testing === 'native-and-emulated' || platforms.host === platforms.build;
}

function duplicateOutput(
  input: PlanInput,
  outputs: readonly PlacedOutput[],
): ErrorData | undefined {
  const seen = new Map<string, PlacedOutput>();
  for (const placed of outputs) {
    const { name, version, build, platforms } = placed.output;
    const file = `${platforms.target}/${name}-${version}-${build.string}`;
    const other = seen.get(file);
    if (other !== undefined) {
      const labels = [other, placed].map(({ recipe }) => input.recipes[recipe]?.label ?? '');
      const where = labels[0] === labels[1] ? labels[0] : labels.join(' and ');
      const message = `${where}: two outputs are the package ${file}; give one another name, version or build string`;
      return { code: 'RECIPE_INVALID', message, context: { package: file } };
    }
    seen.set(file, placed);
  }
  return undefined;
}

function unknownRebuild(input: PlanInput, outputs: readonly PlacedOutput[]): ErrorData | undefined {
  const names = new Set(
    outputs.flatMap(({ output }) => [output.name, ...output.staging.map(({ name }) => name)]),
  );
  const unknown = input.rebuild.find((name) => !names.has(name));
  if (unknown === undefined) return undefined;
  const message = `--rebuild ${unknown}: no output has this name; there are ${[...names].toSorted().join(', ')}`;
  return { code: 'USAGE_INVALID', message, context: { output: unknown } };
}

function cycleFailure(nodes: PlanNodes, cycle: readonly number[]): ErrorData {
  const names = cycle.flatMap((node) => {
    const staged = nodes.stagings.placed.get(node);
    if (staged !== undefined) return [`${staged.staging.name} (staging)`];
    const placed = nodes.outputs[nodes.packageNodes.indexOf(node)];
    return placed === undefined ? [] : [placed.output.name];
  });
  const list = [...new Set(names)].toSorted().join(', ');
  const message = `cycle in the requirements of the outputs: ${list}; each needs the others to be built before it`;
  return { code: 'RECIPE_CYCLE', message, context: { outputs: list } };
}
