/** Sources as plain data (spec 1.4). */
import type { GitSource, PathSource, Source, UrlSource } from '#proto/recipe/recipe.ts';
import type { SourceTemplate } from '../template/sections.ts';
import type { TemplateList, TemplateValue } from '../template/value.ts';
import { Evaluator } from './evaluator.ts';
import { evaluateGlobs } from './globs.ts';
import type { RecipeScope } from './scope.ts';

const CHECKSUM_DIGITS = { sha256: 64, md5: 32 } as const;

/** A checksum; an empty one is all zeros, which never matches and so shows the real one (spec 1.4). */
function checksum(
  kind: 'sha256' | 'md5',
  written: TemplateValue | undefined,
  evaluator: Evaluator,
): string | undefined {
  const text = evaluator.text(written)?.trim().toLowerCase();
  if (text === undefined || written === undefined) return undefined;
  const digits = CHECKSUM_DIGITS[kind];
  if (text === '') return '0'.repeat(digits);
  if (text.length === digits && /^[0-9a-f]*$/.test(text)) return text;
  return evaluator.complain(
    written.scalar.range,
    `\`${kind}\` must have ${digits} hex digits, not ${text.length} characters`,
  );
}

/** Leaves out the keys whose value is undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: NonNullable<T[K]> };
}

function gitSource(template: SourceTemplate, evaluator: Evaluator): Partial<GitSource> {
  const { rev, tag, branch } = template;
  return defined({
    git: evaluator.nonEmptyText(template.git),
    rev: evaluator.nonEmptyText(rev),
    tag: evaluator.nonEmptyText(tag),
    branch: evaluator.nonEmptyText(branch),
    depth: evaluator.integer(template.depth, 'depth', -1),
    lfs: evaluator.boolean(template.lfs, 'lfs') ?? false,
    submodules: evaluator.boolean(template.submodules, 'submodules') ?? true,
    expected_commit: evaluator.nonEmptyText(template.expected_commit),
  });
}

function checksums(template: SourceTemplate, evaluator: Evaluator) {
  return {
    sha256: checksum('sha256', template.sha256, evaluator),
    md5: checksum('md5', template.md5, evaluator),
    file_name: evaluator.nonEmptyText(template.file_name),
  };
}

function evaluateSource(
  template: SourceTemplate,
  evaluator: Evaluator,
  scope: RecipeScope,
): Source | undefined {
  const late = new Evaluator(evaluator.problems, scope.lateBound());
  const common = {
    ...defined({ target_directory: evaluator.nonEmptyText(template.target_directory) }),
    patches: late.texts(template.patches),
    filter: evaluateGlobs(template.filter, evaluator),
  };
  if (template.url !== undefined) {
    const written = evaluator.select(template.url);
    const url = written.flatMap((item) => evaluator.url(item, 'url') ?? []);
    if (written.length === 0) {
      return evaluator.complain(template.url.range, 'a `url` source without a URL');
    }
    const source: UrlSource = {
      kind: 'url',
      url,
      ...defined(checksums(template, evaluator)),
      ...common,
    };
    return source;
  }
  if (template.path !== undefined) {
    const path = evaluator.text(template.path);
    if (path === undefined) return undefined;
    const use_gitignore = evaluator.boolean(template.use_gitignore, 'use_gitignore') ?? true;
    const source: PathSource = {
      kind: 'path',
      path,
      use_gitignore,
      ...defined(checksums(template, evaluator)),
      ...common,
    };
    return source;
  }
  const { git, lfs = false, submodules = true, ...rest } = gitSource(template, evaluator);
  return git === undefined ? undefined : { kind: 'git', git, lfs, submodules, ...rest, ...common };
}

/** The chosen sources with where they are written. */
export function evaluateSources(
  list: TemplateList<SourceTemplate> | undefined,
  evaluator: Evaluator,
  scope: RecipeScope,
): { readonly source: Source; readonly template: SourceTemplate }[] {
  return evaluator.select(list).flatMap((template) => {
    const source = evaluateSource(template, evaluator, scope);
    return source === undefined ? [] : [{ source, template }];
  });
}
