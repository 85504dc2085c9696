/** What a requirement names, as far as the order of builds is concerned (spec 2.7). */
import type { Dependency, RenderedOutput, RunExports } from '#proto/recipe/recipe.ts';

/** Channel prefix, then the name: everything up to a blank, bracket or operator. */
const NAME = /^(?:[^\s[]*::)?([A-Za-z0-9._-]+)/;

/** Lower-case package name of a requirement; undefined for a virtual package or text without a name. */
export function requiredName(dependency: Dependency): string | undefined {
  if (typeof dependency === 'string') {
    const name = NAME.exec(dependency)?.[1]?.toLowerCase();
    return name === undefined || name.startsWith('__') ? undefined : name;
  }
  const pin =
    'pin_subpackage' in dependency ? dependency.pin_subpackage : dependency.pin_compatible;
  return pin.name.toLowerCase();
}

/** True for `pin_subpackage(…)`. */
export function isSubpackagePin(dependency: Dependency): boolean {
  return typeof dependency === 'object' && 'pin_subpackage' in dependency;
}

/**
 * Requirements of an output that order builds: build and host, `pin_subpackage` in run and in run
 * exports, exact ones in run constraints. A plain run requirement doesn't.
 */
export function orderingRequirements(output: RenderedOutput): {
  readonly build: readonly Dependency[];
  readonly host: readonly Dependency[];
} {
  const { build, host, run, run_constraints, run_exports } = output.requirements;
  const exactConstraints = run_constraints.filter(isExactPin);
  const pins = [...run, ...exportedRequirements(run_exports)].filter(isSubpackagePin);
  return { build, host: [...host, ...pins, ...exactConstraints] };
}

function isExactPin(dependency: Dependency): boolean {
  if (typeof dependency !== 'object' || !('pin_subpackage' in dependency)) return false;
  return dependency.pin_subpackage.exact === true;
}

function exportedRequirements(exports: RunExports): readonly Dependency[] {
  const { weak, strong, noarch, weak_constraints, strong_constraints } = exports;
  return [...weak, ...strong, ...noarch, ...weak_constraints, ...strong_constraints];
}
