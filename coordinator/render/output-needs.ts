/** Which packages must be built before an output (spec 2.7); requirements of inherited staging outputs count too. */
import type { RenderedOutput, RenderedStaging } from '#proto/recipe/recipe.ts';
import { nameOf, pinOf } from './evaluate/dependency.ts';

/** Names of build and host requirements, and of sibling packages that the output pins. */
export function outputNeeds(output: {
  readonly requirements: RenderedOutput['requirements'];
  readonly staging: readonly Pick<RenderedStaging, 'requirements'>[];
}): ReadonlySet<string> {
  const { build, host, run, run_constraints, run_exports } = output.requirements;
  const needs = new Set([...build, ...host].map(nameOf));
  for (const { requirements } of output.staging) {
    for (const spec of [...requirements.build, ...requirements.host]) needs.add(nameOf(spec));
  }
  for (const spec of [...run, ...Object.values(run_exports).flat()]) {
    const pin = pinOf(spec);
    if (pin?.kind === 'pin_subpackage') needs.add(pin.pin.name.toLowerCase());
  }
  for (const spec of run_constraints) {
    const pin = pinOf(spec);
    if (pin?.kind === 'pin_subpackage' && pin.pin.exact === true)
      needs.add(pin.pin.name.toLowerCase());
  }
  return needs;
}
