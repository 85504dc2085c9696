/**
 * Which run paths a packaged ELF binary gets (spec 5.5). Pure: texts in, texts out. All paths are compared
 * lexically, `/`-separated, below the host prefix as it is written into built files.
 */
import { posix } from 'node:path';

/** What decides about the run paths of one binary. */
export interface RunPathsInput {
  /** DT_RPATH and DT_RUNPATH as found, `:`-separated. */
  readonly rpath: string | null;
  readonly runpath: string | null;
  /** The binary, relative to the prefix. */
  readonly path: string;
  /** The host prefix as written into built files. */
  readonly prefix: string;
  /** `build.dynamic_linking.rpaths`, relative to the prefix; empty means `lib/`. */
  readonly configured: readonly string[];
  /** `build.dynamic_linking.rpath_allowlist`. */
  readonly isAllowed: (entry: string) => boolean;
}

/** The result, in the order in which a loader searches. */
export interface RunPaths {
  readonly entries: readonly string[];
  /** Entries that were taken out because they lead out of the prefix. */
  readonly dropped: readonly string[];
}

const ORIGIN = /^(\$ORIGIN|\$\{ORIGIN\})(?=\/|$)/;

/** Entries of a `:`-separated list, empty ones left out. */
export function splitRunPath(text: string | null): readonly string[] {
  return (text ?? '').split(':').filter((entry) => entry !== '');
}

/**
 * Directory that an entry means, relative to the prefix (empty: the prefix itself); undefined when it
 * lies elsewhere.
 */
export function directoryInPrefix(
  entry: string,
  { path, prefix }: { readonly path: string; readonly prefix: string },
): string | undefined {
  const root = posix.normalize(`${prefix}/`).replace(/\/+$/, '');
  const origin = posix.join(root, posix.dirname(path));
  const absolute = ORIGIN.test(entry) ? entry.replace(ORIGIN, () => origin) : entry;
  if (!absolute.startsWith('/')) return undefined;
  const directory = posix.normalize(absolute).replace(/\/+$/, '');
  if (directory === root) return '';
  return directory.startsWith(`${root}/`) ? directory.slice(root.length + 1) : undefined;
}

/** Computes the run paths of one binary. */
export function computeRunPaths(input: RunPathsInput): RunPaths {
  const { prefix, configured } = input;
  const wanted = (configured.length === 0 ? ['lib/'] : configured).map((entry) =>
    entry.startsWith('/') ? entry : posix.join(prefix, entry),
  );
  const given = [...splitRunPath(input.rpath), ...wanted, ...splitRunPath(input.runpath)];
  const entries = new Map<string, string>();
  const dropped: string[] = [];
  for (const entry of given) {
    const kept = keep(entry, input);
    if (kept === undefined) dropped.push(entry);
    else if (!entries.has(kept.key)) entries.set(kept.key, kept.text);
  }
  return { entries: [...entries.values()], dropped: [...new Set(dropped)] };
}

// Two spellings of one directory are one entry: the loader would only look twice.
function keep(entry: string, input: RunPathsInput): { key: string; text: string } | undefined {
  const directory = directoryInPrefix(entry, input);
  if (directory !== undefined) {
    const text = ORIGIN.test(entry) ? entry : fromOrigin(directory, input.path);
    return { key: `in:${directory}`, text };
  }
  return input.isAllowed(entry) ? { key: `out:${entry}`, text: entry } : undefined;
}

function fromOrigin(directory: string, path: string): string {
  const steps = posix.relative(`/${posix.dirname(path)}`, `/${directory}`);
  return steps === '' ? '$ORIGIN' : `$ORIGIN/${steps}`;
}
