/**
 * Pins: `pin_subpackage` and `pin_compatible` with a concrete version (spec 1.16 and 9.6). A bound is a
 * shape like `x.x` (that many segments) or a literal version.
 */
import type { PinArguments } from '../recipe/recipe.ts';
import { fail, ok, type Result } from '../result.ts';
import { Version } from './version.ts';

const LOWER_BOUND_DEFAULT = 'x.x.x.x.x.x';
const UPPER_BOUND_DEFAULT = 'x';
const SHAPE = /^x(?:\.x)*$/;

/** A bound as written: a number of segments, or a version. */
type Bound =
  | { readonly kind: 'segments'; readonly count: number }
  | { readonly kind: 'version'; readonly version: Version };

function readBound(text: string, which: string): Result<Bound, string> {
  if (SHAPE.test(text)) return ok({ kind: 'segments', count: text.split('.').length });
  const version = Version.parse(text);
  if (!version.ok) {
    return fail(`${which} is neither a shape like \`x.x\` nor a version: ${version.failure}`);
  }
  return ok({ kind: 'version', version: version.value });
}

function lowerConstraint(bound: Bound, version: Version): string {
  const lower = bound.kind === 'version' ? bound.version : version.truncated(bound.count);
  return `>=${lower}`;
}

/** The next version at the bound's place; its local part would say nothing about other builds. */
function upperConstraint(bound: Bound, version: Version): string {
  if (bound.kind === 'version') return `<${bound.version}`;
  const { count } = bound;
  return `<${version
    .bumped(count - 1)
    .truncated(count)
    .withAlpha()
    .withoutLocal()}`;
}

/** Refuses contradicting arguments; null when they go together. */
export function checkPin(pin: PinArguments): string | null {
  if (pin.exact === true) {
    const other = (['lower_bound', 'upper_bound', 'build'] as const).find(
      (key) => pin[key] !== undefined,
    );
    if (other !== undefined) return `\`exact\` excludes \`${other}\``;
  }
  for (const key of ['lower_bound', 'upper_bound'] as const) {
    const bound = pin[key];
    if (bound === undefined || bound === null) continue;
    const read = readBound(bound, key);
    if (!read.ok) return read.failure;
  }
  return null;
}

/**
 * The match spec that a pin stands for once the pinned package is known: `name >=1.2.3,<1.3.0a0`, or
 * `name ==1.2.3 h1234_0` where it is exact. The failure says which argument is wrong.
 */
export function applyPin(
  pin: PinArguments,
  version: string,
  build: string,
): Result<string, string> {
  const problem = checkPin(pin);
  if (problem !== null) return fail(`pin of ${pin.name}: ${problem}`);
  const parsed = Version.parse(version);
  if (!parsed.ok) return fail(`pin of ${pin.name}: ${parsed.failure}`);
  const name = pin.name.toLowerCase();
  if (pin.exact === true) return ok(`${name} ==${parsed.value} ${build}`);
  const constraints: string[] = [];
  for (const [key, fallback, print] of [
    ['lower_bound', LOWER_BOUND_DEFAULT, lowerConstraint],
    ['upper_bound', UPPER_BOUND_DEFAULT, upperConstraint],
  ] as const) {
    const text = pin[key] === undefined ? fallback : pin[key];
    if (text === null) continue;
    const bound = readBound(text, key);
    if (!bound.ok) return fail(`pin of ${pin.name}: ${bound.failure}`);
    constraints.push(print(bound.value, parsed.value));
  }
  const range = constraints.length === 0 ? '*' : constraints.join(',');
  if (pin.build !== undefined) return ok(`${name} ${range} ${pin.build}`);
  return ok(constraints.length === 0 ? name : `${name} ${range}`);
}
