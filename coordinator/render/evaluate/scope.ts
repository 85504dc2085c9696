/** What the expressions of one combination see: context before variant before platform (spec 1.15, 1.2). */
import type { Scope, TemplateFunction } from '#proto/recipe/expression/scope.ts';
import type { Value } from '#proto/recipe/expression/values.ts';
import type { Variant } from '#proto/recipe/recipe.ts';
import type { ReadTrace } from './read-trace.ts';

/** Variables whose values only the worker knows; where they are allowed they stay templates (spec 1.4, 1.8). */
const LATE_BOUND = ['PREFIX', 'BUILD_PREFIX', 'SRC_DIR', 'RECIPE_DIR', 'BUILD_DIR'];

/** Everything but the context, which grows while it is evaluated. */
export interface ScopeParts {
  readonly platform: ReadonlyMap<string, Value>;
  readonly variant: Variant;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  /** Entries of the context whose mistake was reported: whoever reads them isn't to blame. */
  readonly failed?: Set<string>;
  /** Told where everything is read, when somebody asks. */
  readonly trace?: ReadTrace;
}

/** A scope that can say which variables it has, for suggestions. */
export interface NamedScope extends Scope {
  names(): readonly string[];
  /** True for a name that has no value because of a mistake that was reported. */
  hasFailed(name: string): boolean;
  readonly trace: ReadTrace | undefined;
}

/** A scope that remembers which names were read. */
export class RecipeScope implements NamedScope {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly reads = new Set<string>();
  readonly trace: ReadTrace | undefined;
  readonly #parts: ScopeParts;
  readonly #context: ReadonlyMap<string, Value>;
  readonly #extra: ReadonlyMap<string, Value>;

  constructor(
    parts: ScopeParts,
    context: ReadonlyMap<string, Value>,
    extra: ReadonlyMap<string, Value> = new Map(),
  ) {
    this.functions = parts.functions;
    this.trace = parts.trace;
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

  /** Names of the context and the variant before those of the platform. */
  names(): readonly string[] {
    const { variant, platform } = this.#parts;
    return [
      ...this.#context.keys(),
      ...this.#extra.keys(),
      ...Object.keys(variant),
      ...platform.keys(),
    ];
  }

  hasFailed(name: string): boolean {
    return this.#parts.failed?.has(name) ?? false;
  }

  /** Remembers a read of a variant's value; one that the context hides doesn't count (spec 2.4). */
  accessed(name: string): void {
    if (this.#context.has(name) || this.#extra.has(name)) return;
    this.reads.add(name);
    this.trace?.read(name);
  }

  /** The same values with more variables; what is read through it counts here too. */
  extended(extra: ReadonlyMap<string, Value>): NamedScope {
    const inner = new RecipeScope(this.#parts, this.#context, new Map([...this.#extra, ...extra]));
    return {
      functions: this.functions,
      get: (name) => inner.get(name),
      names: () => inner.names(),
      hasFailed: (name) => inner.hasFailed(name),
      trace: this.trace,
      accessed: (name) => {
        if (!extra.has(name)) this.accessed(name);
      },
    };
  }

  /** A scope in which the directories of the worker stand for themselves. */
  lateBound(): NamedScope {
    return this.extended(new Map(LATE_BOUND.map((name) => [name, `\${{ ${name} }}`])));
  }
}
