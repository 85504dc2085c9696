/** The one part of a dependency's text that is needed everywhere, read without parsing the rest. */

const SPEC_NAME = /^\s*(?:[^\s[]*:)?\s*([A-Za-z0-9_][A-Za-z0-9_.-]*)/;

/** Lower-case package name, or null when the text does not begin with one. */
export function nameOfSpec(spec: string): string | null {
  return SPEC_NAME.exec(spec)?.[1]?.toLowerCase() ?? null;
}
