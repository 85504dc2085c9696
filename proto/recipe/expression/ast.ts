/** Syntax trees of expressions and templates. Every node knows its place in the parsed text. */
import type { Span } from './errors.ts';

/** Operators between two operands. `and` and `or` yield an operand, as in Python. */
export type BinaryOperator =
  | 'or'
  | 'and'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'not in'
  | '+'
  | '-'
  | '~'
  | '*'
  | '/'
  | '//'
  | '%'
  | '**';

/** Arguments of a call, filter or test. */
export interface Arguments {
  readonly positional: readonly Expr[];
  readonly named: readonly { readonly name: string; readonly value: Expr }[];
}

/** An integer is a number; a float (`1.0`, `1e3`) says so, because it prints and types differently. */
export type LiteralValue =
  | { readonly type: 'integer' | 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'none' };

/** One node of an expression. */
export type Expr =
  | { readonly kind: 'literal'; readonly literal: LiteralValue; readonly span: Span }
  | { readonly kind: 'variable'; readonly name: string; readonly span: Span }
  | { readonly kind: 'list'; readonly items: readonly Expr[]; readonly span: Span }
  | {
      readonly kind: 'dict';
      readonly entries: readonly { readonly key: Expr; readonly value: Expr }[];
      readonly span: Span;
    }
  | { readonly kind: 'not'; readonly operand: Expr; readonly span: Span }
  | { readonly kind: 'negate'; readonly operand: Expr; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expr;
      readonly right: Expr;
      readonly span: Span;
    }
  | {
      /** Two comparisons or more in a row: `a < b < c` is `a < b and b < c`. */
      readonly kind: 'chain';
      readonly first: Expr;
      readonly links: readonly { readonly operator: BinaryOperator; readonly right: Expr }[];
      readonly span: Span;
    }
  | {
      readonly kind: 'conditional';
      readonly condition: Expr;
      readonly whenTrue: Expr;
      readonly whenFalse: Expr | undefined;
      readonly span: Span;
    }
  | {
      readonly kind: 'attribute';
      readonly object: Expr;
      readonly name: string;
      readonly span: Span;
    }
  | { readonly kind: 'item'; readonly object: Expr; readonly key: Expr; readonly span: Span }
  | {
      readonly kind: 'slice';
      readonly object: Expr;
      readonly start: Expr | undefined;
      readonly stop: Expr | undefined;
      readonly step: Expr | undefined;
      readonly span: Span;
    }
  | {
      readonly kind: 'call';
      readonly callee: Expr;
      readonly arguments: Arguments;
      readonly span: Span;
    }
  | {
      readonly kind: 'filter';
      readonly name: string;
      readonly nameSpan: Span;
      readonly operand: Expr;
      readonly arguments: Arguments;
      readonly span: Span;
    }
  | {
      readonly kind: 'test';
      readonly name: string;
      readonly nameSpan: Span;
      readonly negated: boolean;
      readonly operand: Expr;
      readonly arguments: Arguments;
      readonly span: Span;
    };

/** One piece of a template. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string; readonly span: Span }
  | { readonly kind: 'output'; readonly expression: Expr; readonly span: Span }
  | {
      readonly kind: 'if';
      readonly branches: readonly {
        readonly condition: Expr;
        readonly body: readonly TemplateNode[];
      }[];
      readonly otherwise: readonly TemplateNode[];
      readonly span: Span;
    }
  | {
      readonly kind: 'for';
      /** Several names unpack the items. */
      readonly targets: readonly string[];
      readonly items: Expr;
      readonly condition: Expr | undefined;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
      readonly span: Span;
    }
  | { readonly kind: 'set'; readonly name: string; readonly value: Expr; readonly span: Span };

/** A parsed text. A text without any template syntax is a single `text` node (or none, when empty). */
export interface Template {
  readonly kind: 'template';
  readonly nodes: readonly TemplateNode[];
}
