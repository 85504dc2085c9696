/** `info/run_exports.json`: only what is not empty; undefined when nothing is exported (spec 6.5). */
import type { RunExportsJson } from '#proto/conda/package-record.ts';

const keys = ['noarch', 'strong', 'strong_constrains', 'weak', 'weak_constrains'] as const;

/** Drops empty lists. */
export function runExportsJson(exports: RunExportsJson): RunExportsJson | undefined {
  const filled = keys.filter((key) => (exports[key] ?? []).length > 0);
  if (filled.length === 0) return undefined;
  return Object.fromEntries(filled.map((key) => [key, exports[key]]));
}
