/** Package outputs of one combination: everything that doesn't need the hash yet (spec 1.3–1.10). */
import { Version } from '#proto/conda/version.ts';
import type { About, RenderedOutput, Requirements, Source } from '#proto/recipe/recipe.ts';
import type { ProblemDraft, TextRange } from '../problems.ts';
import { withInheritance } from '../inherit.ts';
import {
  unsupportedBuild,
  unsupportedExtras,
  unsupportedLicenseFiles,
  unsupportedSource,
  unsupportedTest,
} from '../supported.ts';
import type {
  BuildTemplate,
  PackageOutputTemplate,
  TopLevelTemplate,
} from '../template/sections.ts';
import type { TemplateValue } from '../template/value.ts';
import { visitMentions } from '../template/references.ts';
import { evaluateAbout } from './about.ts';
import { evaluateBuild, evaluateSkip, type EvaluatedBuild } from './build.ts';
import { freeName } from './dependency.ts';
import { sectionsAbove } from './inherited-package.ts';
import type { Evaluator } from './evaluator.ts';
import { evaluateExtra } from './extra.ts';
import {
  type Combination,
  type OutputTools,
  outputTools,
  type RecipeEvaluation,
} from './recipe-evaluation.ts';
import { evaluateRequirements } from './requirements.ts';
import { defaultScript, type EvaluatedScript, evaluateScript, NO_SCRIPT } from './script.ts';
import { evaluateSources } from './source.ts';
import { evaluateInherit } from './staging-output.ts';
import { type EvaluatedTest, evaluateTests } from './tests.ts';

/** Sections of an output that is built. */
export interface EvaluatedSections {
  readonly source: readonly Source[];
  readonly build: EvaluatedBuild;
  readonly script: EvaluatedScript;
  readonly string: TemplateValue | undefined;
  /** The recipe gives a build number, perhaps 0. */
  readonly isNumberWritten: boolean;
  readonly requirements: Requirements;
  readonly tests: readonly EvaluatedTest[];
  readonly about: About;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly inherit: RenderedOutput['inherit'];
}

/** A package output as evaluated. `sections` is undefined for a skipped output of a multi-output recipe. */
export interface EvaluatedPackage {
  /** Lower case. */
  readonly name: string;
  readonly writtenName: string;
  readonly version: string;
  readonly skipped: boolean;
  readonly sections: EvaluatedSections | undefined;
  readonly reads: ReadonlySet<string>;
  readonly freeNames: readonly string[];
  readonly refusals: readonly ProblemDraft[];
  readonly nameRange: TextRange;
  readonly inheritRange: TextRange | undefined;
}

const PACKAGE_NAME = /^[A-Za-z0-9_.-]+$/;

function evaluateName(
  written: TemplateValue | undefined,
  evaluator: Evaluator,
): string | undefined {
  const name = evaluator.nonEmptyText(written);
  if (name === undefined || written === undefined) return undefined;
  if (PACKAGE_NAME.test(name)) return name;
  return evaluator.complain(
    written.scalar.range,
    `\`${name}\` is not a package name`,
    'use letters, digits, `-`, `_` and `.`',
  );
}

/** Accepted, though no requirement will ever match it as meant. */
function warnOfVersion(version: string, written: TemplateValue, evaluator: Evaluator): void {
  const parsed = Version.parse(version);
  const failure = parsed.ok ? undefined : parsed.failure;
  const reason =
    failure ?? (version.includes('-') ? '`-` ends the version in names of packages' : undefined);
  if (reason === undefined) return;
  evaluator.problems.report({
    severity: 'warning',
    message: `\`${version}\` is hardly a version: ${reason}`,
    range: written.scalar.range,
    help: 'separate its parts by `.` or `_`',
  });
}

function evaluateVersion(
  template: PackageOutputTemplate,
  evaluation: RecipeEvaluation,
  evaluator: Evaluator,
): string | undefined {
  const written = template.package.version ?? evaluation.template.top.version;
  if (written === undefined) {
    return evaluator.complain(
      template.package.range,
      'version is required for package output',
      evaluation.template.single
        ? 'give the package a `version`'
        : 'give the package a `version`, or all of them one by `recipe.version`',
    );
  }
  const version = evaluator.text(written);
  if (version === undefined) return undefined;
  if (/^[0-9A-Za-z_.+!-]+$/.test(version)) {
    warnOfVersion(version, written, evaluator);
    return version;
  }
  return evaluator.complain(written.scalar.range, `\`${version}\` is not a version`);
}

function chooseScript(
  template: PackageOutputTemplate,
  evaluation: RecipeEvaluation,
  tools: OutputTools,
): EvaluatedScript {
  if (template.build.script !== undefined) {
    return evaluateScript(template.build.script, tools.evaluator, tools.place);
  }
  if (evaluation.template.single) return defaultScript(tools.place);
  return NO_SCRIPT;
}

