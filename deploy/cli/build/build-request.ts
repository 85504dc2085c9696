/**
 * Flags → a validated request. Three forms, as everywhere at an edge: what commander hands over
 * (`Record<string, unknown>`), what the flags say (checked, all problems at once), what the build needs.
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { StageyardError } from '#proto/errors.ts';
import { isKnownPlatform } from '#proto/conda/platform.ts';
import { namedStoreConfig, type StoreConfig } from '../../config/farm-config.ts';
import { storePathOf } from '../../store-layout.ts';
import { buildFlags, flagKey } from '../flag-table.ts';
import { currentPlatform } from './current-platform.ts';

/** How much is said, and in which form. */
export interface OutputStyle {
  readonly style: 'fancy' | 'plain' | 'json';
  readonly color: boolean;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
}

/** A checked command line. Paths are absolute. */
export interface BuildRequest {
  /** Absolute paths, or `-`. */
  readonly recipes: readonly string[];
  readonly recipeDir?: string;
  readonly upTo?: string;
  readonly outputDir: string;
  /** Directory: caches and journals; blobs and results too where no bucket is named. */
  readonly store: string;
  /** The bucket that holds blobs and results instead. */
  readonly sharedStore?: Extract<StoreConfig, { kind: 's3' }>;
  readonly buildRoot?: string;
  /** As written; undefined when no -c was given. */
  readonly channels?: readonly string[];
  readonly channelPriority: 'strict' | 'disabled';
  readonly excludeNewerMs?: number;
  readonly variantFiles: readonly string[];
  readonly variantOverrides: Readonly<Record<string, readonly string[]>>;
  readonly ignoreRecipeVariants: boolean;
  readonly platforms: { readonly build: string; readonly host: string; readonly target: string };
  readonly noarchBuildPlatform?: string;
  readonly renderOnly: boolean;
  readonly withSolve: boolean;
  readonly test: 'skip' | 'native' | 'native-and-emulated';
  readonly skipExisting: 'none' | 'local' | 'all';
  readonly continueOnFailure: boolean;
  readonly keepBuild: boolean;
  readonly packageFormat: { readonly kind: 'conda' | 'tar-bz2'; readonly level: number };
  readonly buildNumber?: number;
  readonly buildStringPrefix?: string;
  readonly includeRecipe: boolean;
  readonly extraMeta: Readonly<Record<string, string>>;
  readonly markdownSummary?: string;
  readonly errorPrefixInBinary: boolean;
  /** Replace packages of the same name and other content. */
  readonly force: boolean;
  readonly errorOverlappingFiles: boolean;
  readonly errorUnusedStagingFiles: boolean;
  readonly allowAbsoluteLicensePaths: boolean;
  readonly envIsolation: 'strict' | 'conda-build' | 'none';
  readonly jobs: number;
  readonly rebuild: readonly string[];
  /** Build there instead of here: as written, or empty for the configured one. */
  readonly farm?: string;
  /** Workers of the farm must have them all. */
  readonly labels: readonly string[];
  /** Channels of this machine travel to the farm. */
  readonly bundlesChannels: boolean;
  readonly strict: boolean;
  /** Recipes may load files and ask git repositories. */
  readonly experimental: boolean;
  readonly output: OutputStyle;
}

/** What the process brings: passed in so that parsing stays a function of its arguments. */
export interface Surroundings {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdoutIsTerminal: boolean;
}

const SLOTS_DEFAULT_MAX = 4;
const SLOTS_MAX = 256;

