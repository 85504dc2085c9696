/** Questions about one requirement. */
import type { Dependency, PinArguments } from '#proto/recipe/recipe.ts';
import { MatchSpec } from '#proto/conda/match-spec.ts';
import { ok, type Result } from '#proto/result.ts';

/** The canonical form of a match spec, or what is wrong with it (spec appendix E). */
export function canonicalSpec(text: string): Result<string, string> {
  const spec = MatchSpec.parse(text, 'strict');
  return spec.ok ? ok(spec.value.toString()) : spec;
}

/** The pin of a dependency, of either kind. */
export function pinOf(
  dependency: Dependency,
): { readonly kind: 'pin_subpackage' | 'pin_compatible'; readonly pin: PinArguments } | undefined {
  if (typeof dependency === 'string') return undefined;
  if ('pin_subpackage' in dependency)
    return { kind: 'pin_subpackage', pin: dependency.pin_subpackage };
  return { kind: 'pin_compatible', pin: dependency.pin_compatible };
}

/** The name of the package required. */
export function nameOf(dependency: Dependency): string {
  const pin = pinOf(dependency);
  if (pin !== undefined) return pin.pin.name.toLowerCase();
  const spec = typeof dependency === 'string' ? dependency : '';
  return (
    (spec.includes('::') ? spec.slice(spec.lastIndexOf('::') + 2) : spec).split(/[\s[=<>!~]/)[0] ??
    ''
  );
}

/** The name of a spec that is nothing but a name, which makes it a variant key (spec 1.5). */
export function freeName(dependency: Dependency): string | undefined {
  return typeof dependency === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(dependency)
    ? dependency
    : undefined;
}
