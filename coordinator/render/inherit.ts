/**
 * What an output takes over from the top level (spec 1.13; CEP 41 asks for a deep merge of `build` and `about`). The
 * merge happens on templates, so that a place in a message is always the place where the value is written.
 */
import type {
  AboutTemplate,
  BuildTemplate,
  PackageOutputTemplate,
  ScriptTemplate,
  TopLevelTemplate,
} from './template/sections.ts';
import type { TemplateList } from './template/value.ts';

function isEmptyList(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'items' in value &&
    Array.isArray(value.items) &&
    value.items.length === 0
  );
}

/** Key by key; the own value wins unless it is an empty list. */
function mergeKeys<T extends object>(top: T | undefined, own: T | undefined): T | undefined {
  if (top === undefined || own === undefined) return own ?? top;
  const ownSet = Object.entries(own).filter(
    ([, value]) => value !== undefined && !isEmptyList(value),
  );
  return { ...top, ...Object.fromEntries(ownSet) };
}

/** Own items after the top level's. */
export function concatLists<T>(
  top: TemplateList<T> | undefined,
  own: TemplateList<T> | undefined,
): TemplateList<T> | undefined {
  if (top === undefined || own === undefined) return own ?? top;
  return { items: [...top.items, ...own.items], range: own.range, single: false };
}

/** True for a script that says where to run and nothing else. */
function runsNothing(script: ScriptTemplate): boolean {
  return (
    script.kind === 'map' &&
    Object.entries(script).every(
      ([key, value]) => key === 'kind' || key === 'cwd' || value === undefined,
    )
  );
}

/** A script that only sets where it runs takes what it runs from the top level. */
function mergeScripts(
  top: ScriptTemplate | undefined,
  own: ScriptTemplate | undefined,
): ScriptTemplate | undefined {
  if (top === undefined || own === undefined) return own ?? top;
  if (own.kind !== 'map' || !runsNothing(own)) return own;
  if (top.kind === 'map') return { ...top, ...own };
  if (top.kind === 'list') return { ...own, content: top.commands };
  const { text } = top;
  const items = [{ kind: 'item', value: text }] as const;
  return { ...own, content: { items, range: text.scalar.range, single: true } };
}

/** The one section of `build:` that holds another one. */
function mergePrefixDetection(
  top: BuildTemplate['prefix_detection'],
  own: BuildTemplate['prefix_detection'],
): BuildTemplate['prefix_detection'] {
  const force_file_type = mergeKeys(top?.force_file_type, own?.force_file_type);
  const merged = mergeKeys(top, own);
  return force_file_type === undefined ? merged : { ...merged, force_file_type };
}

/** Merged `build:`; `skip` and `merge_build_and_host_envs` are or-ed by the evaluation, which gets both. */
function mergeBuild(
  top: BuildTemplate,
  own: BuildTemplate,
  options: { readonly inheritScript: boolean },
): BuildTemplate {
  const { script: topScript, steps: topSteps, skip: _topSkip, ...topRest } = top;
  const merged = mergeKeys<BuildTemplate>(topRest, own) ?? {};
  const sections = {
    dynamic_linking: mergeKeys(top.dynamic_linking, own.dynamic_linking),
    python: mergeKeys(top.python, own.python),
    variant: mergeKeys(top.variant, own.variant),
    prefix_detection: mergePrefixDetection(top.prefix_detection, own.prefix_detection),
  };
  const ownPlan = own.steps !== undefined || (own.script !== undefined && !runsNothing(own.script));
  const script = options.inheritScript ? mergeScripts(topScript, own.script) : own.script;
  const steps = options.inheritScript && !ownPlan ? topSteps : own.steps;
  const set = Object.fromEntries(
    Object.entries({ ...sections, script, steps }).filter(([, value]) => value !== undefined),
  );
  return { ...merged, ...set };
}

/** Merged `about:`; an empty list of its own wins, unlike in `build`. */
function mergeAbout(top: AboutTemplate, own: AboutTemplate): AboutTemplate {
  const set = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...top, ...Object.fromEntries(set) };
}

/** The output's sections with what it inherits. From a staging output come neither sources, script nor tests. */
export function withInheritance(
  top: TopLevelTemplate,
  output: PackageOutputTemplate,
): PackageOutputTemplate {
  const fromTop = output.inherit === undefined;
  return {
    ...output,
    source: fromTop ? concatLists(top.source, output.source) : output.source,
    build: mergeBuild(top.build, output.build, { inheritScript: fromTop }),
    about: mergeAbout(top.about, output.about),
    tests: fromTop ? concatLists(top.tests, output.tests) : output.tests,
  };
}
