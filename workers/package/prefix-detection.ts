/** Which placeholder entry a file gets in `paths.json` (spec 5.13). */
import { compileGlobs } from '#proto/glob.ts';
import type { Finding } from '#proto/link-report.ts';
import type { Build } from '#proto/recipe/recipe.ts';
import type { ContentFacts } from './content-scan.ts';

/** `file_mode` of an entry; undefined: the file holds no prefix that an installer replaces. */
export type PlaceholderMode = 'text' | 'binary' | undefined;

/** Decides per file. */
export interface PrefixDetector {
  modeOf(path: string, facts: ContentFacts): PlaceholderMode;
  /** A warning where the prefix occurs in a form that nobody replaces. */
  findingOf(path: string, facts: ContentFacts): Finding | undefined;
}

const isByteCode = (path: string): boolean => /\.py[co]$/.test(path);

/** Compiles the settings of `build.prefix_detection`. */
export function createPrefixDetector(
  settings: Build['prefix_detection'],
  targetPlatform: string,
): PrefixDetector {
  const globs = (include: readonly string[]) => compileGlobs({ include, exclude: [] });
  const forcesBinary = globs(settings.force_binary);
  const forcesText = globs(settings.force_text);
  const { ignore } = settings;
  const isIgnored = typeof ignore === 'boolean' ? () => ignore : globs(ignore);
  const ignoresBinary = settings.ignore_binary_files || targetPlatform.startsWith('win-');
  return {
    modeOf(path, facts) {
      if (!facts.hasPrefix || isByteCode(path) || isIgnored(path)) return undefined;
      if (forcesBinary(path)) return ignoresBinary ? undefined : 'binary';
      if (facts.isText || forcesText(path)) return 'text';
      return ignoresBinary ? undefined : 'binary';
    },
    findingOf(path, facts) {
      if (!facts.hasWidePrefix || isIgnored(path)) return undefined;
      return {
        kind: 'unrewritable-path',
        severity: 'warning',
        message: `${path} holds the build prefix in UTF-16 or UTF-32: installers do not replace it there`,
        remedy: `build.prefix_detection.ignore: [${JSON.stringify(path)}] if that is harmless`,
        binary: path,
      };
    },
  };
}
