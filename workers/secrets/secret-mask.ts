/** Takes the values of secrets out of texts that people or machines get to see. */

/** What secrets are replaced by. */
const MASK = '********';

/** Replaces every secret in a text. */
export type SecretMask = (text: string) => string;

/**
 * The texts that give a secret away, longest first: each line of each value, as it stands and as a shell's
 * trace, JSON or a URL write it.
 */
export function secretTexts(values: readonly string[]): readonly string[] {
  const lines = values
    .flatMap((value) => value.split(/\r\n|\r|\n/))
    .filter((line) => line.trim() !== '');
  return [...new Set(lines.flatMap(spellings))].toSorted((a, b) => b.length - a.length);
}

function spellings(line: string): readonly string[] {
  const quoted = line.replaceAll("'", `'\\''`);
  const json = JSON.stringify(line).slice(1, -1);
  return [line, quoted, json, line.isWellFormed() ? encodeURIComponent(line) : line];
}

/** Masks the values in texts; of several matches the longest goes first. */
export function secretMask(values: readonly string[]): SecretMask {
  const texts = secretTexts(values);
  return (text) => texts.reduce((shown, secret) => shown.split(secret).join(MASK), text);
}

/** Plain data with every text in it masked, keys left as they are. */
export function maskedData<T>(data: T, mask: SecretMask): T {
  return maskedValue(data, mask) as T;
}

function maskedValue(value: unknown, mask: SecretMask): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item) => maskedValue(item, mask));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, maskedValue(item, mask)]);
  return Object.fromEntries(entries);
}
