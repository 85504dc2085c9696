/** From evaluated outputs to rendered ones: variants, exact pins, hashes, build strings (spec 2.4–2.6). */
import type {
  ContextValue,
  Dependency,
  RenderedOutput,
  RenderedStaging,
  Variant,
  VariantValue,
} from '#proto/recipe/recipe.ts';
import type { PlatformTriple } from '#proto/conda/platform.ts';
import {
  Float,
  isDict,
  isList,
  isPin,
  renderValue,
  type Value,
} from '#proto/recipe/expression/values.ts';
import { buildStringPrefix, defaultBuildString } from './build-string.ts';
import type { CombinationResult } from './evaluate/combination-result.ts';
import { pinOf } from './evaluate/dependency.ts';
import { Evaluator } from './evaluate/evaluator.ts';
import type { EvaluatedPackage, EvaluatedSections } from './evaluate/package-output.ts';
import type { RecipeEvaluation } from './evaluate/recipe-evaluation.ts';
import { RecipeScope } from './evaluate/scope.ts';
import { type EvaluatedStaging, stagingChain } from './evaluate/staging-output.ts';
import { hashInput, hashOfInput, sortedByKey } from './hash.ts';
import { normalizeKey } from './variants/config.ts';
import { packageVariant, stagingVariant } from './variants/output-variant.ts';

/** One package output of one combination that is built. */
export interface OutputNode {
  readonly result: CombinationResult;
  readonly output: EvaluatedPackage & { readonly sections: EvaluatedSections };
  readonly chain: readonly EvaluatedStaging[];
}

/** What finalizing needs besides the nodes. */
export interface FinalizeOptions {
  readonly evaluation: RecipeEvaluation;
  readonly environment: ReadonlySet<string>;
  readonly buildNumber: number | undefined;
  readonly buildStringPrefix: string | undefined;
}

/** The nodes of what is built, in the order of combinations and then of the recipe. */
export function outputNodes(
  results: readonly CombinationResult[],
  evaluation: RecipeEvaluation,
): OutputNode[] {
  return results.flatMap((result) =>
    result.packages.flatMap((output): OutputNode[] => {
      const { sections } = output;
      if (output.skipped || sections === undefined) return [];
      const inherit = { from: sections.inherit, range: output.inheritRange };
      const chain = stagingChain(inherit, result.staging, evaluation);
      return [{ result, output: { ...output, sections }, chain }];
    }),
  );
}

function exactPins(sections: EvaluatedSections): string[] {
  const { build, host, run, run_constraints, run_exports } = sections.requirements;
  const all: readonly Dependency[] = [
    ...build,
    ...host,
    ...run,
    ...run_constraints,
    ...Object.values(run_exports).flat(),
  ];
  return all.flatMap((dependency) => {
    const pin = pinOf(dependency);
    return pin?.kind === 'pin_subpackage' && pin.pin.exact === true
      ? [pin.pin.name.toLowerCase()]
      : [];
  });
}

function sharedEntries(a: Variant, b: Variant): number {
  return Object.entries(a).filter(([key, value]) => b[key] === value).length;
}

/** Finalizes nodes in whatever order their exact pins need. */
export class Finalizer {
  readonly #options: FinalizeOptions;
  readonly #byName = new Map<string, OutputNode[]>();
  readonly #done = new Map<OutputNode, RenderedOutput>();
  readonly #underWay = new Set<OutputNode>();

  constructor(nodes: readonly OutputNode[], options: FinalizeOptions) {
    this.#options = options;
    for (const node of nodes) {
      const list = this.#byName.get(node.output.name);
      if (list === undefined) this.#byName.set(node.output.name, [node]);
      else list.push(node);
    }
  }

  /** The output of a name in the same combination, else the one whose combination has most in common. */
  sibling(name: string, node: OutputNode): OutputNode | undefined {
    const candidates = this.#byName.get(name) ?? [];
    const own = candidates.find((candidate) => candidate.result === node.result);
    if (own !== undefined) return own;
    let best: { candidate: OutputNode; shared: number } | undefined;
    for (const candidate of candidates) {
      const shared = sharedEntries(
        node.result.combination.variant,
        candidate.result.combination.variant,
      );
      if (best === undefined || shared > best.shared) best = { candidate, shared };
    }
    return best?.candidate;
  }

