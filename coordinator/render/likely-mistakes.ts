/**
 * What a recipe says and surely doesn't mean, though it can be rendered: warnings, which `--strict` makes errors. This
 * reads the recipe as written, so that branches count which no variant takes. Requirements in such branches that are
 * none are errors even there.
 */
import { calleeName } from '#proto/recipe/expression/evaluator.ts';
import type { Span } from '#proto/recipe/expression/errors.ts';
import { filterNames } from '#proto/recipe/expression/filters.ts';
import { standardFunctions } from '#proto/recipe/expression/functions.ts';
import { testNames } from '#proto/recipe/expression/tests.ts';
import { nearestWord } from './decode/nearest.ts';
import { canonicalSpec } from './evaluate/dependency.ts';
import type { ProblemList, TextRange } from './problems.ts';
import type {
  RecipeTemplate,
  RequirementsTemplate,
  SourceTemplate,
  TestTemplate,
} from './template/sections.ts';
import type { ListItem, TemplateList, TemplateValue } from './template/value.ts';
import type { YamlScalar } from './yaml/document.ts';
import { rangeInScalar } from './yaml/positions.ts';

/** Sections that are no templates, or are read where they are run. */
const SKIPPED_KEYS: ReadonlySet<string> = new Set([
  'extra',
  'range',
  'attestation',
  'steps',
  'flags',
  'extras',
  'script',
]);
const MISSING_DOLLAR = /(?<!\$)\{\{[^{}]*\}\}/;
/** A number that loses its last digits wherever it is read as one. */
const SHORTENED_NUMBER = /^[-+]?\d+\.\d+0$/;

const functionNames = standardFunctions({
  targetPlatform: 'linux-64',
  environmentVariable: () => undefined,
});

/** Warns about unquoted numbers that other readers shorten; here their text counts. */
export function warnOfShortenedNumber(scalar: YamlScalar, problems: ProblemList): void {
  if (!scalar.plain || !SHORTENED_NUMBER.test(scalar.text)) return;
  warn(
    problems,
    scalar.range,
    `\`${scalar.text}\` without quotes is the number ${Number(scalar.text)} to other readers of YAML`,
    `write \`"${scalar.text}"\``,
  );
}

function warn(problems: ProblemList, range: TextRange, message: string, help: string): void {
  problems.report({ severity: 'warning', range, message, help });
}

function checkScalar(scalar: YamlScalar, problems: ProblemList): void {
  warnOfShortenedNumber(scalar, problems);
  if (scalar.text.includes('${{')) return;
  const braces = MISSING_DOLLAR.exec(scalar.text);
  if (braces === null) return;
  const [text] = braces;
  const span = { offset: braces.index, length: text.length };
  warn(
    problems,
    rangeInScalar(scalar, problems.source.text, span),
    `\`${text}\` stays as it is: it has no dollar sign`,
    `templates are written \`$${text}\``,
  );
}

interface NamedNode {
  readonly kind: 'call' | 'filter' | 'test';
  readonly span: Span;
}

const isNamedNode = (node: object): node is NamedNode =>
  'kind' in node && 'span' in node && /^(?:call|filter|test)$/.test(String(node.kind));

/** The name that isn't known, where it stands, and those that are. */
function unknownName(
  node: object,
): { name: string; what: string; span: Span; known: readonly string[] } | undefined {
  if (!isNamedNode(node)) return undefined;
  if (node.kind === 'call') {
    const callee = 'callee' in node ? node.callee : undefined;
    const name = isExpression(callee) ? calleeName(callee) : undefined;
    if (name === undefined || functionNames.has(name)) return undefined;
    return { name, what: 'function', span: node.span, known: [...functionNames.keys()] };
  }
  const known = node.kind === 'filter' ? filterNames : testNames;
  if (!('name' in node) || !('nameSpan' in node) || !isSpan(node.nameSpan)) return undefined;
  const name = String(node.name);
  return known.includes(name) ? undefined : { name, what: node.kind, span: node.nameSpan, known };
}

