/** `tests:` as plain data (spec 1.7). */
import type { ContentPatterns, PackageTest } from '#proto/recipe/recipe.ts';
import type { ContentPatternsTemplate, TestTemplate } from '../template/sections.ts';
import type { TemplateList } from '../template/value.ts';
import type { Evaluator } from './evaluator.ts';
import { evaluateDependencies } from './requirements.ts';
import { evaluateScript, type ScriptPlace } from './script.ts';

/** A test, where it is written, and its script as written. */
export interface EvaluatedTest {
  readonly test: PackageTest;
  readonly template: TestTemplate;
  readonly scriptDocument: unknown;
}

function patterns(
  template: ContentPatternsTemplate | undefined,
  evaluator: Evaluator,
): ContentPatterns {
  return {
    exists: evaluator.texts(template?.exists),
    not_exists: evaluator.texts(template?.not_exists),
  };
}

function evaluateTest(
  template: TestTemplate,
  evaluator: Evaluator,
  place: ScriptPlace,
): EvaluatedTest {
  switch (template.kind) {
    case 'script': {
      const { script, document } = evaluateScript(template.script, evaluator, place);
      const test: PackageTest = {
        kind: 'script',
        script,
        requirements: {
          run: evaluateDependencies(template.requirements.run, evaluator),
          build: evaluateDependencies(template.requirements.build, evaluator),
        },
        files: {
          source: evaluator.texts(template.files.source),
          recipe: evaluator.texts(template.files.recipe),
        },
      };
      return { test, template, scriptDocument: document };
    }
    default:
      return { test: evaluateOther(template, evaluator), template, scriptDocument: undefined };
  }
}

function evaluateOther(
  template: Exclude<TestTemplate, { readonly kind: 'script' }>,
  evaluator: Evaluator,
): PackageTest {
  switch (template.kind) {
    case 'package_contents':
      return {
        kind: 'package_contents',
        files: patterns(template.parts.files, evaluator),
        site_packages: patterns(template.parts.site_packages, evaluator),
        bin: patterns(template.parts.bin, evaluator),
        lib: patterns(template.parts.lib, evaluator),
        include: patterns(template.parts.include, evaluator),
        strict: evaluator.boolean(template.strict, 'strict') ?? false,
      };
    case 'python':
      return {
        kind: 'python',
        imports: evaluator.texts(template.imports),
        pip_check: evaluator.boolean(template.pip_check, 'pip_check') ?? true,
        python_version: evaluator.texts(template.python_version),
      };
    case 'perl':
      return { kind: 'perl', uses: evaluator.texts(template.names) };
    case 'r':
      return { kind: 'r', libraries: evaluator.texts(template.names) };
    case 'ruby':
      return { kind: 'ruby', requires: evaluator.texts(template.names) };
    case 'downstream':
      return { kind: 'downstream', downstream: evaluator.text(template.downstream) ?? '' };
  }
}

/** The chosen tests. */
export function evaluateTests(
  list: TemplateList<TestTemplate> | undefined,
  evaluator: Evaluator,
  place: ScriptPlace,
): EvaluatedTest[] {
  return evaluator.select(list).map((template) => evaluateTest(template, evaluator, place));
}
