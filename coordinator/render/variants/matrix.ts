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

/**
 * All combinations of the used keys that have values: sorted by text in the keys that are known from the start; keys
 * that turned up `late`, in evaluation, follow in the written order of their values.
 */
export function combinations(
  config: VariantConfig,
  usedKeys: ReadonlySet<string>,
  late: ReadonlySet<string> = new Set(),
): Result<readonly Variant[], MatrixProblem> {
  const made = axesOf(config, usedKeys);
  if (!made.ok) return made;
  const axes = made.value;
  const count = axes.reduce((product, axis) => product * axis.length, 1);
  if (count > COMBINATION_COUNT_MAX) {
    const message = `the variants make ${count} combinations; at most ${COMBINATION_COUNT_MAX} are possible`;
    return fail({ message, help: 'give fewer values, or connect keys by `zip_keys`' });
  }
  const isLate = (axis: Axis): boolean =>
    axis.every((entry) => Object.keys(entry).every((key) => late.has(key)));
  const early = crossed(
    [{}],
    axes.filter((axis) => !isLate(axis)),
  ).map((variant) => [sortText(variant), variant] as const);
  const sorted = early.sort(([a], [b]) => compareBytewise(a, b)).map(([, variant]) => variant);
  return ok(distinct(crossed(sorted, axes.filter(isLate))));
}
