/**
 * Which outputs of the run a requirement means. By name, of a platform that fits the environment; an
 * exact pin's variant entry (`name: "version build"`) decides; else the variants that share the most
 * entries with the requirer, all of them when several share equally many (the solve chooses).
 */
import type { RenderedOutput, Variant, VariantValue } from '#proto/recipe/recipe.ts';

/** An output with its place in the submission. */
export interface PlacedOutput {
  /** Position among all outputs of the run. */
  readonly index: number;
  /** Position of its recipe. */
  readonly recipe: number;
  readonly output: RenderedOutput;
}

/** Who asks for what. */
export interface SiblingQuery {
  /** Lower-case package name. */
  readonly name: string;
  /** Platform of the environment that the requirement is installed in. */
  readonly platform: string;
  readonly recipe: number;
  readonly variant: Variant;
  /** Only outputs of the same recipe: `pin_subpackage`. */
  readonly sameRecipe: boolean;
}

/** See the file's head. */
export class SiblingIndex {
  readonly #byName = new Map<string, PlacedOutput[]>();

  constructor(outputs: readonly PlacedOutput[]) {
    for (const placed of outputs) {
      const name = placed.output.name.toLowerCase();
      const named = this.#byName.get(name);
      if (named === undefined) this.#byName.set(name, [placed]);
      else named.push(placed);
    }
  }

  /** Outputs that the requirement may be satisfied by, in submission order; empty when it names none. */
  find(query: SiblingQuery): readonly PlacedOutput[] {
    const fitting = (this.#byName.get(query.name) ?? []).filter(
      ({ recipe, output }) =>
        (output.platforms.target === 'noarch' || output.platforms.target === query.platform) &&
        (!query.sameRecipe || recipe === query.recipe),
    );
    const pinned = query.variant[query.name.replaceAll(/[-.]/g, '_')];
    const outputs = fitting.map(({ output }) => output);
    const meant = new Set(mostShared(outputs, query.variant, pinned));
    return fitting.filter(({ output }) => meant.has(output));
  }
}

/**
 * Of several outputs of one name: those whose version and build the requirer's variant names
 * (`pinned`), else those that share the most variant entries with it.
 */
export function mostShared(
  outputs: readonly RenderedOutput[],
  variant: Variant,
  pinned: VariantValue | undefined,
): readonly RenderedOutput[] {
  const exact = outputs.filter(({ version, build }) => `${version} ${build.string}` === pinned);
  if (exact.length > 0 || outputs.length < 2) return exact.length > 0 ? exact : outputs;
  const counts = outputs.map((output) => sharedEntryCount(output.variant, variant));
  const best = counts.reduce((a, c) => Math.max(a, c), 0);
  return outputs.filter((_, position) => counts[position] === best);
}

function sharedEntryCount(a: Variant, b: Variant): number {
  return Object.entries(a).filter(([key, value]) => Object.hasOwn(b, key) && b[key] === value)
    .length;
}
