/**
 * What an output's worker is told of the other outputs of its recipe: for each name the variants that
 * share the most entries with it, as for requirements (sibling-index.ts). The texts of a recipe's
 * outputs are made once: a recipe may have hundreds.
 */
import { canonicalJson } from '#proto/canonical-json.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';
import type { SiblingOutput } from '#proto/task-spec.ts';
import { mostShared } from './sibling-index.ts';

/** The siblings of one output. */
export interface Siblings {
  /** Sorted by position in the recipe. */
  readonly outputs: readonly SiblingOutput[];
  /** Names all of them, for a key. */
  readonly text: string;
}

interface Entry {
  readonly sibling: SiblingOutput;
  readonly text: string;
}

/** See the file's head. */
export class RecipeSiblings {
  readonly #byName = new Map<string, RenderedOutput[]>();
  readonly #entries = new Map<RenderedOutput, Entry>();

  /** All outputs of one recipe, those that are not built in this run too. */
  constructor(outputs: readonly RenderedOutput[]) {
    for (const output of outputs) {
      const sibling = siblingOutput(output);
      this.#entries.set(output, { sibling, text: canonicalJson(sibling) });
      const name = output.name.toLowerCase();
      const named = this.#byName.get(name);
      if (named === undefined) this.#byName.set(name, [output]);
      else named.push(output);
    }
  }

  /** Siblings of an output of the recipe. */
  of(output: RenderedOutput): Siblings {
    const entries: Entry[] = [];
    for (const [name, named] of this.#byName) {
      if (name === output.name.toLowerCase()) continue;
      const pinned = output.variant[name.replaceAll(/[-.]/g, '_')];
      for (const sibling of mostShared(named, output.variant, pinned)) {
        const entry = this.#entries.get(sibling);
        if (entry !== undefined) entries.push(entry);
      }
    }
    const outputs = entries.map(({ sibling }) => sibling);
    return { outputs, text: entries.map(({ text }) => text).join('\n') };
  }
}

function siblingOutput(output: RenderedOutput): SiblingOutput {
  return {
    name: output.name,
    version: output.version,
    build: output.build.string,
    inheritFrom: output.inherit?.from ?? null,
    files: output.build.files,
  };
}
