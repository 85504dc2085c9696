/** From values to combinations: zip groups advance together, everything else is crossed (spec 2.2, 2.3). */
import type { Variant, VariantValue } from '#proto/recipe/recipe.ts';
import { fail, ok, type Result } from '#proto/result.ts';
import { compareBytewise } from '../hash.ts';
import type { VariantConfig } from './config.ts';

/** More combinations than this are refused: the largest known recipe has some hundreds. */
const COMBINATION_COUNT_MAX = 100_000;

/** Why there are no combinations; `key` is the key to blame. */
export interface MatrixProblem {
  readonly message: string;
  readonly key?: string;
  readonly help?: string;
}

/** Values of several keys that advance together. */
type Axis = readonly Readonly<Record<string, VariantValue>>[];

/** The group's first key whose number of values differs from the first key's, or undefined. */
function unequalZipKey(config: VariantConfig, group: readonly string[]): string | undefined {
  const lengths = group.map((key) => config.values.get(key)?.length);
  if (lengths.includes(undefined)) return undefined;
  return group.find((_, index) => lengths[index] !== lengths[0]);
}

function axisOf(config: VariantConfig, keys: readonly string[]): Axis {
  const length = Math.min(...keys.map((key) => config.values.get(key)?.length ?? 0));
  return Array.from({ length }, (_, index) =>
    Object.fromEntries(keys.map((key) => [key, config.values.get(key)?.[index] ?? null])),
  );
}

/** Strings sort with their quotes, numbers without, so `"10"` comes before `"3.10"`, and that before `"9"`. */
function sortText(variant: Variant): string {
  const keys = Object.keys(variant).sort(compareBytewise);
  return keys.map((key) => `${key}: ${JSON.stringify(variant[key] ?? null)}`).join(', ');
}

function zipProblem(config: VariantConfig, group: readonly string[], key: string): MatrixProblem {
  const counts = group.map((name) => `\`${name}\` has ${config.values.get(name)?.length ?? 0}`);
  return {
    message: `Zip key elements do not all have same length: ${key}`,
    key,
    help: `keys of one group of \`zip_keys\` advance together and need equally many values: ${counts.join(', ')}`,
  };
}

/** The used keys that have values, as axes. A zip group of unequal lengths fails, used or not. */
function axesOf(
  config: VariantConfig,
  usedKeys: ReadonlySet<string>,
): Result<readonly Axis[], MatrixProblem> {
  const axes: Axis[] = [];
  const zipped = new Set<string>();
  for (const group of config.zipKeys) {
    const unequal = unequalZipKey(config, group);
    if (unequal !== undefined) return fail(zipProblem(config, group, unequal));
    const used = group.filter((key) => usedKeys.has(key) && config.values.has(key));
    if (used.length === 0) continue;
    for (const key of used) zipped.add(key);
    axes.push(axisOf(config, used));
  }
  for (const key of [...usedKeys].sort(compareBytewise)) {
    if (config.values.has(key) && !zipped.has(key)) axes.push(axisOf(config, [key]));
  }
  return ok(axes);
}

/** Every variant with every entry of every axis. */
function crossed(variants: readonly Variant[], axes: readonly Axis[]): Variant[] {
  return axes.reduce<Variant[]>(
    (all, axis) => all.flatMap((left) => axis.map((right) => ({ ...left, ...right }))),
    [...variants],
  );
}

/** Those of which no earlier one has the same texts: `1` and `"1"` are one value. */
function distinct(variants: readonly Variant[]): readonly Variant[] {
  const byText = new Map<string, Variant>();
  for (const variant of variants) {
    const text = JSON.stringify(
      Object.entries(variant).map(([key, value]) => [key, String(value)]),
    );
    if (!byText.has(text)) byText.set(text, variant);
  }
  return [...byText.values()];
}

/** The problem with that many combinations, if there is one. */
export function tooMany(count: number): MatrixProblem | undefined {
  if (count <= COMBINATION_COUNT_MAX) return undefined;
  return {
    message: `the variants make ${count} combinations; at most ${COMBINATION_COUNT_MAX} are possible`,
    help: 'give fewer values, or connect keys by `zip_keys`',
  };
}

const productOf = (axes: readonly Axis[]): number =>
  axes.reduce((product, axis) => product * axis.length, 1);

/** All combinations of the used keys that have values, sorted by text. */
export function combinations(
  config: VariantConfig,
  usedKeys: ReadonlySet<string>,
): Result<readonly Variant[], MatrixProblem> {
  const axes = axesOf(config, usedKeys);
  if (!axes.ok) return axes;
  const problem = tooMany(productOf(axes.value));
  if (problem !== undefined) return fail(problem);
  const sorted = crossed([{}], axes.value)
    .map((variant) => [sortText(variant), variant] as const)
    .sort(([a], [b]) => compareBytewise(a, b))
    .map(([, variant]) => variant);
  return ok(distinct(sorted));
}

/**
 * One combination with more keys, which turned up in its evaluation: crossed with their values in the written order.
 * Values of a zipped key are those that go with the values that the combination has already.
 */
export function widened(
  config: VariantConfig,
  variant: Variant,
  added: readonly string[],
): Result<readonly Variant[], MatrixProblem> {
  const made = axesOf(config, new Set([...Object.keys(variant), ...added]));
  if (!made.ok) return made;
  const fits = (entry: Axis[number]): boolean =>
    Object.entries(entry).every(([key, value]) => !(key in variant) || variant[key] === value);
  const axes = made.value
    .filter((axis) => added.some((key) => axis.some((entry) => key in entry)))
    .map((axis) => axis.filter(fits));
  const problem = tooMany(productOf(axes));
  if (problem !== undefined) return fail(problem);
  return ok(distinct(crossed([variant], axes)));
}
