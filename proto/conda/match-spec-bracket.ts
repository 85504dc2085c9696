/** The bracket part of a match spec: `name[key=value, key="value"]`. */
import { fail, ok, type Result } from '../result.ts';

/** Keys with their unquoted values, in the order written. */
export type Bracket = ReadonlyMap<string, string>;

/** What a spec can say in brackets, in the order of its canonical text. */
export const BRACKET_KEYS = [
  'version',
  'md5',
  'sha256',
  'build_number',
  'build',
  'fn',
  'url',
  'license',
  'license_family',
  'track_features',
  'channel',
  'subdir',
] as const;
const ENTRY = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s,"'[\]]+))\s*(,|$)/y;

/** True for keys that say something about a package. */
export function isBracketKey(key: string): boolean {
  return BRACKET_KEYS.some((known) => known === key);
}

/** Cuts off the brackets at the end. */
export function splitBracket(text: string): Result<{ rest: string; bracket: string }, string> {
  if (!text.endsWith(']')) return ok({ rest: text, bracket: '' });
  const open = text.indexOf('[');
  if (open < 0) return fail('`]` without `[`');
  return ok({ rest: text.slice(0, open).trim(), bracket: text.slice(open + 1, -1) });
}

function checkValue(key: string, value: string): string | undefined {
  const length = key === 'md5' ? 32 : key === 'sha256' ? 64 : undefined;
  if (length === undefined || (value.length === length && /^[0-9a-fA-F]*$/.test(value))) {
    return undefined;
  }
  return `\`${key}\` has ${length} hex digits`;
}

/** Reads what stands between the brackets. */
export function readBracket(text: string): Result<Bracket, string> {
  const entries = new Map<string, string>();
  if (text.trim() === '') return ok(entries);
  let index = 0;
  while (index < text.length) {
    ENTRY.lastIndex = index;
    const match = ENTRY.exec(text);
    if (match === null) {
      return fail(`cannot read \`[${text}]\`: write \`[key="value", key="value"]\``);
    }
    const [whole, key = '', double, single, bare, separator] = match;
    const value = double ?? single ?? bare ?? '';
    if (entries.has(key)) return fail(`\`${key}\` is given twice`);
    const problem = checkValue(key, value);
    if (problem !== undefined) return fail(problem);
    entries.set(key, value);
    index += whole.length;
    if (separator === ',' && index === text.length) return fail('nothing follows the last comma');
  }
  return ok(entries);
}