/** Collects problems so that all of them are reported together. */
class Checker {
  readonly problems: string[] = [];
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }

  text(key: string): string | undefined {
    const value = this.values[key];
    return typeof value === 'string' ? value : undefined;
  }

  list(key: string): readonly string[] {
    const value = this.values[key];
    return Array.isArray(value) ? value.map(String) : [];
  }

  flag(key: string): boolean {
    return this.values[key] === true;
  }

  choice<const T extends string>(key: string, name: string, choices: readonly T[], fallback: T): T {
    const value = this.text(key);
    if (value === undefined) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined)
      this.problems.push(`${name} ${value}: choose one of ${choices.join(', ')}`);
    return found ?? fallback;
  }

  integer(key: string, name: string, bounds: { min: number; max: number }): number | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    const parsed = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (parsed >= bounds.min && parsed <= bounds.max) return parsed;
    this.problems.push(`${name} ${value}: give a whole number from ${bounds.min} to ${bounds.max}`);
    return undefined;
  }

  pairs(key: string, name: string): Record<string, string> {
    const pairs: Record<string, string> = {};
    for (const word of this.list(key)) {
      const at = word.indexOf('=');
      if (at < 1) this.problems.push(`${name} ${word}: write key=value`);
      else pairs[word.slice(0, at)] = word.slice(at + 1);
    }
    return pairs;
  }
}

function packageFormat(checker: Checker): BuildRequest['packageFormat'] {
  const text = checker.text('packageFormat') ?? 'conda';
  const match = /^(conda|tar-bz2|tarbz2)(?::(-?\d+|min|max|default|fast))?$/.exec(text);
  if (match === null) {
    checker.problems.push(`--package-format ${text}: write conda[:level] or tar-bz2[:level]`);
    return { kind: 'conda', level: 15 };
  }
  const kind = match[1] === 'conda' ? 'conda' : 'tar-bz2';
  const range =
    kind === 'conda'
      ? { min: -7, max: 22, default: 15, fast: 1 }
      : { min: 1, max: 9, default: 9, fast: 1 };
  const named: Record<string, number> = {
    min: range.min,
    max: range.max,
    default: range.default,
    fast: range.fast,
  };
  const level = match[2] === undefined ? range.default : (named[match[2]] ?? Number(match[2]));
  if (level < range.min || level > range.max) {
    checker.problems.push(
      `--package-format ${text}: levels of ${kind} go from ${range.min} to ${range.max}`,
    );
  }
  return { kind, level };
}

function platforms(checker: Checker): BuildRequest['platforms'] {
  const build = checker.text('buildPlatform') ?? currentPlatform(process.platform, process.arch);
  const target = checker.text('targetPlatform') ?? build;
  const host = checker.text('hostPlatform') ?? target;
  for (const [name, platform] of [
    ['--build-platform', build],
    ['--target-platform', target],
    ['--host-platform', host === target ? build : host],
    ['--noarch-build-platform', checker.text('noarchBuildPlatform') ?? build],
  ] as const) {
    if (platform === 'noarch')
      checker.problems.push(
        `${name} noarch: whether an output is noarch is said in the recipe (build.noarch)`,
      );
    else if (!isKnownPlatform(platform))
      checker.problems.push(
        `${name} ${platform}: not a conda platform (such as linux-64, osx-arm64, win-64)`,
      );
  }
  return { build, host, target };
}

function excludeNewer(checker: Checker): number | undefined {
  const text = checker.text('excludeNewer');
  if (text === undefined) return undefined;
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed))
    checker.problems.push(
      `--exclude-newer ${text}: write an RFC 3339 time such as 2026-01-31T00:00:00Z`,
    );
  return Number.isNaN(parsed) ? undefined : parsed;
}

function outputStyle(checker: Checker, around: Surroundings): OutputStyle {
  const environment = around.environment;
  const terminal = around.stdoutIsTerminal && environment['TERM'] !== 'dumb';
  const wanted = checker.choice(
    'logStyle',
    '--log-style',
    ['fancy', 'plain', 'json'],
    terminal ? 'fancy' : 'plain',
  );
  const color = checker.choice('color', '--color', ['auto', 'always', 'never'], 'auto');
  const style = checker.flag('json') ? 'json' : wanted === 'fancy' && !terminal ? 'plain' : wanted;
  const colorWanted =
    color === 'always' || (color === 'auto' && terminal && (environment['NO_COLOR'] ?? '') === '');
  return {
    style,
    color: colorWanted && style !== 'json',
    verbosity: checker.flag('quiet') ? 'quiet' : checker.flag('verbose') ? 'verbose' : 'normal',
  };
}