function evaluateSections(
  template: PackageOutputTemplate,
  evaluation: RecipeEvaluation,
  tools: OutputTools,
): EvaluatedSections {
  const { evaluator, scope, place, refusals } = tools;
  const sources = evaluateSources(template.source, evaluator, scope);
  const build = evaluateBuild(template.build, evaluator);
  const script = chooseScript(template, evaluation, tools);
  visitMentions(template.build.string, place.mentions);
  const requirements = evaluateRequirements(template.requirements, evaluator);
  const tests = evaluateTests(template.tests, evaluator, place);
  const about = evaluateAbout(template.about, evaluator, scope);
  refusals.push(
    ...sources.flatMap(({ source, template: written }) => unsupportedSource(source, written)),
    ...unsupportedBuild(template.build),
    ...unsupportedLicenseFiles(
      about.license_file,
      template.about.license_file?.range ?? template.range,
    ),
    ...(template.requirements.extras === undefined
      ? []
      : [unsupportedExtras(template.requirements.extras.range)]),
    ...tests.flatMap(({ test, template: written }) => unsupportedTest(test, written.range)),
  );
  return {
    source: sources.map(({ source }) => source),
    build,
    script,
    string: template.build.string,
    isNumberWritten: template.build.number !== undefined,
    requirements,
    tests,
    about,
    extra: evaluateExtra(evaluation.template.extra, evaluator),
    inherit: evaluateInherit(template.inherit, evaluator),
  };
}

/** Skips of the top level and of the output are or-ed; so is `merge_build_and_host_envs` (spec 1.13). */
function mergesEnvironments(
  own: PackageOutputTemplate,
  evaluation: RecipeEvaluation,
  evaluator: Evaluator,
): boolean {
  const lists = [evaluation.template.top.build, own.build];
  return lists
    .map(
      (build) =>
        evaluator.boolean(build.merge_build_and_host_envs, 'merge_build_and_host_envs') ?? false,
    )
    .includes(true);
}

/** Evaluates `build` for its mistakes and for what it reads. */
function readBuild(build: BuildTemplate, { evaluator, place }: OutputTools): void {
  evaluateBuild(build, evaluator);
  if (build.script !== undefined) evaluateScript(build.script, evaluator, place);
}

/**
 * Evaluates the top level by itself: what it reads counts for every output, also where the output has a value of its
 * own or takes files instead of sources and script, and its mistakes are mistakes all the same.
 */
function readTopLevel(top: TopLevelTemplate, tools: OutputTools): void {
  const { evaluator, scope, place } = tools;
  evaluateSources(top.source, evaluator, scope);
  readBuild(top.build, tools);
  visitMentions(top.build.string, place.mentions);
  evaluateAbout(top.about, evaluator, scope);
}

/** Sections of an output that is built, or of a single-output recipe, skipped or not. */
function builtSections(
  own: PackageOutputTemplate,
  evaluation: RecipeEvaluation,
  tools: OutputTools,
): EvaluatedSections {
  const { single, top } = evaluation.template;
  const above = single ? undefined : sectionsAbove(own, evaluation, tools.evaluator);
  if (!single) readTopLevel(top, tools);
  const merged = above === undefined ? own : withInheritance(above, own);
  const sections = evaluateSections(merged, evaluation, tools);
  const merge_build_and_host_envs = mergesEnvironments(own, evaluation, tools.evaluator);
  return { ...sections, build: { ...sections.build, merge_build_and_host_envs } };
}

/** Evaluates one package output. Undefined after problems with its identity were reported. */
export function evaluatePackage(
  own: PackageOutputTemplate,
  evaluation: RecipeEvaluation,
  combination: Combination,
): EvaluatedPackage | undefined {
  const tools = outputTools(evaluation, combination);
  const { evaluator, scope, refusals } = tools;
  const { top, single } = evaluation.template;
  const skipped = evaluateSkip([top.build.skip, own.build.skip], evaluator);
  const writtenName = evaluateName(own.package.name, evaluator);
  const version = evaluateVersion(own, evaluation, evaluator);
  // Of a skipped output only `build` is looked at, as that says whether it is skipped.
  if (skipped && !single) for (const build of [top.build, own.build]) readBuild(build, tools);
  // Evaluated before the identity is looked at, so that one wrong name doesn't hide the other problems.
  const sections = skipped && !single ? undefined : builtSections(own, evaluation, tools);
  if (writtenName === undefined || version === undefined) return undefined;
  const { build, host } = sections?.requirements ?? { build: [], host: [] };
  return {
    name: writtenName.toLowerCase(),
    writtenName,
    version,
    skipped,
    sections,
    reads: scope.reads,
    freeNames: [...build, ...host].flatMap((spec) => freeName(spec) ?? []),
    refusals,
    nameRange: own.package.name?.scalar.range ?? own.range,
    inheritRange: own.inherit?.range,
  };
}
