/**
 * Why an output has the hash it has: for every value that the hash covers all the reasons (spec 2.4), with the places in
 * the recipe, and why the other values of its combination are left out.
 */
import { mentionsOf } from '#proto/recipe/expression/references.ts';
import type { Dependency, RenderedOutput, VariantValue } from '#proto/recipe/recipe.ts';
import { freeName, pinOf } from '../evaluate/dependency.ts';
import { environmentKeys } from '../evaluate/environment-keys.ts';
import type { ReadTrace, TracedRead } from '../evaluate/read-trace.ts';
import type { OutputNode } from '../finalize.ts';
import { compareBytewise } from '../hash.ts';
import type { SourceText, TextRange } from '../problems.ts';
import type { RenderedRecipe } from '../render-recipe.ts';
import type { RequirementsTemplate } from '../template/sections.ts';
import { normalizeKey } from '../variants/config.ts';
import { STANDING_KEYS } from '../variants/used-keys.ts';
import { rangeInScalar } from '../yaml/positions.ts';
import { type TracedOutput, traceOutput } from './trace-output.ts';

/** A place in a recipe; line and column count from 1. */
export interface RecipePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The text that is there, first line only. */
  readonly text: string;
}

/** Why a value is part of a hash. `place` is where, if the recipe says it. */
export interface HashReason {
  readonly why: string;
  readonly place?: RecipePlace;
}

/** One value that the hash covers. */
export interface HashKey {
  readonly key: string;
  readonly value: VariantValue;
  readonly reasons: readonly HashReason[];
}

/** A rendered output explained. */
export interface OutputExplanation {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  /** Seven hex digits of the SHA-1 of `hashInput`. */
  readonly hash: string;
  readonly hashInput: string;
  readonly keys: readonly HashKey[];
  /** Values of the combination that the hash doesn't cover. */
  readonly leftOut: readonly {
    readonly key: string;
    readonly value: VariantValue;
    readonly why: string;
  }[];
}

/** Collects reasons by key, each place once, in the order of the text. */
class Reasons {
  readonly #source: SourceText;
  readonly #byKey = new Map<
    string,
    Map<string, { readonly start: number; readonly reason: HashReason }>
  >();

  constructor(source: SourceText) {
    this.#source = source;
  }

  add(key: string, why: string, range?: TextRange): void {
    const reasons = this.#byKey.get(key) ?? new Map();
    this.#byKey.set(key, reasons);
    const identity = `${range?.start ?? -1} ${why}`;
    if (reasons.has(identity)) return;
    const place = range === undefined ? {} : { place: this.#place(range) };
    reasons.set(identity, { start: range?.start ?? -1, reason: { why, ...place } });
  }

  #place({ start, end }: TextRange): RecipePlace {
    const { file, text } = this.#source;
    const { line, column } = this.#source.position(start);
    const [first = ''] = text.slice(start, end).split('\n');
    return { file, line, column, text: first.trimEnd() };
  }

