/** What the expressions of one combination see: context before variant before platform (spec 1.15, 1.2). */
import type { Scope, TemplateFunction } from '#proto/recipe/expression/scope.ts';
import type { Value } from '#proto/recipe/expression/values.ts';
import type { Variant } from '#proto/recipe/recipe.ts';

/** Variables whose values only the worker knows; where they are allowed they stay templates (spec 1.4, 1.8). */
const LATE_BOUND = ['PREFIX', 'BUILD_PREFIX', 'SRC_DIR', 'RECIPE_DIR', 'BUILD_DIR'];

/** Everything but the context, which grows while it is evaluated. */
export interface ScopeParts {
  readonly platform: ReadonlyMap<string, Value>;
  readonly variant: Variant;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
}

/** A scope that remembers which names were read. */
export class RecipeScope implements Scope {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly reads = new Set<string>();
  readonly #parts: ScopeParts;
  readonly #context: ReadonlyMap<string, Value>;
  readonly #extra: ReadonlyMap<string, Value>;

  constructor(
    parts: ScopeParts,
    context: ReadonlyMap<string, Value>,
    extra: ReadonlyMap<string, Value> = new Map(),
  ) {
    this.functions = parts.functions;
    this.#parts = parts;
    this.#context = context;
    this.#extra = extra;
  }

  /** The value of a name, or undefined. */
  get(name: string): Value | undefined {
    const own = this.#extra.get(name) ?? this.#context.get(name);
    if (own !== undefined) return own;
    if (Object.hasOwn(this.#parts.variant, name)) return this.#parts.variant[name] ?? null;
    return this.#parts.platform.get(name);
  }

  /** Remembers a read. */
  accessed(name: string): void {
    this.reads.add(name);
  }

  /** A fresh scope with the same values and its own reads. */
  fork(): RecipeScope {
    return new RecipeScope(this.#parts, this.#context, this.#extra);
  }

  /** The same values and reads, with more variables. */
  extended(extra: ReadonlyMap<string, Value>): RecipeScope {
    const scope = new RecipeScope(this.#parts, this.#context, new Map([...this.#extra, ...extra]));
    for (const name of this.reads) scope.reads.add(name);
    const accessed = scope.accessed.bind(scope);
    scope.accessed = (name) => {
      accessed(name);
      this.accessed(name);
    };
    return scope;
  }

  /** A scope in which the directories of the worker stand for themselves. */
  lateBound(): RecipeScope {
    return this.extended(new Map(LATE_BOUND.map((name) => [name, `\${{ ${name} }}`])));
  }
}
