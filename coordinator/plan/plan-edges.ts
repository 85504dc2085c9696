/** The edges that requirements make: who must be built before whom (spec 2.7, CEP 41). */
import type {
  Dependency,
  Platforms,
  RenderedOutput,
  RenderedStaging,
  Variant,
} from '#proto/recipe/recipe.ts';
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
  /** Filled on the way: what each output brings along where it is installed, by position. */
  readonly broughtAlong: Map<number, readonly PlacedOutput[]>;
}

/** The nodes of the graph and what each stands for. */
export interface PlanNodes extends EdgeContext {
  readonly outputs: readonly PlacedOutput[];
  /** Node of each output's test task; undefined when it isn't tested. */
  readonly testNodes: readonly (number | undefined)[];
}

/** What is asked for, by environment. */
interface Requirements {
  readonly build: readonly Dependency[];
  readonly host: readonly Dependency[];
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
    for (const placed of found(context, requirer, staging.requirements)) {
      context.graph.addHard(nodeOf(context, placed), node);
    }
    for (const placed of installedBeside(context, requirer, staging.requirements)) {
      context.graph.addSoft(nodeOf(context, placed), node);
    }
  }
}

/**
 * Build and host requirements and pins are hard. Soft are plain run requirements, what run exports of
 * siblings add to them, and what siblings in an environment need to be installed there: rattler-build
 * builds in the order of the recipe and has them by then.
 */
export function addPackageEdges(context: EdgeContext, placed: PlacedOutput): void {
  const node = nodeOf(context, placed);
  const requirer = requirerOf(placed);
  for (const sibling of found(context, requirer, orderingRequirements(placed.output))) {
    context.graph.addHard(nodeOf(context, sibling), node);
  }
  const soft = [
    ...runSiblings(context, placed),
    ...installedBeside(context, requirer, placed.output.requirements),
  ];
  for (const sibling of soft) context.graph.addSoft(nodeOf(context, sibling), node);
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

/** Siblings that the package depends on: by its own run requirements, and by run exports. */
function runSiblings(context: EdgeContext, placed: PlacedOutput): readonly PlacedOutput[] {
  const known = context.broughtAlong.get(placed.index);
  if (known !== undefined) return known;
  const requirer = requirerOf(placed);
  const { output } = placed;
  const exported = [output, ...inheritedStagings(output)].flatMap(({ requirements }) => {
    const { atBuild, atHost } = exportsOf(context, requirer, requirements);
    return [...atBuild, ...atHost];
  });
  const siblings = found(context, requirer, {
    build: [],
    host: [...output.requirements.run, ...exported],
  });
  context.broughtAlong.set(placed.index, siblings);
  return siblings;
}

/** Staging outputs whose run exports arrive. */
function inheritedStagings(output: RenderedOutput): readonly RenderedStaging[] {
  const inherits = [output, ...output.staging].map(({ inherit }) => inherit?.run_exports === true);
  const end = inherits.indexOf(false);
  return output.staging.slice(0, end < 0 ? undefined : end);
}

/** Run exports of the siblings that are required, whether or not they are ignored. */
function exportsOf(
  context: EdgeContext,
  requirer: Requirer,
  { build, host }: Requirements,
): { readonly atBuild: readonly Dependency[]; readonly atHost: readonly Dependency[] } {
  const ofBuild = found(context, requirer, { build, host: [] });
  const ofHost = found(context, requirer, { build: [], host });
  return {
    atBuild: ofBuild.flatMap(({ output }) => output.requirements.run_exports.strong),
    atHost: ofHost.flatMap(({ output }) => {
      const { weak, strong, noarch } = output.requirements.run_exports;
      return [...weak, ...strong, ...noarch];
    }),
  };
}

/** What the environments hold besides what is required: dependencies of siblings, and strong exports. */
function installedBeside(
  context: EdgeContext,
  requirer: Requirer,
  requirements: Requirements,
): readonly PlacedOutput[] {
  const { atBuild } = exportsOf(context, requirer, requirements);
  return [
    ...found(context, requirer, requirements).flatMap((sibling) => runSiblings(context, sibling)),
    ...found(context, requirer, { build: [], host: atBuild }),
  ];
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
  requirements: Requirements,
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