  of(key: string): HashReason[] {
    const reasons = [...(this.#byKey.get(key)?.values() ?? [])];
    return reasons.toSorted((a, b) => a.start - b.start).map(({ reason }) => reason);
  }
}

/** Where in a scalar the variable stands; the whole scalar where that can't be told. */
function rangesOf(read: TracedRead, source: SourceText): TextRange[] {
  const spans = read.parsed === undefined ? [] : mentionsOf(read.parsed, read.name);
  if (spans.length === 0) return [read.scalar.range];
  return spans.map((span) => rangeInScalar(read.scalar, source.text, span));
}

function addReads(reasons: Reasons, traced: TracedOutput, trace: ReadTrace, why: string): void {
  for (const read of trace.reads) {
    for (const range of rangesOf(read, traced.source)) reasons.add(read.name, why, range);
  }
}

const isWithin = (inner: TextRange, outer: TextRange | undefined): boolean =>
  outer !== undefined && inner.start >= outer.start && inner.end <= outer.end;

/** Names alone among build and host requirements. */
function addFreeNames(
  reasons: Reasons,
  part: { readonly template: { requirements: RequirementsTemplate }; readonly trace: ReadTrace },
  why: string,
): void {
  const { build, host } = part.template.requirements;
  for (const { dependency, scalar } of part.trace.requirements) {
    const name = freeName(dependency);
    const counts = isWithin(scalar.range, build?.range) || isWithin(scalar.range, host?.range);
    if (name !== undefined && counts) reasons.add(normalizeKey(name), why, scalar.range);
  }
}

const isExactPin = (dependency: Dependency): boolean => {
  const pin = pinOf(dependency);
  return pin?.kind === 'pin_subpackage' && pin.pin.exact === true;
};

/** Requirements that bring a key of their own: exact pins, and virtual packages at run time. */
function addOwnKeys(reasons: Reasons, { own }: TracedOutput): void {
  const run = own.template.requirements.run?.range;
  for (const { dependency, scalar } of own.trace.requirements) {
    if (isExactPin(dependency)) {
      const name = normalizeKey(pinOf(dependency)?.pin.name.toLowerCase() ?? '');
      reasons.add(name, 'pinned exactly', scalar.range);
    }
    if (typeof dependency !== 'string' || !dependency.startsWith('__')) continue;
    const key = normalizeKey(dependency.split(/[\s=<>!~[]/)[0] ?? dependency);
    if (isWithin(scalar.range, run)) reasons.add(key, 'virtual package to run on', scalar.range);
  }
}

function collect(recipe: RenderedRecipe, output: RenderedOutput, traced: TracedOutput): Reasons {
  const reasons = new Reasons(traced.source);
  addReads(reasons, traced, traced.context, 'read by the context');
  addReads(reasons, traced, traced.own.trace, 'read');
  addFreeNames(reasons, traced.own, 'required without a version');
  addOwnKeys(reasons, traced);
  for (const part of traced.inherited) {
    const kind = part.template.kind === 'staging' ? 'staging output' : 'package output';
    const from = `by the ${kind} ${part.name}`;
    addReads(reasons, traced, part.trace, `read ${from}`);
    addFreeNames(reasons, part, `required without a version ${from}`);
  }
  for (const { scalar } of traced.useKeys)
    reasons.add(normalizeKey(scalar.text), 'named in build.variant.use_keys', scalar.range);
  for (const key of output.build.variant.use_keys) {
    if (reasons.of(normalizeKey(key)).length === 0)
      reasons.add(normalizeKey(key), 'named in build.variant.use_keys');
  }
  for (const key of STANDING_KEYS) reasons.add(key, 'part of every hash');
  const { host } = recipe.input.platforms;
  for (const key of environmentKeys(host))
    reasons.add(key, `variable of every build environment on ${host}`);
  return reasons;
}

function whyLeftOut(key: string, { build }: RenderedOutput): string {
  if (build.variant.ignore_keys.some((name) => normalizeKey(name) === key))
    return 'named in build.variant.ignore_keys';
  if (key === 'python' && build.noarch === 'python') return 'a noarch: python package has none';
  return 'nothing of this output reads it';
}

/** Explains an output of a rendered recipe. Throws `INTERNAL` if the recipe isn't the one rendered. */
export function explainOutput(
  recipe: RenderedRecipe,
  output: RenderedOutput,
  node: OutputNode,
): OutputExplanation {
  const reasons = collect(recipe, output, traceOutput(recipe, node));
  const leftOut = Object.entries(node.result.combination.variant)
    .filter(([key]) => !Object.hasOwn(output.variant, key))
    .toSorted(([a], [b]) => compareBytewise(a, b));
  return {
    name: output.name,
    version: output.version,
    build: output.build.string,
    hash: output.hash.hash,
    hashInput: output.hash.input,
    keys: Object.entries(output.variant).map(([key, value]) => ({
      key,
      value,
      reasons: reasons.of(key),
    })),
    leftOut: leftOut.map(([key, value]) => ({ key, value, why: whyLeftOut(key, output) })),
  };
}