const isSpan = (value: unknown): value is Span =>
  typeof value === 'object' && value !== null && 'offset' in value && 'length' in value;
type Callee = Parameters<typeof calleeName>[0];
const isExpression = (value: unknown): value is Callee =>
  typeof value === 'object' && value !== null && 'kind' in value;

function checkExpression(node: object, scalar: YamlScalar, problems: ProblemList): void {
  const found = unknownName(node);
  if (found === undefined) return;
  const near = nearestWord(found.name, found.known);
  warn(
    problems,
    rangeInScalar(scalar, problems.source.text, found.span),
    `there is no ${found.what} \`${found.name}\``,
    near === undefined
      ? `the ${found.what}s are ${found.known.toSorted().join(', ')}`
      : `did you mean \`${near}\`?`,
  );
}

const isScalar = (node: object): node is YamlScalar =>
  'kind' in node && node.kind === 'scalar' && 'plain' in node;
const isWritten = (node: object): node is TemplateValue =>
  'scalar' in node && typeof node.scalar === 'object';

/** Visits everything below a node without recursion; `scalar` is the text that an expression stands in. */
function checkValues(root: object, problems: ProblemList): void {
  const pending: { readonly node: unknown; readonly scalar?: YamlScalar }[] = [{ node: root }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node } = next;
    if (typeof node !== 'object' || node === null) continue;
    if (isScalar(node)) {
      checkScalar(node, problems);
      continue;
    }
    const scalar = isWritten(node) ? node.scalar : next.scalar;
    if (scalar !== undefined) checkExpression(node, scalar, problems);
    for (const [key, child] of Object.entries(node)) {
      if (!SKIPPED_KEYS.has(key))
        pending.push({ node: child, ...(scalar === undefined ? {} : { scalar }) });
    }
  }
}

/** Items of a list in all branches. */
function allItems<T>(list: TemplateList<T> | undefined): readonly T[] {
  const flat = (items: readonly ListItem<T>[]): T[] =>
    items.flatMap((item) =>
      item.kind === 'item' ? [item.value] : [...flat(item.holds), ...flat(item.otherwise)],
    );
  return list === undefined ? [] : flat(list.items);
}

/** What is written without a template is no specification for any variant. */
function checkSpecs(requirements: RequirementsTemplate, problems: ProblemList): void {
  const { build, host, run, run_constraints, run_exports, ignore_run_exports } = requirements;
  const others = [
    run_exports?.weak,
    run_exports?.strong,
    run_exports?.noarch,
    run_exports?.weak_constraints,
    run_exports?.strong_constraints,
    ignore_run_exports?.by_name,
    ignore_run_exports?.from_package,
  ];
  const lists = [build, host, run, run_constraints, ...others];
  for (const { scalar, template } of lists.flatMap((list) => allItems(list))) {
    if (template !== undefined) continue;
    const spec = canonicalSpec(scalar.text);
    if (!spec.ok) problems.report({ range: scalar.range, message: spec.failure });
  }
}

function checkTests(tests: TemplateList<TestTemplate> | undefined, problems: ProblemList): void {
  for (const test of allItems(tests))
    if (test.kind === 'script') checkSpecs(test.requirements, problems);
}

function checkSources(sources: TemplateList<SourceTemplate> | undefined, problems: ProblemList) {
  for (const { url, sha256, md5 } of allItems(sources)) {
    if (url === undefined || sha256 !== undefined || md5 !== undefined) continue;
    warn(
      problems,
      url.range,
      'a `url` source without `sha256`: whatever is there is built',
      'give its `sha256`; an empty one is refused with the right one',
    );
  }
}

/** Reports the likely mistakes of a recipe as warnings, and requirements that no variant can have as errors. */
export function findLikelyMistakes(template: RecipeTemplate, problems: ProblemList): void {
  checkValues(template, problems);
  checkSources(template.top.source, problems);
  for (const output of template.outputs) {
    checkSources(output.source, problems);
    checkSpecs(output.requirements, problems);
    if (output.kind === 'package') checkTests(output.tests, problems);
  }
  checkTests(template.top.tests, problems);
}
