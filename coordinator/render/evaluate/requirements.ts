/** Requirements as canonical specs and pins (spec 1.5). */
import { isPin } from '#proto/recipe/expression/values.ts';
import type {
  Dependency,
  IgnoreRunExports,
  Requirements,
  RunExports,
  StagingRequirements,
} from '#proto/recipe/recipe.ts';
import type {
  IgnoreRunExportsTemplate,
  RequirementsTemplate,
  RunExportsTemplate,
} from '../template/sections.ts';
import type { ValueList } from '../template/value.ts';
import type { Evaluator } from './evaluator.ts';
import { canonicalSpec, nameOf } from './dependency.ts';

/** The chosen specs of a list, canonical. A template that renders empty is dropped, a written `""` is an error. */
export function evaluateDependencies(
  list: ValueList | undefined,
  evaluator: Evaluator,
): Dependency[] {
  return evaluator.select(list).flatMap((written): Dependency[] => {
    const typed = evaluator.typed(written);
    if (typed !== undefined && isPin(typed.value)) {
      const { dependency } = typed.value;
      evaluator.scope.trace?.required(dependency, written.scalar);
      return [dependency];
    }
    const text = evaluator.text(written);
    if (text === undefined || (text.trim() === '' && written.template !== undefined)) return [];
    const spec = canonicalSpec(text);
    if (spec.ok) {
      evaluator.scope.trace?.required(spec.value, written.scalar);
      return [spec.value];
    }
    evaluator.complain(written.scalar.range, spec.failure);
    return [];
  });
}

/** Names, of which each is written as a requirement may be: `compiler('c')` stands for its package. */
function packageNames(list: ValueList | undefined, evaluator: Evaluator): string[] {
  return evaluator.placedTexts(list).flatMap(({ value, range }) => {
    const spec = canonicalSpec(value);
    if (spec.ok) return [nameOf(value.trim())];
    evaluator.complain(range, spec.failure);
    return [];
  });
}

function evaluateIgnore(
  template: IgnoreRunExportsTemplate | undefined,
  evaluator: Evaluator,
): IgnoreRunExports {
  return {
    by_name: packageNames(template?.by_name, evaluator),
    from_package: packageNames(template?.from_package, evaluator),
  };
}

function evaluateRunExports(
  template: RunExportsTemplate | undefined,
  evaluator: Evaluator,
): RunExports {
  return {
    weak: evaluateDependencies(template?.weak, evaluator),
    strong: evaluateDependencies(template?.strong, evaluator),
    noarch: evaluateDependencies(template?.noarch, evaluator),
    weak_constraints: evaluateDependencies(template?.weak_constraints, evaluator),
    strong_constraints: evaluateDependencies(template?.strong_constraints, evaluator),
  };
}

/** Requirements of a package output. */
export function evaluateRequirements(
  template: RequirementsTemplate,
  evaluator: Evaluator,
): Requirements {
  return {
    build: evaluateDependencies(template.build, evaluator),
    host: evaluateDependencies(template.host, evaluator),
    run: evaluateDependencies(template.run, evaluator),
    run_constraints: evaluateDependencies(template.run_constraints, evaluator),
    run_exports: evaluateRunExports(template.run_exports, evaluator),
    ignore_run_exports: evaluateIgnore(template.ignore_run_exports, evaluator),
  };
}

/** Requirements of a staging output. */
export function evaluateStagingRequirements(
  template: RequirementsTemplate,
  evaluator: Evaluator,
): StagingRequirements {
  return {
    build: evaluateDependencies(template.build, evaluator),
    host: evaluateDependencies(template.host, evaluator),
    ignore_run_exports: evaluateIgnore(template.ignore_run_exports, evaluator),
  };
}