function skipExisting(
  values: Readonly<Record<string, unknown>>,
  checker: Checker,
): BuildRequest['skipExisting'] {
  if (values['skipExisting'] === true) return 'local';
  return checker.choice('skipExisting', '--skip-existing', ['none', 'local', 'all'], 'none');
}

function refuse(values: Readonly<Record<string, unknown>>, checker: Checker): void {
  for (const row of buildFlags) {
    if (row.status !== 'refused') continue;
    if (values[flagKey(row)] !== undefined) checker.problems.push(`${row.names}: ${row.help}`);
  }
}

function variantOverrides(checker: Checker): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(checker.pairs('variant', '--variant')).map(([key, text]) => [
      key,
      text.split(','),
    ]),
  );
}

/** Where packages go and from where recipes come. */
function places(checker: Checker, around: Surroundings) {
  const recipeDir = checker.text('recipeDir');
  const upTo = checker.text('upTo');
  const buildRoot = checker.text('buildRoot');
  const markdown = checker.text('markdownSummary');
  const recipes = checker.list('recipe');
  const named = recipes.length > 0 || recipeDir !== undefined ? recipes : ['.'];
  return {
    recipes: named.map((path) => (path === '-' ? '-' : resolve(around.cwd, path))),
    ...(recipeDir === undefined ? {} : { recipeDir: resolve(around.cwd, recipeDir) }),
    ...(upTo === undefined ? {} : { upTo }),
    ...(buildRoot === undefined ? {} : { buildRoot: resolve(around.cwd, buildRoot) }),
    ...(markdown === undefined ? {} : { markdownSummary: resolve(around.cwd, markdown) }),
    outputDir: resolve(
      around.cwd,
      checker.text('outputDir') ?? (around.environment['CONDA_BLD_PATH'] || 'output'),
    ),
    ...stores(checker.text('store'), around),
    variantFiles: checker.list('variantConfig').map((path) => resolve(around.cwd, path)),
  };
}

/** A bucket is beside the directory: what only this machine needs stays on it. */
function stores(
  flag: string | undefined,
  { cwd, environment }: Surroundings,
): Pick<BuildRequest, 'store' | 'sharedStore'> {
  const place = flag ?? environment['STAGEYARD_STORE'] ?? '';
  if (!place.includes('://')) {
    const path = flag?.replace(/^dir:/, '');
    return { store: path === undefined ? storePathOf(environment) : resolve(cwd, path) };
  }
  const sharedStore = namedStoreConfig(place, environment);
  const store = storePathOf(environment);
  return sharedStore.kind === 's3' ? { store, sharedStore } : { store };
}

/** What is solved against. */
function solving(checker: Checker) {
  const channels = checker.list('channel');
  const newer = excludeNewer(checker);
  return {
    ...(channels.length === 0 ? {} : { channels }),
    ...(newer === undefined ? {} : { excludeNewerMs: newer }),
    channelPriority: checker.choice(
      'channelPriority',
      '--channel-priority',
      ['strict', 'disabled'],
      'strict',
    ),
  };
}

/** Numbers and texts that may be absent. */
function optionals(checker: Checker) {
  const buildNumber =
    checker.integer('buildNumber', '--build-num', { min: 0, max: 2 ** 32 }) ??
    checker.integer('buildNum', '--build-num', { min: 0, max: 2 ** 32 });
  const prefix = checker.text('buildStringPrefix');
  const noarch = checker.text('noarchBuildPlatform');
  return {
    ...(buildNumber === undefined ? {} : { buildNumber }),
    ...(prefix === undefined ? {} : { buildStringPrefix: prefix }),
    ...(noarch === undefined ? {} : { noarchBuildPlatform: noarch }),
  };
}

