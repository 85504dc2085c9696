/**
 * From requirements as rendered to the match specs that are solved for (spec 1.5, 3.6): names alone
 * get the variant's version, pins the version of the package they name. Every spec keeps a tag that
 * says where it came from. Pure.
 */
import { MatchSpec } from '#proto/conda/match-spec.ts';
import type { RunExportsJson } from '#proto/conda/package-record.ts';
import { applyPin } from '#proto/conda/pin.ts';
import type { FinalizedDependency } from '#proto/environment.ts';
import { StageyardError } from '#proto/errors.ts';
import type { Dependency, PinArguments, RunExports, Variant } from '#proto/recipe/recipe.ts';

/** A package with a known version: an output of the recipe, or a resolved record. */
export interface KnownPackage {
  readonly name: string;
  readonly version: string;
  readonly build: string;
}

/** What requirements are finalized with. */
export interface FinalizeContext {
  readonly variant: Variant;
  /** False for run requirements: those are never filled from the variant. */
  readonly fillFromVariant: boolean;
  /** Outputs of the recipe, this one included, for `pin_subpackage`. */
  readonly siblings: readonly KnownPackage[];
  /** Resolved packages for `pin_compatible`; of two with one name the first counts (host before build). */
  readonly resolved: readonly KnownPackage[];
}

/** A plain version, which stands for all versions that begin with it. */
const PLAIN_VERSION = /^[A-Za-z0-9.]+$/;

function invalid(message: string): StageyardError {
  return new StageyardError('RECIPE_INVALID', message);
}

/** Variant keys are written without dashes and dots (spec 2.1). */
function variantKeyOf(name: string): string {
  return name.replaceAll(/[-.]/g, '_');
}

/** The canonical form of a spec from a package; text that is no spec stays as it is. */
export function canonicalSpec(text: string): string {
  const parsed = MatchSpec.parse(text, 'lenient');
  return parsed.ok ? parsed.value.toString() : text;
}

function fillFromVariant(name: string, variant: Variant): string | null {
  const value = variant[variantKeyOf(name)];
  if (value === undefined || value === null || value === '') return null;
  const version = String(value);
  const text = PLAIN_VERSION.test(version) ? `${name} =${version}` : `${name} ${version}`;
  const parsed = MatchSpec.parse(text, 'lenient');
  if (parsed.ok) return parsed.value.toString();
  throw invalid(
    `the variant's ${variantKeyOf(name)}: ${JSON.stringify(version)} is no version of ${name}: ${parsed.failure}`,
  );
}

function finalizeSpec(text: string, context: FinalizeContext): FinalizedDependency {
  const parsed = MatchSpec.parse(text, 'lenient');
  if (!parsed.ok) throw invalid(`requirement ${JSON.stringify(text)}: ${parsed.failure}`);
  const { name, isFree } = parsed.value;
  const filled = context.fillFromVariant && isFree ? fillFromVariant(name, context.variant) : null;
  return filled === null ? { source: text, spec: text } : { variant: name, spec: filled };
}

function pinned(pin: PinArguments, known: KnownPackage): string {
  const spec = applyPin(pin, known.version, known.build);
  if (!spec.ok) throw invalid(spec.failure);
  return spec.value;
}

/** Of several builds of a sibling the one whose version and build the variant names (spec 2.4). */
function siblingFor(pin: PinArguments, context: FinalizeContext): KnownPackage {
  const name = pin.name.toLowerCase();
  const candidates = context.siblings.filter((sibling) => sibling.name.toLowerCase() === name);
  const wanted = context.variant[variantKeyOf(pin.name)];
  const exact = candidates.find((sibling) => `${sibling.version} ${sibling.build}` === wanted);
  const found = exact ?? candidates[0];
  if (found !== undefined) return found;
  const names = [...new Set(context.siblings.map((sibling) => sibling.name))].sort().join(', ');
  throw invalid(`pin_subpackage("${pin.name}"): the recipe has no such output; it has ${names}`);
}

function compatibleFor(pin: PinArguments, context: FinalizeContext): KnownPackage {
  const name = pin.name.toLowerCase();
  const found = context.resolved.find((record) => record.name.toLowerCase() === name);
  if (found !== undefined) return found;
  throw invalid(
    `pin_compatible("${pin.name}"): ${pin.name} is neither in the host nor in the build environment; add it to requirements.host`,
  );
}

/** Finalizes one list, in its order. Throws `RECIPE_INVALID` naming the requirement. */
export function finalizeDependencies(
  dependencies: readonly Dependency[],
  context: FinalizeContext,
): readonly FinalizedDependency[] {
  return dependencies.map((dependency): FinalizedDependency => {
    if (typeof dependency === 'string') return finalizeSpec(dependency, context);
    if ('pin_subpackage' in dependency) {
      const pin = dependency.pin_subpackage;
      return { pin_subpackage: pin.name, spec: pinned(pin, siblingFor(pin, context)) };
    }
    const pin = dependency.pin_compatible;
    return { pin_compatible: pin.name, spec: pinned(pin, compatibleFor(pin, context)) };
  });
}

/** `run_exports.json` of an output: pins resolved, empty lists left out (spec 6.5). */
export function finalizeRunExports(
  exports: RunExports,
  context: Omit<FinalizeContext, 'fillFromVariant'>,
): RunExportsJson {
  const resolve = (list: readonly Dependency[]): readonly string[] =>
    finalizeDependencies(list, { ...context, fillFromVariant: false }).map(
      (dependency) => dependency.spec,
    );
  const named: readonly (readonly [keyof RunExportsJson, readonly Dependency[]])[] = [
    ['weak', exports.weak],
    ['strong', exports.strong],
    ['noarch', exports.noarch],
    ['weak_constrains', exports.weak_constraints],
    ['strong_constrains', exports.strong_constraints],
  ];
  return Object.fromEntries(
    named.filter(([, list]) => list.length > 0).map(([key, list]) => [key, resolve(list)]),
  );
}
