/** `build:` as plain data, all defaults filled in (spec 1.6). The script and the build string come from elsewhere. */
import type { Build, DynamicLinking } from '#proto/recipe/recipe.ts';
import type { BuildTemplate, PostProcessTemplate, SkipTemplate } from '../template/sections.ts';
import type { TemplateList, ValueList } from '../template/value.ts';
import { evaluateExpression } from '#proto/recipe/expression/evaluator.ts';
import { isTruthy } from '#proto/recipe/expression/values.ts';
import type { Evaluator } from './evaluator.ts';
import { evaluateFlagOrGlobs, evaluateGlobs } from './globs.ts';

/** What the sections of `build:` decide by themselves. */
export type EvaluatedBuild = Omit<Build, 'script' | 'string'>;

const BEHAVIORS = ['ignore', 'error'] as const;

function dynamicLinking(template: BuildTemplate, evaluator: Evaluator): DynamicLinking {
  const linking = template.dynamic_linking ?? {};
  const rpaths = evaluator.texts(linking.rpaths);
  const behavior = (key: 'overdepending_behavior' | 'overlinking_behavior') =>
    evaluator.word(linking[key], key, BEHAVIORS) ?? 'ignore';
  return {
    rpaths: rpaths.length === 0 ? ['lib/'] : rpaths,
    binary_relocation: evaluateFlagOrGlobs(linking.binary_relocation, evaluator, {
      name: 'binary_relocation',
      fallback: true,
    }),
    missing_dso_allowlist: evaluator.texts(linking.missing_dso_allowlist),
    rpath_allowlist: evaluator.texts(linking.rpath_allowlist),
    overdepending_behavior: behavior('overdepending_behavior'),
    overlinking_behavior: behavior('overlinking_behavior'),
  };
}

function prefixDetection(template: BuildTemplate, evaluator: Evaluator): Build['prefix_detection'] {
  const detection = template.prefix_detection ?? {};
  return {
    force_text: evaluator.texts(detection.force_file_type?.text),
    force_binary: evaluator.texts(detection.force_file_type?.binary),
    ignore: evaluateFlagOrGlobs(detection.ignore, evaluator, { name: 'ignore', fallback: false }),
    ignore_binary_files:
      evaluator.boolean(detection.ignore_binary_files, 'ignore_binary_files') ?? false,
  };
}

const DOTTED_NAME = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

/** `command = module:function`, in one way of writing. */
function entryPoints(list: ValueList | undefined, evaluator: Evaluator): string[] {
  return evaluator.placedTexts(list).flatMap(({ value, range }) => {
    const [, command = '', module = '', name = ''] = /^([^=]*)=([^:]*):(.*)$/s.exec(value) ?? [];
    const parts = [command, module, name].map((part) => part.trim());
    const isWhole = parts[0] !== '' && parts.slice(1).every((part) => DOTTED_NAME.test(part));
    if (isWhole) return [`${parts[0]} = ${parts[1]}:${parts[2]}`];
    evaluator.complain(
      range,
      `\`${value}\` is no entry point`,
      'write `command = package.module:function`',
    );
    return [];
  });
}

function pythonBuild(template: BuildTemplate, evaluator: Evaluator): Build['python'] {
  const python = template.python ?? {};
  const path = evaluator.nonEmptyText(python.site_packages_path);
  return {
    entry_points: entryPoints(python.entry_points, evaluator),
    skip_pyc_compilation: evaluator.texts(python.skip_pyc_compilation),
    use_python_app_entrypoint:
      evaluator.boolean(python.use_python_app_entrypoint, 'use_python_app_entrypoint') ?? false,
    version_independent:
      evaluator.boolean(python.version_independent, 'version_independent') ?? false,
    ...(path === undefined ? {} : { site_packages_path: path }),
  };
}

function postProcess(
  list: TemplateList<PostProcessTemplate> | undefined,
  evaluator: Evaluator,
): Build['post_process'] {
  return evaluator.select(list).flatMap((entry) => {
    const regex = evaluator.text(entry.regex);
    const replacement = evaluator.text(entry.replacement);
    if (entry.files === undefined || regex === undefined || replacement === undefined) {
      if (list === undefined) return [];
      evaluator.complain(
        list.range,
        'an entry of `post_process` needs `files`, `regex` and `replacement`',
      );
      return [];
    }
    return [{ files: evaluator.texts(entry.files), regex, replacement }];
  });
}

/** `python`, `generic`, or null for anything that means none. */
function evaluateNoarch(template: BuildTemplate, evaluator: Evaluator): Build['noarch'] {
  const text = evaluator.text(template.noarch)?.toLowerCase();
  if (template.noarch === undefined || text === undefined || /^(?:|null|~|none)$/.test(text))
    return null;
  if (text === 'python' || text === 'generic') return text;
  evaluator.complain(
    template.noarch.scalar.range,
    `\`noarch\` must be \`python\` or \`generic\`, not \`${text}\``,
  );
  return null;
}

function holdsLeniently(entry: SkipTemplate, evaluator: Evaluator): boolean {
  if (entry.kind === 'template') {
    const typed = evaluator.typed(entry.value);
    return (
      typed !== undefined &&
      isTruthy(typed.value) &&
      typed.value !== 'false' &&
      typed.value !== 'False'
    );
  }
  evaluator.scope.trace?.at(entry.condition.scalar, entry.condition.expression);
  const { expression, scalar } = entry.condition;
  const result = evaluateExpression(expression, evaluator.scope, { undefinedBehavior: 'strict' });
  if (result.ok && result.value !== undefined) return isTruthy(result.value);
  const failure = result.ok ? undefined : result.failure;
  evaluator.problems.report({
    severity: 'warning',
    message: `the output isn't skipped: ${failure?.message ?? `\`${scalar.text}\` has no value`}`,
    range: evaluator.rangeOf(scalar, failure?.span),
    help: failure?.help ?? 'a condition that fails is false; `NAME is defined` asks for a name',
  });
  return false;
}

/** True if any entry holds. One that fails doesn't, unlike in an `if` (spec appendix E, Lenient). */
export function evaluateSkip(
  lists: readonly (TemplateList<SkipTemplate> | undefined)[],
  evaluator: Evaluator,
): boolean {
  // Every entry is evaluated, so that the variables read don't depend on the entries before.
  return lists
    .flatMap((list) => evaluator.select(list))
    .map((entry) => holdsLeniently(entry, evaluator))
    .includes(true);
}

/** Everything of `build:` but script, string and skip. */
export function evaluateBuild(template: BuildTemplate, evaluator: Evaluator): EvaluatedBuild {
  const down = evaluator.integer(
    template.variant?.down_prioritize_variant,
    'down_prioritize_variant',
  );
  return {
    number: evaluator.integer(template.number, 'number', 0) ?? 0,
    noarch: evaluateNoarch(template, evaluator),
    files: evaluateGlobs(template.files, evaluator),
    always_copy_files: evaluator.texts(template.always_copy_files),
    always_include_files: evaluator.texts(template.always_include_files),
    merge_build_and_host_envs:
      evaluator.boolean(template.merge_build_and_host_envs, 'merge_build_and_host_envs') ?? false,
    dynamic_linking: dynamicLinking(template, evaluator),
    prefix_detection: prefixDetection(template, evaluator),
    python: pythonBuild(template, evaluator),
    post_process: postProcess(template.post_process, evaluator),
    variant: {
      use_keys: evaluator.texts(template.variant?.use_keys),
      ignore_keys: evaluator.texts(template.variant?.ignore_keys),
      ...(down === undefined ? {} : { down_prioritize_variant: down }),
    },
  };
}