/** A variable that switches something on. */
const isSet = (text: string | undefined): boolean => /^(?:1|true|yes|on)$/i.test(text ?? '');

/** `--farm` alone names no address. */
function farmPart(value: unknown): { readonly farm?: string } {
  if (value === undefined) return {};
  return { farm: typeof value === 'string' ? value : '' };
}

/** What is decided on the workers can't be said here. */
function checkFarm(
  request: BuildRequest,
  values: Readonly<Record<string, unknown>>,
  { problems }: Checker,
): void {
  if (request.farm === undefined) {
    if (request.bundlesChannels) problems.push('--bundle-channel: belongs to --farm');
    if (request.labels.length > 0) problems.push('--require-label: belongs to --farm');
    return;
  }
  if (String(values['store']).startsWith('s3://'))
    problems.push('--store: a farm has a store of its own; here it is the directory of caches');
  if (values['jobs'] !== undefined)
    problems.push('--jobs: workers of a farm have slots of their own (stageyard worker --slots)');
  if (request.buildRoot !== undefined)
    problems.push(
      '--build-root: each worker of a farm has its own (stageyard worker --build-root)',
    );
  if (request.allowAbsoluteLicensePaths)
    problems.push(
      '--allow-absolute-license-paths: on a farm they would name files of a worker; copy them into the recipe',
    );
}

/** Checks everything; throws `USAGE_INVALID` that lists all problems. */
export function parseBuildRequest(
  values: Readonly<Record<string, unknown>>,
  around: Surroundings,
): BuildRequest {
  const checker = new Checker(values);
  refuse(values, checker);
  const slots = checker.integer('jobs', '--jobs', { min: 1, max: SLOTS_MAX });
  const testing = checker.choice(
    'test',
    '--test',
    ['skip', 'native', 'native-and-emulated'],
    'native-and-emulated',
  );
  const request: BuildRequest = {
    ...places(checker, around),
    ...solving(checker),
    ...optionals(checker),
    variantOverrides: variantOverrides(checker),
    ignoreRecipeVariants: checker.flag('ignoreRecipeVariants'),
    platforms: platforms(checker),
    renderOnly: checker.flag('renderOnly'),
    withSolve: checker.flag('withSolve'),
    test: values['test'] === false ? 'skip' : testing,
    skipExisting: skipExisting(values, checker),
    continueOnFailure: checker.flag('continueOnFailure'),
    keepBuild: checker.flag('keepBuild'),
    packageFormat: packageFormat(checker),
    includeRecipe: values['includeRecipe'] !== false,
    extraMeta: checker.pairs('extraMeta', '--extra-meta'),
    errorPrefixInBinary: checker.flag('errorPrefixInBinary'),
    force: checker.flag('force'),
    errorOverlappingFiles: checker.flag('errorOverlappingFiles'),
    errorUnusedStagingFiles: checker.flag('errorUnusedStagingFiles'),
    allowAbsoluteLicensePaths: checker.flag('allowAbsoluteLicensePaths'),
    envIsolation: checker.choice(
      'envIsolation',
      '--env-isolation',
      ['strict', 'conda-build', 'none'],
      'strict',
    ),
    jobs: slots ?? Math.min(availableParallelism(), SLOTS_DEFAULT_MAX),
    rebuild: checker.list('rebuild'),
    ...farmPart(values['farm']),
    labels: checker.list('requireLabel'),
    bundlesChannels: checker.flag('bundleChannel'),
    strict: checker.flag('strict'),
    experimental:
      checker.flag('experimental') || isSet(around.environment['RATTLER_BUILD_EXPERIMENTAL']),
    output: outputStyle(checker, around),
  };
  if (request.withSolve && !request.renderOnly)
    checker.problems.push('--with-solve: belongs to --render-only');
  checkFarm(request, values, checker);
  if (checker.problems.length > 0)
    throw new StageyardError('USAGE_INVALID', checker.problems.join('\n'));
  return request;
}
