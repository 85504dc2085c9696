/**
 * The smallest parts of a recipe template: values that may hold `${{ }}`, and lists whose items may depend on
 * conditions (spec 1.2). Everything here is as written; `evaluate/` is the only way to plain values.
 */
import type { Expr, Template } from '#proto/recipe/expression/ast.ts';
import type { TextRange } from '../problems.ts';
import type { YamlScalar } from '../yaml/document.ts';

/** A scalar as written. `template` is set where it holds template syntax. */
export interface TemplateValue {
  readonly scalar: YamlScalar;
  readonly template?: Template;
}

/** An expression without braces: the condition of an `if`, or a `skip`. */
export interface Condition {
  readonly scalar: YamlScalar;
  readonly expression: Expr;
}

/** A list item: a value, or values under a condition. */
export type ListItem<T> =
  | { readonly kind: 'item'; readonly value: T }
  | {
      readonly kind: 'if';
      readonly condition: Condition;
      readonly holds: readonly ListItem<T>[];
      readonly otherwise: readonly ListItem<T>[];
    };

/** A list as written; a single value counts as a list of one. */
export interface TemplateList<T> {
  readonly items: readonly ListItem<T>[];
  readonly range: TextRange;
  /** Written as one value instead of a list. */
  readonly single: boolean;
}

/** A list of scalars. */
export type ValueList = TemplateList<TemplateValue>;
