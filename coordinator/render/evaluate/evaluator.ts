/**
 * The bridge from templates to values: renders, chooses branches, converts, and reports what fails at its place in
 * the recipe. Like decoding it goes on after a mistake; an undefined result has been reported.
 */
import {
  type ExpressionError,
  ExpressionFailure,
  type Span,
} from '#proto/recipe/expression/errors.ts';
import { evaluateExpression } from '#proto/recipe/expression/evaluator.ts';
import { evaluateTemplate } from '#proto/recipe/expression/renderer.ts';
import { isPin, isTruthy, type Operand, renderValue } from '#proto/recipe/expression/values.ts';
import { nearestWord } from '../decode/nearest.ts';
import { licenseProblem } from '../license/license-expression.ts';
import type { ProblemList, TextRange } from '../problems.ts';
import type {
  Condition,
  ListItem,
  TemplateList,
  TemplateValue,
  ValueList,
} from '../template/value.ts';
import type { NamedScope } from './scope.ts';
import type { YamlScalar } from '../yaml/document.ts';
import { rangeInScalar } from '../yaml/positions.ts';
import { parseBoolean, parseInteger, scalarValue } from '../yaml/scalars.ts';

/** A rendered item with the place it was written at. */
export interface Placed<T> {
  readonly value: T;
  readonly range: TextRange;
}

/** Evaluates against one scope. */
export class Evaluator {
  readonly problems: ProblemList;
  readonly scope: NamedScope;

  constructor(problems: ProblemList, scope: NamedScope) {
    this.problems = problems;
    this.scope = scope;
  }

  /** Reports an error at a place. */
  complain(range: TextRange, message: string, help?: string): undefined {
    this.problems.report({ message, range, help });
    return undefined;
  }

  /** Where a scalar, or a part of its text, stands. */
  rangeOf(scalar: YamlScalar, span?: Span): TextRange {
    if (span === undefined) return scalar.range;
    return rangeInScalar(scalar, this.problems.source.text, span);
  }

