/**
 * The test kind `package_contents` (spec 7.3): patterns that the paths of a package must, or must not, match.
 * Needs nothing but the list of paths, so it runs right after packaging, on any machine, for any platform.
 */
import { isOsx, isWindows, platformFamily } from '#proto/conda/platform.ts';
import { compileGlob, type PathMatcher } from '#proto/glob.ts';
import type { PackageTest } from '#proto/recipe/recipe.ts';
import { fail, ok, type Result } from '#proto/result.ts';

/** A test of this kind. */
type PackageContentsTest = Extract<PackageTest, { kind: 'package_contents' }>;

/** What is tested. */
export interface PackageContentsSubject {
  /** Paths of the package (`paths.json`), `/`-separated. */
  readonly paths: readonly string[];
  /** Platform of the package; for noarch packages the one it was built for. */
  readonly platform: string;
  readonly noarch: 'python' | 'generic' | null;
  /** True for packages that work with several Python versions (CEP 20). */
  readonly isVersionIndependent: boolean;
}

const SECTIONS = ['files', 'site_packages', 'bin', 'lib', 'include'] as const;
type Section = (typeof SECTIONS)[number];

/** One glob that an entry of the recipe stands for; every one of an entry needs a match. */
interface Expectation {
  readonly section: Section;
  readonly entry: string;
  readonly glob: string;
  readonly matches: PathMatcher;
}

const WINDOWS_BIN_DIRECTORIES = [
  'Library/bin/',
  'Scripts/',
  'bin/',
  'Library/mingw-w64/bin/',
  'Library/usr/bin/',
  '',
];
const WINDOWS_BIN_SUFFIXES = ['', '.exe', '.bat', '.cmd', '.com', '.ps1'];
/** Files with the name that was looked for, shown in a failure. */
const HINTS_MAX = 3;
/** Paths without a pattern, shown in a failure of `strict`. */
const UNMATCHED_MAX = 20;

function binGlobs(entry: string, platform: string): readonly string[] {
  if (isWindows(platform)) {
    return [`{${WINDOWS_BIN_DIRECTORIES.join(',')}}${entry}{${WINDOWS_BIN_SUFFIXES.join(',')}}`];
  }
  const isCompiledForWeb = platformFamily(platform) === 'emscripten';
  if (isCompiledForWeb && !/\.(?:js|wasm)$/.test(entry)) {
    return [`bin/${entry}.js`, `bin/${entry}.wasm`];
  }
  return [`bin/${entry}`];
}

function windowsLibGlobs(entry: string): readonly string[] {
  if (/\.dll$/i.test(entry)) return [`Library/bin/${entry}`];
  if (/\.(?:lib|a)$/i.test(entry)) return [`Library/lib/${entry}`];
  return [`Library/bin/${entry}.dll`, `Library/lib/${entry}.lib`];
}

function libGlobs(entry: string, platform: string): readonly string[] {
  if (isWindows(platform)) return windowsLibGlobs(entry);
  if (isOsx(platform)) {
    const isComplete = /\.(?:dylib|a)$/.test(entry);
    return [isComplete ? `lib/${entry}` : `lib/{,lib}${entry}.{,*.}dylib`];
  }
  const isComplete = /\.(?:so|a)$/.test(entry) || entry.includes('.so.');
  return [isComplete ? `lib/${entry}` : `lib/{,lib}${entry}.so{,.*}`];
}

function sitePackagesGlobs(entry: string, subject: PackageContentsSubject): readonly string[] {
  const { noarch, platform, isVersionIndependent } = subject;
  const directory =
    noarch === 'python' || isVersionIndependent
      ? 'site-packages'
      : isWindows(platform)
        ? 'Lib/site-packages'
        : 'lib/python*/site-packages';
  if (entry.includes('/')) return [`${directory}/${entry}`];
  return [`${directory}/${entry.replaceAll('.', '/')}{.py,/__init__.py}`];
}

/** Globs that an entry stands for on the package's platform. */
function globsOf(
  section: Section,
  entry: string,
  subject: PackageContentsSubject,
): readonly string[] {
  switch (section) {
    case 'files':
      return [entry];
    case 'site_packages':
      return sitePackagesGlobs(entry, subject);
    case 'bin':
      return binGlobs(entry, subject.platform);
    case 'lib':
      return libGlobs(entry, subject.platform);
    case 'include':
      return [isWindows(subject.platform) ? `Library/include/${entry}` : `include/${entry}`];
  }
}

function expectations(
  test: PackageContentsTest,
  which: 'exists' | 'not_exists',
  subject: PackageContentsSubject,
): Result<readonly Expectation[], string> {
  const found: Expectation[] = [];
  for (const section of SECTIONS) {
    for (const entry of test[section][which]) {
      for (const glob of globsOf(section, entry, subject)) {
        const matcher = compileGlob(glob);
        if (!matcher.ok) return fail(`${section}: ${matcher.failure}`);
        found.push({ section, entry, glob, matches: matcher.value });
      }
    }
  }
  return ok(found);
}

/** Files of the name that was expected elsewhere: what one gets wrong is the directory, mostly. */
function hint(entry: string, paths: readonly string[]): string {
  const name = entry.split('/').at(-1) ?? entry;
  if (name === '' || /[*?[\]{}\\]/.test(name)) return '';
  const near = paths.filter((path) => path.split('/').at(-1)?.includes(name)).slice(0, HINTS_MAX);
  return near.length === 0 ? '' : `; the package has ${near.join(', ')}`;
}

function missingLines(expected: readonly Expectation[], paths: readonly string[]): string[] {
  return expected
    .filter(({ matches }) => !paths.some((path) => matches(path)))
    .map(
      ({ section, entry, glob }) =>
        `- ${section}: \`${entry}\` matched nothing (${glob})${hint(entry, paths)}`,
    );
}

function unwantedLines(unwanted: readonly Expectation[], paths: readonly string[]): string[] {
  return unwanted.flatMap(({ section, entry, matches }) => {
    const found = paths.filter((path) => matches(path));
    const more = found.length > HINTS_MAX ? ` and ${found.length - HINTS_MAX} more` : '';
    return found.length === 0
      ? []
      : [
          `- ${section}: \`${entry}\` must not exist, but matched ${found.slice(0, HINTS_MAX).join(', ')}${more}`,
        ];
  });
}

function strayLines(expected: readonly Expectation[], paths: readonly string[]): string[] {
  const stray = paths.filter((path) => !expected.some(({ matches }) => matches(path)));
  const rest = stray.length - UNMATCHED_MAX;
  return [
    ...stray.slice(0, UNMATCHED_MAX).map((path) => `- strict: no entry matches ${path}`),
    ...(rest > 0 ? [`- strict: nor ${rest} more`] : []),
  ];
}

/**
 * Runs the test. The failure is a text of several lines that starts with `failed package content tests:` and
 * names every entry that is not fulfilled.
 */
export function runPackageContentsTest(
  test: PackageContentsTest,
  subject: PackageContentsSubject,
): Result<null, string> {
  const expected = expectations(test, 'exists', subject);
  if (!expected.ok) return fail(`failed package content tests:\n- ${expected.failure}`);
  const unwanted = expectations(test, 'not_exists', subject);
  if (!unwanted.ok) return fail(`failed package content tests:\n- ${unwanted.failure}`);
  const lines = [
    ...missingLines(expected.value, subject.paths),
    ...unwantedLines(unwanted.value, subject.paths),
    ...(test.strict ? strayLines(expected.value, subject.paths) : []),
  ];
  return lines.length === 0
    ? ok(null)
    : fail(['failed package content tests:', ...lines].join('\n'));
}
