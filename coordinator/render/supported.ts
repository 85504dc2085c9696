/**
 * What this version renders but does not build. It is refused before any script runs, all of it at once, and each
 * refusal says what to do instead.
 */
import type { PackageTest, Source } from '#proto/recipe/recipe.ts';
import type { ProblemDraft, TextRange } from './problems.ts';
import type { BuildTemplate, SourceTemplate } from './template/sections.ts';

function refusal(range: TextRange, message: string, help: string): ProblemDraft {
  return { code: 'RECIPE_UNSUPPORTED', range, message, help };
}

const RUN_TESTS: ReadonlySet<string> = new Set(['script', 'package_contents']);

/** A test of a kind that isn't run. */
export function unsupportedTest(test: PackageTest, range: TextRange): ProblemDraft[] {
  if (RUN_TESTS.has(test.kind)) return [];
  const message = `tests of kind ${test.kind} are not run by this version`;
  return [
    {
      ...refusal(range, message, '--test skip builds without them'),
      code: 'TEST_KIND_UNSUPPORTED',
    },
  ];
}

const LATE_BOUND = /\$\{\{\s*(?:PREFIX|BUILD_PREFIX|SRC_DIR|RECIPE_DIR|BUILD_DIR)\s*\}\}/;

/** A source that can't be fetched yet. */
export function unsupportedSource(source: Source, template: SourceTemplate): ProblemDraft[] {
  const found: ProblemDraft[] = [];
  if (source.kind === 'git') {
    found.push(
      refusal(
        template.git?.scalar.range ?? template.range,
        'git sources are not fetched by this version',
        'use the archive of the tag as a `url` source, or a clone as a `path` source',
      ),
    );
  }
  if (template.attestation !== undefined) {
    found.push(
      refusal(
        template.attestation.range,
        'attestations of sources are not checked by this version',
        'remove `attestation`; `sha256` is checked',
      ),
    );
  }
  const late = source.patches.find((patch) => LATE_BOUND.test(patch));
  if (late !== undefined) {
    found.push(
      refusal(
        template.patches?.range ?? template.range,
        `patches can't name directories of the build in this version: \`${late}\``,
        'give patches relative to the recipe directory',
      ),
    );
  }
  return found;
}

/** Licence files below directories that exist only during the build. */
export function unsupportedLicenseFiles(
  files: readonly string[],
  range: TextRange,
): ProblemDraft[] {
  const late = files.find((file) => LATE_BOUND.test(file));
  if (late === undefined) return [];
  return [
    refusal(
      range,
      `licence files can't name directories of the build in this version: \`${late}\``,
      'give them relative to the work directory or the recipe directory',
    ),
  ];
}

/** Parts of `build:` that aren't carried out. */
export function unsupportedBuild(template: BuildTemplate): ProblemDraft[] {
  const found: ProblemDraft[] = [];
  if (template.steps !== undefined) found.push(unsupportedSteps(template.steps.range));
  if (template.flags !== undefined) {
    found.push(
      refusal(template.flags.range, '`build.flags` is not supported by this version', 'remove it'),
    );
  }
  return found;
}

/** `build.steps` of any output. */
export function unsupportedSteps(range: TextRange): ProblemDraft {
  return refusal(
    range,
    '`build.steps` is not carried out by this version',
    'put the commands into `build.script`',
  );
}

/** `requirements.extras`. */
export function unsupportedExtras(range: TextRange): ProblemDraft {
  return refusal(range, '`requirements.extras` is not supported by this version', 'remove it');
}
