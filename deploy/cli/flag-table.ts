/**
 * Every flag of `stageyard build`, in one table: the command line is made from it, `docs/flags.md` is printed
 * from it, and a test compares the two. Names are rattler-build's wherever it has the flag.
 */

/** What a flag does here. */
export type FlagStatus = 'works' | 'accepted without effect' | 'refused';

/** One row. `argument` is in commander's notation: `<x>` required, `[x]` optional. */
export interface FlagRow {
  readonly names: string;
  readonly argument?: string;
  readonly repeatable?: true;
  readonly status: FlagStatus;
  readonly help: string;
  /** Ours: rattler-build has no such flag. */
  readonly own?: true;
}

const works = (names: string, help: string, more: Partial<FlagRow> = {}): FlagRow => ({
  names,
  help,
  status: 'works',
  ...more,
});
const idle = (names: string, help: string, more: Partial<FlagRow> = {}): FlagRow => ({
  names,
  help,
  status: 'accepted without effect',
  ...more,
});
const refused = (names: string, help: string, more: Partial<FlagRow> = {}): FlagRow => ({
  names,
  help,
  status: 'refused',
  ...more,
});

const many = { repeatable: true } as const;
const own = { own: true } as const;

/** In the order of the help text. */
export const buildFlags: readonly FlagRow[] = [
  works('-r, --recipe', 'recipe file or directory; `-` reads standard input (default: .)', {
    argument: '<path>',
    ...many,
  }),
  works('--recipe-dir', 'build every recipe found below', { argument: '<dir>' }),
  works('--up-to', 'only this output and what it needs', { argument: '<name>' }),
  works(
    '--output-dir',
    'the channel directory that packages go to (default: $CONDA_BLD_PATH, else ./output)',
    { argument: '<dir>' },
  ),
  works(
    '-c, --channel',
    'channel to solve against, most important first: a name, a directory, an http, https, file or s3 URL (default: conda-forge)',
    {
      argument: '<channel>',
      ...many,
    },
  ),
  works('--channel-priority', 'strict or disabled (default: strict)', { argument: '<mode>' }),
  works('--exclude-newer', 'ignore packages published after this RFC 3339 time', {
    argument: '<time>',
  }),
  works('-m, --variant-config', 'variant file; later ones win', { argument: '<file>', ...many }),
  works('--variant', 'values of one variant key: key=v1,v2', { argument: '<key=values>', ...many }),
  works('--ignore-recipe-variants', 'do not read the variant file beside the recipe'),
  works('--build-platform', 'platform that builds (default: this machine)', {
    argument: '<platform>',
  }),
  works('--target-platform', 'platform to build for (default: this machine)', {
    argument: '<platform>',
  }),
  works('--host-platform', 'platform of the host environment (default: the target)', {
    argument: '<platform>',
  }),
  works('--noarch-build-platform', 'build noarch outputs on this platform only', {
    argument: '<platform>',
  }),
  works('--render-only', 'print the rendered outputs as JSON and build nothing'),
  works('--with-solve', 'with --render-only: resolve the environments too, install nothing'),
  works('--test', 'skip, native or native-and-emulated (default: native-and-emulated)', {
    argument: '<mode>',
  }),
  works('--no-test', 'the same as --test skip'),
  works('--skip-existing', 'skip outputs that exist: none, local or all (without a value: local)', {
    argument: '[mode]',
  }),
  works('--continue-on-failure', 'go on with what does not depend on a failed output'),
  works('--keep-build', 'keep the work directories of successful tasks too'),
  works('--package-format', 'conda[:level] or tar-bz2[:level] (default: conda:15)', {
    argument: '<format>',
  }),
  works('--build-num, --build-number', 'build number instead of the recipe’s', { argument: '<n>' }),
  works('--build-string-prefix', 'put before every default build string', { argument: '<prefix>' }),
  works('--no-include-recipe', 'leave info/recipe out of the packages'),
  works('--extra-meta', 'key=value for the `extra` of about.json', {
    argument: '<key=value>',
    ...many,
  }),
  works('--markdown-summary', 'append the summary as Markdown to this file', {
    argument: '<file>',
  }),
  works('--error-prefix-in-binary', 'fail when a binary holds the prefix'),
  works(
    '--force',
    'replace packages of the same name and other content in the output directory',
    own,
  ),
  works(
    '--error-overlapping-files',
    'fail when two outputs of a staging output package the same file',
  ),
  works('--error-unused-staging-files', 'fail when no output packages a staged file'),
  works('--allow-absolute-license-paths', 'let license_file name absolute paths'),
  works(
    '--env-isolation',
    'what scripts see of the caller’s environment: strict, conda-build or none (default: strict)',
    { argument: '<mode>' },
  ),
  works('--log-style', 'plain, json or fancy (default: fancy on a terminal)', {
    argument: '<style>',
  }),
  works('--color', 'auto, always or never', { argument: '<when>' }),
  works('-v, --verbose', 'debug lines on standard error, and every line of every script'),
  works('-q, --quiet', 'only problems and the summary'),
  works('--jobs', 'slots: tasks at once (default: the cores, at most 4, at most one an output)', {
    argument: '<n>',
    ...own,
  }),
  works(
    '--store',
    'where snapshots, packages in the making and caches live: a directory, or s3://BUCKET/PREFIX to share results between machines, with endpoint, region and keys from STAGEYARD_S3_* or AWS_* (default: $STAGEYARD_STORE, else the user’s cache directory)',
    { argument: '<place>', ...own },
  ),
  works('--rebuild', 'build this output although its inputs are unchanged', {
    argument: '<output>',
    ...many,
    ...own,
  }),
  works(
    '--farm',
    'build on the farm of this coordinator, or of the one that leads of several, separated by commas (without a value: $STAGEYARD_FARM, else http://127.0.0.1:7311); packages come to the output directory as they settle',
    { argument: '[url]', ...own },
  ),
  works(
    '--bundle-channel',
    'with --farm: send channels that are directories of this machine along, the output directory too',
    own,
  ),
  works(
    '--require-label',
    'with --farm: only workers with this label (stageyard worker --labels)',
    {
      argument: '<label>',
      ...many,
      ...own,
    },
  ),
  works('--json', 'events on standard output, one JSON object a line', own),
  works(
    '--experimental',
    'allow the functions of recipes that look beyond the recipe: `load_from_file` and `git.*`; nothing else needs it here (also: RATTLER_BUILD_EXPERIMENTAL=1)',
  ),
  works('--strict', 'warnings of rendering are errors', own),
  works(
    '--build-root',
    'build below this directory instead of /var/tmp/stageyard; packages are then marked as not reproducible',
    { argument: '<dir>', ...own },
  ),
  idle('--no-build-id', 'build places are always the same for the same output'),
  idle('--compression-threads', 'packages are compressed beside each other, not in themselves', {
    argument: '<n>',
  }),
  idle('--io-concurrency-limit', 'bounded by itself', { argument: '<n>' }),
  idle('--allow-symlinks-on-windows', 'links are kept as they are'),
  idle('--wrap-log-lines', 'lines are never wrapped', { argument: '[bool]' }),
  idle('--no-config', 'no configuration file is read'),
  refused('--config-file', 'rattler-build’s configuration file is not read by this version', {
    argument: '<file>',
  }),
  refused('--auth-file', 'channels that need a login are not supported by this version', {
    argument: '<file>',
  }),
  refused('--allow-insecure-host', 'certificates are always checked', {
    argument: '<host>',
    ...many,
  }),
  refused('--sandbox', 'scripts are not confined by this version'),
  refused('--allow-network', 'belongs to --sandbox'),
  refused('--allow-read', 'belongs to --sandbox', { argument: '<path>', ...many }),
  refused('--allow-read-execute', 'belongs to --sandbox', { argument: '<path>', ...many }),
  refused('--allow-read-write', 'belongs to --sandbox', { argument: '<path>', ...many }),
  refused('--overwrite-default-sandbox-config', 'belongs to --sandbox'),
  idle(
    '--v3',
    'the third revision of repodata is not written: what needs it (`build.flags`, `requirements.extras`) is refused by itself',
  ),
];

/** Name without dashes under which commander stores the value: `--build-num, --build-number` → `buildNumber`. */
export function flagKey(row: FlagRow): string {
  const long = row.names.split(', ').findLast((name) => name.startsWith('--')) ?? row.names;
  return long
    .replace(/^--(no-)?/, '')
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `docs/flags.md`, whole. */
export function flagsDocument(): string {
  const rows = buildFlags.map((row) => {
    const name = row.names
      .split(', ')
      .map((part) => `\`${part}\``)
      .join(', ');
    const argument = row.argument === undefined ? '' : ` \`${row.argument}\``;
    return `| ${name}${argument} | ${row.status}${row.own ? ' (ours)' : ''} | ${row.help} |`;
  });
  return [
    '# Flags of `stageyard build`',
    '',
    'Names and meanings are rattler-build’s wherever it has the flag. *Works*: as there, or as the text says. *Accepted without',
    'effect*: may be given, changes nothing. *Refused*: ends with exit code 2 and says why. A flag that is not listed is an error.',
    '',
    '| flag | here | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
