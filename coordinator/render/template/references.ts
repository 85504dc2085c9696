/** Which variables a template mentions anywhere, in branches that aren't taken too (spec 2.3). */
import type { Expr, Template } from '#proto/recipe/expression/ast.ts';
import { referencedVariables } from '#proto/recipe/expression/references.ts';
import type { YamlScalar } from '../yaml/document.ts';
import type { Condition, TemplateValue } from './value.ts';

const isValue = (node: object): node is TemplateValue => 'scalar' in node && 'template' in node;
const isCondition = (node: object): node is Condition => 'scalar' in node && 'expression' in node;

/** Calls `visit` for every value and condition below a template node. */
function walk(node: unknown, visit: (part: TemplateValue | Condition) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visit);
  } else if (isValue(node) || isCondition(node)) {
    visit(node);
  } else {
    for (const child of Object.values(node)) walk(child, visit);
  }
}

/** One variable where it is mentioned. */
export interface Mention {
  readonly name: string;
  readonly scalar: YamlScalar;
  readonly parsed: Expr | Template;
}

/** Calls `visit` for all variables of all values and conditions below a template node. */
export function visitMentions(template: unknown, visit: (mention: Mention) => void): void {
  walk(template, (part) => {
    const parsed = 'expression' in part ? part.expression : part.template;
    if (parsed === undefined) return;
    for (const name of referencedVariables(parsed)) visit({ name, scalar: part.scalar, parsed });
  });
}

/** Names of all variables mentioned. */
export function mentionedVariables(template: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  visitMentions(template, ({ name }) => names.add(name));
  return names;
}
