/** What an evaluation sees of the outside: variables, functions, and what it reports. */
import type { Result } from '../../result.ts';
import type { Operand, Value } from './values.ts';

/** Evaluated arguments of a call. An argument may be undefined: the function decides. */
export interface CallArguments {
  readonly positional: readonly Operand[];
  readonly named: ReadonlyMap<string, Operand>;
}

/** `strict`: using something undefined is an error. `lenient` (build scripts): it prints as nothing. */
export type UndefinedBehavior = 'strict' | 'lenient';

/** What a function may use besides its arguments. */
export interface CallContext {
  readonly undefinedBehavior: UndefinedBehavior;
  /** Reads a variable of the scope and reports the access. */
  readonly read: (name: string) => Operand;
}

/** A function of the language. A failure is one sentence: what is wrong and what to write. */
export type TemplateFunction = (
  call: CallArguments,
  context: CallContext,
) => Result<Operand, string>;

/** Names that expressions can use. */
export interface Scope {
  /** `undefined`: there is no such variable. */
  get(name: string): Value | undefined;
  /** By name as called; `env.get` has its dot in the name. */
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  /** Told of each name that is read, defined or not (spec 2.4, rule 1). */
  accessed?(name: string): void;
}
