/** The two parts of a match spec's text that decide where its package may come from. */

const SPEC_HEAD = /^\s*(?:([^\s[\]:=<>!~,|]+)(?::[^\s[\]:]*)?::)?\s*([A-Za-z0-9_][A-Za-z0-9_.-]*)/;
const BRACKET_CHANNEL = /\[[^\]]*\bchannel\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,\]\s]*))/;

/** Lower-case package name, or null when the text does not begin with one. */
export function nameOfSpec(spec: string): string | null {
  return SPEC_HEAD.exec(spec)?.[2]?.toLowerCase() ?? null;
}

/** The channel that a spec insists on (`conda-forge::zlib`, `zlib[channel=conda-forge]`), or null. */
export function channelOfSpec(spec: string): string | null {
  const prefix = SPEC_HEAD.exec(spec)?.[1];
  if (prefix !== undefined) return prefix;
  const bracket = BRACKET_CHANNEL.exec(spec);
  return bracket?.[1] ?? bracket?.[2] ?? bracket?.[3] ?? null;
}