  #complainExpression(scalar: YamlScalar, error: ExpressionError): undefined {
    const range = rangeInScalar(scalar, this.problems.source.text, error.span);
    const name = this.problems.source.text.slice(range.start, range.end);
    if (error.reason === 'undefined' && this.scope.hasFailed(name)) return undefined;
    const help = error.help ?? this.#helpFor(error, name);
    this.problems.report({ message: error.message, range, help });
    return undefined;
  }

  /** For a name that isn't there: the likeliest meant one, or where names come from. */
  #helpFor(error: ExpressionError, name: string): string | undefined {
    if (error.reason !== 'undefined' || !/^[A-Za-z_]\w*$/.test(name)) return undefined;
    const near = nearestWord(name, this.scope.names());
    if (near !== undefined) return `did you mean \`${near}\`?`;
    return 'define it in `context` or in a variant file';
  }

  /** The typed value: a lone `${{ }}` keeps its type, a plain literal may be an integer or a boolean. */
  typed(written: TemplateValue): Placed<Operand> | undefined {
    const { scalar, template } = written;
    if (template === undefined) return { value: scalarValue(scalar), range: scalar.range };
    this.scope.trace?.at(scalar, template);
    const result = evaluateTemplate(template, this.scope, { undefinedBehavior: 'strict' });
    if (!result.ok) return this.#complainExpression(scalar, result.failure);
    return { value: result.value, range: scalar.range };
  }

  /** The text of a value; a literal is its written text (`3.10`, `null`). Empty where a condition had no else. */
  text(written: TemplateValue | undefined): string | undefined {
    if (written === undefined) return undefined;
    if (written.template === undefined) return written.scalar.text;
    const typed = this.typed(written);
    if (typed === undefined) return undefined;
    if (isPin(typed.value)) {
      return this.complain(typed.range, 'a pin can only be a whole requirement');
    }
    return this.rendered(typed.value, typed.range);
  }

  /** A value as text; one that is too large or too deep is reported. */
  rendered(value: Operand, range: TextRange): string | undefined {
    try {
      return renderValue(value);
    } catch (error) {
      if (!(error instanceof ExpressionFailure)) throw error;
      return this.complain(range, error.error.message);
    }
  }

  /** Like {@link text}; empty counts as absent. */
  nonEmptyText(written: TemplateValue | undefined): string | undefined {
    const text = this.text(written);
    return text === '' ? undefined : text;
  }

  /** Like {@link text}; what a template leaves empty counts as absent. */
  writtenText(written: TemplateValue | undefined): string | undefined {
    const text = this.text(written);
    return text === '' && written?.template !== undefined ? undefined : text;
  }

  /** A URL as written; one that can't be parsed is reported. Empty counts as absent. */
  url(written: TemplateValue | undefined, name: string): string | undefined {
    const text = this.text(written)?.trimEnd();
    if (text === undefined || written === undefined || URL.canParse(text)) return text;
    return this.complain(
      written.scalar.range,
      `\`${name}\` must be a URL, not \`${text}\``,
      'a URL starts with a scheme such as `https://`',
    );
  }

  /** A licence expression; one that isn't any is reported at its place. Empty counts as absent in templates. */
  license(written: TemplateValue | undefined): string | undefined {
    const text = this.writtenText(written)?.trimEnd();
    if (text === undefined || written === undefined) return undefined;
    const problem = licenseProblem(text);
    if (problem === undefined) return text;
    const { scalar } = written;
    const range =
      scalar.text.trimEnd() === text
        ? rangeInScalar(scalar, this.problems.source.text, problem)
        : scalar.range;
    return this.complain(range, problem.message, problem.help);
  }

  /** A boolean; `name` is for the message. */
  boolean(written: TemplateValue | undefined, name: string): boolean | undefined {
    if (written === undefined) return undefined;
    const text = this.text(written);
    if (text === undefined || (text === '' && written.template !== undefined)) return undefined;
    const value = /^(?:yes|Yes)$/.test(text)
      ? true
      : /^(?:no|No)$/.test(text)
        ? false
        : parseBoolean(text);
    if (value !== undefined) return value;
    return this.complain(
      written.scalar.range,
      `\`${name}\` must be true or false, not \`${text}\``,
    );
  }

  /** An integer not below `least`; `name` is for the message. */
  integer(
    written: TemplateValue | undefined,
    name: string,
    least = Number.MIN_SAFE_INTEGER,
  ): number | undefined {
    if (written === undefined) return undefined;
    const text = this.text(written);
    if (text === undefined || (text === '' && written.template !== undefined)) return undefined;
    const value = parseInteger(text);
    if (value !== undefined && value >= least) return value;
    const kind = least === 0 ? 'a whole number, 0 or more' : 'a whole number';
    return this.complain(written.scalar.range, `\`${name}\` must be ${kind}, not \`${text}\``);
  }

  /** One of the given words. */
  word<W extends string>(
    written: TemplateValue | undefined,
    name: string,
    words: readonly W[],
  ): W | undefined {
    if (written === undefined) return undefined;
    const text = this.text(written);
    if (text === undefined || text === '') return undefined;
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    const known = words.map((word) => `\`${word}\``).join(' or ');
    return this.complain(written.scalar.range, `\`${name}\` must be ${known}, not \`${text}\``);
  }

  /** True if the condition holds; a failing one is reported and doesn't. */
  holds(condition: Condition): boolean {
    this.scope.trace?.at(condition.scalar, condition.expression);
    const result = evaluateExpression(condition.expression, this.scope, {
      undefinedBehavior: 'strict',
    });
    if (!result.ok) {
      this.#complainExpression(condition.scalar, result.failure);
      return false;
    }
    if (result.value === undefined) {
      this.complain(condition.scalar.range, `\`${condition.scalar.text}\` has no value`);
      return false;
    }
    return isTruthy(result.value);
  }

  /** The items whose conditions hold, flattened. */
  select<T>(list: TemplateList<T> | undefined): T[] {
    return list === undefined ? [] : this.#selectItems(list.items);
  }

  #selectItems<T>(items: readonly ListItem<T>[]): T[] {
    return items.flatMap((item) => {
      if (item.kind === 'item') return [item.value];
      return this.#selectItems(this.holds(item.condition) ? item.holds : item.otherwise);
    });
  }

  /** Texts of a list; templates that render empty are dropped (spec 1.2). */
  placedTexts(list: ValueList | undefined): Placed<string>[] {
    return this.select(list).flatMap((written) => {
      const text = this.text(written);
      if (text === undefined || (text === '' && written.template !== undefined)) return [];
      return [{ value: text, range: written.scalar.range }];
    });
  }

  /** {@link placedTexts} without places. */
  texts(list: ValueList | undefined): string[] {
    return this.placedTexts(list).map(({ value }) => value);
  }
}
