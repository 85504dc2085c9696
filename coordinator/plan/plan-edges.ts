/** The edges that requirements make: who must be built before whom (spec 2.7, CEP 41). */
import type { Dependency, Platforms, Variant } from '#proto/recipe/recipe.ts';
import { isSubpackagePin, orderingRequirements, requiredName } from './requirement.ts';
import type { PlacedOutput, SiblingIndex } from './sibling-index.ts';
import type { StagingNodes } from './staging-tasks.ts';
import type { TaskGraph } from './task-graph.ts';

/** What edges are made between. */
export interface EdgeContext {
  readonly graph: TaskGraph;
  readonly stagings: StagingNodes;
  readonly siblings: SiblingIndex;
  /** Node of each output's package task, by position. */
  readonly packageNodes: readonly number[];
}

/** The nodes of the graph and what each stands for. */
export interface PlanNodes extends EdgeContext {
  readonly outputs: readonly PlacedOutput[];
  /** Node of each output's test task; undefined when it isn't tested. */
  readonly testNodes: readonly (number | undefined)[];
}

interface Requirer {
  /** Not needed from itself: lower-case name, empty for a staging output. */
  readonly name: string;
  readonly recipe: number;
  readonly variant: Variant;
  readonly platforms: Platforms;
}

/** Requirements of staging outputs order builds as those of packages do. */
export function addStagingEdges(context: EdgeContext): void {
  for (const [node, { recipeIndex, staging, platforms }] of context.stagings.placed) {
    const requirer = { name: '', recipe: recipeIndex, variant: staging.variant, platforms };
    const { build, host } = staging.requirements;
    for (const placed of found(context, requirer, { build, host })) {
      context.graph.addHard(nodeOf(context, placed), node);
    }
  }
}

/** Build and host requirements and pins are hard, plain run requirements soft. */
export function addPackageEdges(context: EdgeContext, placed: PlacedOutput): void {
  const node = nodeOf(context, placed);
  const requirer = requirerOf(placed);
  for (const sibling of found(context, requirer, orderingRequirements(placed.output))) {
    context.graph.addHard(nodeOf(context, sibling), node);
  }
  for (const sibling of runSiblings(context, placed)) {
    context.graph.addSoft(nodeOf(context, sibling), node);
  }
}

/** A test needs its package and all packages of this run that its environments may hold. */
export function addTestEdges(
  context: EdgeContext,
  placed: PlacedOutput,
  testNode: number | undefined,
): void {
  if (testNode === undefined) return;
  const pending = [placed, ...testSiblings(context, placed)];
  const seen = new Set<number>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next.index)) continue;
    seen.add(next.index);
    context.graph.addHard(nodeOf(context, next), testNode);
    pending.push(...runSiblings(context, next));
  }
}

function runSiblings(context: EdgeContext, placed: PlacedOutput): readonly PlacedOutput[] {
  return found(context, requirerOf(placed), { build: [], host: placed.output.requirements.run });
}

function testSiblings(context: EdgeContext, placed: PlacedOutput): readonly PlacedOutput[] {
  return placed.output.tests.flatMap((test) => {
    if (test.kind !== 'script') return [];
    const { build, run } = test.requirements;
    return found(context, requirerOf(placed), { build, host: run });
  });
}

function requirerOf({ recipe, output }: PlacedOutput): Requirer {
  const { name, variant, platforms } = output;
  return { name: name.toLowerCase(), recipe, variant, platforms };
}

function found(
  context: EdgeContext,
  requirer: Requirer,
  requirements: { readonly build: readonly Dependency[]; readonly host: readonly Dependency[] },
): readonly PlacedOutput[] {
  const { recipe, variant, platforms } = requirer;
  const search = (dependency: Dependency, platform: string): readonly PlacedOutput[] => {
    const name = requiredName(dependency);
    if (name === undefined || name === requirer.name) return [];
    const sameRecipe = isSubpackagePin(dependency);
    return context.siblings.find({ name, platform, recipe, variant, sameRecipe });
  };
  return [
    ...requirements.build.flatMap((dependency) => search(dependency, platforms.build)),
    ...requirements.host.flatMap((dependency) => search(dependency, platforms.host)),
  ];
}

function nodeOf(context: EdgeContext, placed: PlacedOutput): number {
  const node = context.packageNodes[placed.index];
  if (node === undefined) throw new RangeError('an output without a node');
  return node;
}
