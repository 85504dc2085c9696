/**
 * What an unquoted scalar means. Only plain decimal integers and booleans are typed: `3.10`, `1e3`, `0x10`, `1_0`,
 * `yes` and dates stay text, and `null` where a value is wanted is the text `null` (spec appendix E).
 */
import type { YamlScalar } from './document.ts';

/** A typed scalar. */
export type ScalarValue = string | number | boolean;

const INTEGER = /^[-+]?\d+$/;

/** The integer written, or undefined when it isn't one or doesn't fit a double exactly. */
export function parseInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `true`, `True`, `TRUE` and the same of false; undefined otherwise. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  return undefined;
}

/** The value of a scalar: quoted ones are text, plain ones may be integers or booleans. */
export function scalarValue(scalar: YamlScalar): ScalarValue {
  if (!scalar.plain) return scalar.text;
  return parseBoolean(scalar.text) ?? parseInteger(scalar.text) ?? scalar.text;
}
