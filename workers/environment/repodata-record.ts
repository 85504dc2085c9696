/**
 * Decodes one package record of a foreign index: `repodata.json` entry or `info/index.json`. Only
 * known members are kept, each with the right type; names that end up in paths are checked.
 */
import type { PackageRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';

/** `name-version-build` and the extension of a package file name. */
export interface PackageFileName {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly extension: '.conda' | '.tar.bz2';
}

const FILE_NAME_LENGTH_MAX = 255;
/** Longest list of dependencies that is believed; real ones stay below 1,000. */
const DEPENDENCY_COUNT_MAX = 20_000;

const PACKAGE_NAME = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/;
const VERSION_OR_BUILD = /^[a-zA-Z0-9_.+!~:=*-]+$/;
/** A subdir as channels name their directories: `linux-64`, `noarch`. */
export const SUBDIR_PATTERN = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Splits a package file name, or answers null when it isn't one (or could leave its directory). */
export function parsePackageFileName(fn: string): PackageFileName | null {
  const extension = fn.endsWith('.conda') ? '.conda' : fn.endsWith('.tar.bz2') ? '.tar.bz2' : null;
  if (extension === null || fn.length > FILE_NAME_LENGTH_MAX) return null;
  const stem = fn.slice(0, -extension.length);
  const buildAt = stem.lastIndexOf('-');
  const versionAt = stem.lastIndexOf('-', buildAt - 1);
  if (versionAt <= 0 || buildAt <= versionAt) return null;
  const name = stem.slice(0, versionAt);
  const version = stem.slice(versionAt + 1, buildAt);
  const build = stem.slice(buildAt + 1);
  if (!PACKAGE_NAME.test(name) || !VERSION_OR_BUILD.test(version)) return null;
  return VERSION_OR_BUILD.test(build) ? { name, version, build, extension } : null;
}

/** True for a value with members. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads members of one record and complains with its place and the member's name. */
class MemberReader {
  readonly #raw: Readonly<Record<string, unknown>>;
  readonly #where: string;

  constructor(raw: Readonly<Record<string, unknown>>, where: string) {
    this.#raw = raw;
    this.#where = where;
  }

  fail(member: string, expected: string): never {
    throw new StageyardError('CHANNEL_INVALID', `${this.#where}: ${member} must be ${expected}`);
  }

  optionalString(member: string): string | undefined {
    const value = this.#raw[member];
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : this.fail(member, 'text');
  }

  string(member: string): string {
    return this.optionalString(member) ?? this.fail(member, 'present');
  }

  integer(member: string): number | undefined {
    const value = this.#raw[member];
    if (value === undefined || value === null) return undefined;
    const isInteger = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    return isInteger ? value : this.fail(member, 'a whole number that is not negative');
  }

  strings(member: string): readonly string[] | undefined {
    const value = this.#raw[member];
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value) || value.length > DEPENDENCY_COUNT_MAX) {
      return this.fail(member, `a list of at most ${DEPENDENCY_COUNT_MAX} texts`);
    }
    return value.map((item: unknown) =>
      typeof item === 'string' ? item : this.fail(member, 'a list of texts'),
    );
  }

  hex(member: string, digits: number): string | undefined {
    const value = this.optionalString(member)?.toLowerCase();
    if (value === undefined || value === '') return undefined;
    return value.length === digits && /^[0-9a-f]+$/.test(value)
      ? value
      : this.fail(member, `${digits} hexadecimal digits`);
  }
}

function noarchOf(
  raw: Readonly<Record<string, unknown>>,
  reader: MemberReader,
): 'python' | 'generic' | undefined {
  const value = raw.noarch;
  if (value === undefined || value === null || value === false) return undefined;
  if (value === true || value === 'generic') return 'generic';
  return value === 'python' ? 'python' : reader.fail('noarch', 'python or generic');
}

function trackFeaturesOf(
  raw: Readonly<Record<string, unknown>>,
  reader: MemberReader,
): string | undefined {
  if (Array.isArray(raw.track_features)) return reader.strings('track_features')?.join(' ');
  return reader.optionalString('track_features');
}

function compact<T extends object>(
  members: { readonly [K in keyof T]: T[K] | undefined },
): Partial<T> {
  const kept: Partial<T> = {};
  for (const key of Object.keys(members) as (keyof T)[]) {
    const value = members[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}

/** Options of {@link decodePackageRecord}. */
export interface DecodeRecordOptions {
  /** Names file and channel in messages. */
  readonly where: string;
  /** The directory that the record stands for; a record that claims another one is refused. */
  readonly subdir?: string;
}

/**
 * Checks a foreign record and keeps its known members. Throws `CHANNEL_INVALID` naming file and
 * member.
 */
export function decodePackageRecord(raw: unknown, options: DecodeRecordOptions): PackageRecord {
  if (!isObject(raw)) {
    throw new StageyardError('CHANNEL_INVALID', `${options.where}: a record must be an object`);
  }
  const reader = new MemberReader(raw, options.where);
  const name = reader.string('name');
  const version = reader.string('version');
  const build = reader.optionalString('build') ?? reader.string('build_string');
  if (!PACKAGE_NAME.test(name)) reader.fail('name', 'a package name');
  if (!VERSION_OR_BUILD.test(version)) reader.fail('version', 'a version');
  if (!VERSION_OR_BUILD.test(build)) reader.fail('build', 'a build string');
  const subdir = reader.optionalString('subdir') ?? options.subdir ?? reader.string('subdir');
  if (!SUBDIR_PATTERN.test(subdir)) reader.fail('subdir', 'a platform such as linux-64');
  if (options.subdir !== undefined && subdir !== options.subdir) {
    reader.fail('subdir', `${options.subdir}, the directory that lists it, not ${subdir}`);
  }
  return {
    name,
    version,
    build,
    build_number: reader.integer('build_number') ?? 0,
    subdir,
    depends: reader.strings('depends') ?? [],
    ...compact<
      Omit<PackageRecord, 'name' | 'version' | 'build' | 'build_number' | 'subdir' | 'depends'>
    >({
      constrains: reader.strings('constrains'),
      arch: reader.optionalString('arch'),
      platform: reader.optionalString('platform'),
      license: reader.optionalString('license'),
      license_family: reader.optionalString('license_family'),
      noarch: noarchOf(raw, reader),
      timestamp: reader.integer('timestamp'),
      track_features: trackFeaturesOf(raw, reader),
      features: reader.optionalString('features'),
      python_site_packages_path: reader.optionalString('python_site_packages_path'),
      purls: reader.strings('purls'),
      md5: reader.hex('md5', 32),
      sha256: reader.hex('sha256', 64),
      size: reader.integer('size'),
    }),
  };
}
