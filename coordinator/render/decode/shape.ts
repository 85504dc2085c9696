/**
 * What a decoder accepts, as data beside the function that does it. Decoders are made of decoders, so their shapes are
 * made of shapes; the schema for editors is printed from them and can't say anything else than what is read.
 */

/** A scalar; nearly all of them may be templates as well. */
export interface ValueShape {
  readonly kind: 'value';
  /** Literals that are accepted besides templates; absent: any. */
  readonly literals?: 'boolean' | 'integer' | readonly string[];
  /** False where a template is refused. */
  readonly template?: false;
  readonly hint?: string;
}

/** A list whose items may be under an `if` (spec 1.2). */
export interface ListShape {
  readonly kind: 'list';
  readonly items: Shape;
  /** One item may stand for a list of one. */
  readonly orOne: boolean;
  readonly hint?: string;
}

/** A list whose items are taken as they are. */
export interface PlainListShape {
  readonly kind: 'plain-list';
  readonly items: Shape;
  /** Fewest items; absent: none. */
  readonly least?: number;
  readonly hint?: string;
}

/** A mapping with known keys. A key with a null value counts as absent. */
export interface MapShape {
  readonly kind: 'map';
  readonly keys: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  readonly hint?: string;
}

/** A mapping from any names, or from names of one form, to values of one shape. */
export interface NamesShape {
  readonly kind: 'names';
  readonly values: Shape;
  /** Source of a regular expression. */
  readonly pattern?: string;
  readonly hint?: string;
}

/** One of several. */
export interface ChoiceShape {
  readonly kind: 'choice';
  readonly among: readonly Shape[];
  readonly hint?: string;
}

/** Whatever YAML can say. */
export interface AnyShape {
  readonly kind: 'any';
  readonly hint?: string;
}

/** Any of them. `hint` is one line about the meaning, for editors. */
export type Shape =
  | ValueShape
  | ListShape
  | PlainListShape
  | MapShape
  | NamesShape
  | ChoiceShape
  | AnyShape;

/** A scalar or template. */
export const valueShape: ValueShape = { kind: 'value' };

/** Anything. */
export const anyShape: AnyShape = { kind: 'any' };

/** A mapping; `required` keys must be there. */
export function mapShape(
  keys: Readonly<Record<string, { readonly shape: Shape }>>,
  required: readonly string[] = [],
): MapShape {
  const entries = Object.entries(keys).map(([key, { shape }]) => [key, shape]);
  return { kind: 'map', keys: Object.fromEntries(entries), required };
}

/** One of several. */
export function choiceOf(...among: readonly Shape[]): ChoiceShape {
  return { kind: 'choice', among };
}