  #report(node: OutputNode, message: string, help: string): void {
    const { problems } = this.#options.evaluation;
    problems.report({ message, range: node.output.nameRange, help });
  }

  #pinnedVersions(node: OutputNode): Record<string, VariantValue> {
    const pins: Record<string, VariantValue> = {};
    for (const name of exactPins(node.output.sections)) {
      if (name === node.output.name) continue;
      const sibling = this.sibling(name, node);
      if (sibling === undefined) {
        this.#report(
          node,
          `missing output: ${name}`,
          `\`${node.output.name}\` pins it exactly, so it must be an output of this recipe that isn't skipped`,
        );
        continue;
      }
      const rendered = this.finalize(sibling);
      if (rendered !== undefined)
        pins[normalizeKey(name)] = `${rendered.version} ${rendered.build.string}`;
    }
    return pins;
  }

  /** The written build string sees the values that the hash covers, and the context. */
  #buildString(
    node: OutputNode,
    names: {
      readonly prefix: string;
      readonly hash: string;
      readonly number: number;
      readonly variant: Variant;
    },
  ): string {
    const { string } = node.output.sections;
    if (string === undefined) {
      return defaultBuildString(names);
    }
    const { combination } = node.result;
    const extra = new Map<string, Value>([
      ['hash', names.hash],
      ['build_number', names.number],
    ]);
    const parts = { ...combination.parts, variant: names.variant };
    const scope = new RecipeScope(parts, combination.context.values, extra);
    const text = new Evaluator(this.#options.evaluation.problems, scope).nonEmptyText(string);
    return text ?? defaultBuildString(names);
  }

  #staging(node: OutputNode): RenderedStaging[] {
    return node.chain.map((staging, index) => ({
      ...staging.body,
      variant: stagingVariant(node.chain.slice(index), node.result, this.#options.environment),
    }));
  }

  /** The rendered output; undefined while it waits for itself (a cycle of exact pins, reported by the order). */
  finalize(node: OutputNode): RenderedOutput | undefined {
    const done = this.#done.get(node);
    if (done !== undefined) return done;
    if (this.#underWay.has(node)) return undefined;
    this.#underWay.add(node);
    const rendered = this.#render(node);
    this.#done.set(node, rendered);
    return rendered;
  }

  #render(node: OutputNode): RenderedOutput {
    const { sections, name, version } = node.output;
    const staging = this.#staging(node);
    const unpinned = packageVariant(node.output, {
      result: node.result,
      environment: this.#options.environment,
      inherited: staging[0]?.variant ?? {},
    });
    const variant = sortedByKey({ ...unpinned, ...this.#pinnedVersions(node) });
    const input = hashInput(variant);
    const hash = hashOfInput(input);
    const prefix = buildStringPrefix(
      variant,
      sections.build.noarch,
      this.#options.buildStringPrefix,
    );
    const number = this.#options.buildNumber ?? sections.build.number;
    const string = this.#buildString(node, { prefix, hash, number, variant });
    const { platforms } = this.#options.evaluation;
    return {
      kind: 'package',
      name,
      version,
      platforms: outputPlatforms(platforms, sections.build.noarch !== null),
      variant,
      hash: { hash, prefix, input },
      context: Object.fromEntries(
        [...node.result.combination.context.values].map(([key, value]) => [
          key,
          contextJson(value),
        ]),
      ),
      source: sections.source,
      build: { ...sections.build, number, string, script: sections.script.script },
      requirements: sections.requirements,
      tests: sections.tests.map(({ test }) => test),
      about: sections.about,
      extra: sections.extra,
      inherit: sections.inherit,
      staging,
    };
  }
}

function outputPlatforms(platforms: PlatformTriple, noarch: boolean): RenderedOutput['platforms'] {
  return {
    target: noarch ? 'noarch' : platforms.target,
    host: platforms.host,
    build: platforms.build,
  };
}

/** Values of the language as JSON has them; a pin is its text. */
function contextJson(value: Value): ContextValue {
  if (isList(value)) return value.map(contextJson);
  if (isDict(value))
    return Object.fromEntries([...value].map(([key, item]) => [String(key), contextJson(item)]));
  if (value instanceof Float) return value.value;
  return isPin(value) ? renderValue(value) : value;
}
