/**
 * Failures of the expression engine: plain values with a place. Inside the engine a failure travels
 * as an exception (every operator may fail), at the engine's four entry points it becomes a `Result`.
 */

/** A stretch of the text that was parsed: UTF-16 units from its start. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/**
 * What kind of mistake it is: `syntax` (also unsupported syntax), `undefined` (a variable, attribute or item
 * that does not exist), `unknown-name` (function, filter or test), `type` (wrong operand or argument),
 * `function` (a function refused its arguments), `limit` (a bound of the engine was reached).
 */
export type ExpressionErrorReason =
  | 'syntax'
  | 'undefined'
  | 'unknown-name'
  | 'type'
  | 'function'
  | 'limit';

/** One mistake in an expression or template. `message` is one sentence without a full stop. */
export interface ExpressionError {
  readonly reason: ExpressionErrorReason;
  readonly message: string;
  readonly span: Span;
  /** What to write instead, when that is known. */
  readonly help?: string;
}

/** Carries an {@link ExpressionError} to the nearest entry point; never leaves the engine. */
export class ExpressionFailure extends Error {
  readonly error: ExpressionError;

  constructor(error: ExpressionError) {
    super(error.message);
    this.name = 'ExpressionFailure';
    this.error = error;
  }
}

/** Throws an {@link ExpressionFailure}. */
export function refuse(
  reason: ExpressionErrorReason,
  message: string,
  place: { readonly span: Span; readonly help?: string },
): never {
  const { span, help } = place;
  throw new ExpressionFailure({
    reason,
    message,
    span: { offset: span.offset, length: span.length },
    ...(help === undefined ? {} : { help }),
  });
}

/** The span from the start of `first` to the end of `last`. */
export function spanBetween(first: Span, last: Span): Span {
  return { offset: first.offset, length: last.offset + last.length - first.offset };
}
