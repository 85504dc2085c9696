/** The variant of one output: which values of a combination its hash covers (spec 2.4). */
import type { Variant, VariantValue } from '#proto/recipe/recipe.ts';
import type { CombinationResult } from '../evaluate/combination-result.ts';
import type { EvaluatedPackage, EvaluatedSections } from '../evaluate/package-output.ts';
import type { EvaluatedStaging } from '../evaluate/staging-output.ts';
import { sortedByKey } from '../hash.ts';
import { normalizeKey } from './config.ts';
import { STANDING_KEYS } from './used-keys.ts';

/** Values of the keys that were read or required free, and of the keys that always count. */
function keptValues(
  result: CombinationResult,
  used: { readonly reads: ReadonlySet<string>; readonly freeNames: readonly string[] },
  alwaysKept: ReadonlySet<string>,
): Record<string, VariantValue> {
  const { variant, context } = result.combination;
  const free = new Set(used.freeNames.map(normalizeKey));
  const kept: Record<string, VariantValue> = {};
  for (const [key, value] of Object.entries(variant)) {
    // A context entry hides the value, unless the context itself read it before.
    const isHidden = context.values.has(key) && !context.reads.has(key);
    const isRead = used.reads.has(key) || context.reads.has(key) || free.has(key);
    if (alwaysKept.has(key) || (isRead && !isHidden)) kept[key] = value;
  }
  return kept;
}

/** The variant of a staging output; what it inherits from counts as well. */
export function stagingVariant(
  chain: readonly EvaluatedStaging[],
  result: CombinationResult,
  environment: ReadonlySet<string>,
): Variant {
  const always = new Set([...STANDING_KEYS, ...environment]);
  const variants = chain.map((staging) => keptValues(result, staging, always));
  const merged: Variant = Object.assign({}, ...variants.reverse());
  return sortedByKey(merged);
}

/** The variant of a package output, without the exact pins. */
export function packageVariant(
  output: EvaluatedPackage & { readonly sections: EvaluatedSections },
  place: {
    readonly result: CombinationResult;
    readonly environment: ReadonlySet<string>;
    readonly inherited: Variant;
  },
): Record<string, VariantValue> {
  const { build, requirements } = output.sections;
  const always = new Set([
    ...STANDING_KEYS,
    ...place.environment,
    ...build.variant.use_keys.map(normalizeKey),
  ]);
  const own = keptValues(place.result, output, always);
  if (build.noarch === 'python' && !build.variant.use_keys.includes('python')) {
    delete own['python'];
  }
  // Files that depend on `python` came from the staging output: then it counts for noarch packages too.
  const variant = { ...place.inherited, ...own };
  for (const key of build.variant.ignore_keys) delete variant[normalizeKey(key)];
  if (build.noarch !== null) variant['target_platform'] = 'noarch';
  for (const spec of requirements.run) {
    if (typeof spec === 'string' && spec.startsWith('__')) {
      variant[normalizeKey(spec.split(/[\s=<>!~[]/)[0] ?? spec)] = spec;
    }
  }
  return variant;
}
