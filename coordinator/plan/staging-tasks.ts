/**
 * Which stage tasks a run needs: one for each distinct staging output, variant and platform of a recipe.
 * Two outputs whose staging is deep-equal, and inherits from equal ones, share it; one that nobody
 * inherits isn't built (spec 3.2).
 */
import { canonicalJson } from '#proto/canonical-json.ts';
import type { Platforms, RenderedOutput, RenderedStaging } from '#proto/recipe/recipe.ts';
import type { PlanRecipe } from './plan.ts';

/** A staging output with what it belongs to. */
export interface PlacedStaging {
  readonly recipe: PlanRecipe;
  readonly recipeIndex: number;
  readonly staging: RenderedStaging;
  /** Target is the host platform: noarch and native outputs share a staging output. */
  readonly platforms: Platforms;
  readonly version: string;
}

/** Finds or makes the nodes of staging chains. */
export class StagingNodes {
  readonly #nodeOf = new Map<string, number>();
  readonly #identityOf = new Map<number, string>();
  readonly #placed = new Map<number, PlacedStaging>();
  readonly #addNode: () => number;
  readonly #sha256Hex: (text: string) => string;

  constructor(addNode: () => number, sha256Hex: (text: string) => string) {
    this.#addNode = addNode;
    this.#sha256Hex = sha256Hex;
  }

  /** Nodes of an output's staging chain, nearest first; new ones are made from the far end. */
  chain(recipe: PlanRecipe, recipeIndex: number, output: RenderedOutput): readonly number[] {
    const nodes: number[] = [];
    const version = recipe.version ?? output.version;
    const { host, build } = output.platforms;
    for (const staging of output.staging.toReversed()) {
      const platforms = { target: host, host, build };
      const placed = { recipe, recipeIndex, staging, platforms, version };
      nodes.unshift(this.#node(placed, nodes[0]));
    }
    return nodes;
  }

  /** All stage nodes in the order in which they were made. */
  get placed(): ReadonlyMap<number, PlacedStaging> {
    return this.#placed;
  }

  #node(placed: PlacedStaging, parent: number | undefined): number {
    const { recipeIndex, staging, platforms } = placed;
    const parentIdentity = parent === undefined ? null : this.#identityOf.get(parent);
    const identity = this.#sha256Hex(
      canonicalJson({ recipeIndex, staging, platforms, parentIdentity }),
    );
    const known = this.#nodeOf.get(identity);
    if (known !== undefined) return known;
    const node = this.#addNode();
    this.#nodeOf.set(identity, node);
    this.#identityOf.set(node, identity);
    this.#placed.set(node, placed);
    return node;
  }
}
