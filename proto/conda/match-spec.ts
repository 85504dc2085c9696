/**
 * Match specs: what a requirement says about the packages it accepts. Recipes are read strictly,
 * dependencies of published packages leniently; both are printed in one canonical form (spec, appendix E).
 *
 *     name · name >=1,<2 · name 1.2.* build* · channel/subdir::name · name[build="h*", md5="…"] · URL
 */
import { fail, ok, type Result } from '../result.ts';
import { compileBuildPattern } from './build-pattern.ts';
import {
  type Bracket,
  BRACKET_KEYS,
  isBracketKey,
  readBracket,
  splitBracket,
} from './match-spec-bracket.ts';
import type { PackageRecord, RepodataRecord } from './package-record.ts';
import { isKnownPlatform } from './platform.ts';
import { Version } from './version.ts';
import { type Strictness, VersionSpec } from './version-spec.ts';

/** Longest text of a match spec. */
const SPEC_LENGTH_MAX = 2048;
const NAME = /^[A-Za-z0-9_.-]+$/;
const NAME_END = /[\s=<>!~[(|,;@*^$]/;
const STRICT_BUILD = /^[A-Za-z0-9_.+*]+$/;
const LENIENT_BUILD = /^(?:\^.*\$|[^[\]'"]+)$/;
/** `>=1.2=build`: an equals sign that belongs to no comparison, with a build behind it. */
const GLUED_BUILD = /^(\S*[^=<>!~,|(\s])=([^=<>!~,|()\s][^=<>!~,|()]*)$/;
/** Builds that are printed without brackets: plain ones, wildcards and regular expressions. */
const PLAIN_BUILD = /^(?:[A-Za-z0-9_.+*=-]+|\^\S+\$)$/;
const PACKAGE_URL =
  /^(?:https?|file|s3|oci):\/\/[^\s"'[\]]+\.(?:conda|tar\.bz2)(?:[?#][^\s"'[\]]*)?$/;

/** Conda names ignore case. */
function normalizePackageName(name: string): string {
  return name.toLowerCase();
}

/** Everything a spec can say; what is absent is unconstrained. */
interface Parts {
  readonly name: string;
  readonly channel?: string;
  readonly subdir?: string;
  readonly namespace?: string;
  readonly version?: VersionSpec;
  readonly build?: string;
  readonly buildNumber?: string;
  readonly bracket: Bracket;
}

type Attempt<T> = Result<T, string>;

/** `channel/subdir::name`, `channel:namespace:name`, `name`. */
function splitChannel(text: string): Attempt<{
  channel?: string;
  subdir?: string;
  namespace?: string;
  rest: string;
}> {
  const head = /^[^\s[]*/.exec(text)?.[0] ?? '';
  const at = head.lastIndexOf(':');
  if (at < 0) return ok({ rest: text });
  const rest = text.slice(at + 1);
  const prefix = head.slice(0, at);
  const cut = prefix.lastIndexOf(':');
  const channelText = cut < 0 ? prefix : prefix.slice(0, cut);
  const namespace = cut < 0 ? '' : prefix.slice(cut + 1);
  if (channelName(channelText) === '') return fail('the channel before `::` is empty');
  if (/:(?!\/\/)|["'\]]/.test(channelText)) return fail(`\`${channelText}\` is no channel`);
  const slash = channelText.lastIndexOf('/');
  const last = channelText.slice(slash + 1);
  const hasSubdir = slash > 0 && (isKnownPlatform(last) || last === 'noarch');
  return ok({
    channel: channelName(hasSubdir ? channelText.slice(0, slash) : channelText),
    ...(hasSubdir ? { subdir: last } : {}),
    ...(namespace === '' ? {} : { namespace }),
    rest,
  });
}

/** Channels on conda's own host go by their name. */
function channelName(channel: string): string {
  return channel.replace(/^https?:\/\/conda\.anaconda\.org\//, '').replace(/\/+$/, '');
}

function splitName(text: string): Attempt<{ name: string; rest: string }> {
  const end = text.search(NAME_END);
  const name = end < 0 ? text : text.slice(0, end);
  const rest = end < 0 ? '' : text.slice(end);
  if (/^[*^$]/.test(rest) || name === '') {
    return fail(`${JSON.stringify(text)} has no package name: patterns are not allowed there`);
  }
  if (/^[|,;@(]/.test(rest)) {
    const help =
      rest[0] === ';' ? ': conditions are not supported' : ': only version and build follow it';
    return fail(`\`${rest[0]}\` cannot follow the package name \`${name}\`${help}`);
  }
  if (!NAME.test(name)) {
    return fail(
      `${JSON.stringify(name)} is not a package name: letters, digits, \`-\`, \`_\` and \`.\``,
    );
  }
  return ok({ name: normalizePackageName(name), rest: rest.trim() });
}

/** White space around operators and separators of constraints is dropped; elsewhere it ends the version. */
function squeezeConstraint(text: string): string {
  return text
    .replace(/\s*([,|])\s*/g, '$1')
    .replace(/([<>=!~])\s+/g, '$1')
    .replace(/\(\s+/g, '(')
    .replace(/\s+\)/g, ')');
}

/** `>=1,<2 build`, and in lenient reading `=1.2=build`. */
function splitVersionAndBuild(
  text: string,
  strictness: Strictness,
): Attempt<{ version?: string; build?: string }> {
  if (text === '') return ok({});
  const squeezed = squeezeConstraint(text);
  const glued = GLUED_BUILD.exec(squeezed);
  if (glued !== null && strictness === 'strict') {
    const version = (glued[1] ?? '').replace(/^=*/, '==');
    return fail(`separate version and build by a space: \`${version} ${glued[2]}\``);
  }
  const space = squeezed.search(/\s/);
  const version = glued?.[1] ?? (space < 0 ? squeezed : squeezed.slice(0, space));
  const build = glued?.[2] ?? (space < 0 ? '' : squeezed.slice(space).trim());
  if (build === '') return ok({ version });
  if (!(strictness === 'strict' ? STRICT_BUILD : LENIENT_BUILD).test(build)) {
    return fail(
      `${JSON.stringify(build)} is not a build string: letters, digits, \`_\`, \`.\`, \`+\` and \`*\``,
    );
  }
  return ok({
    version: strictness === 'lenient' ? exactVersion(version) : version,
    build: build.replaceAll(/\s+/g, ' '),
  });
}

/** Before a build, published packages mean `=1.2` as `==1.2`. */
function exactVersion(version: string): string {
  return version.includes('*') ? version.replace(/^=(?!=)/, '') : version.replace(/^=(?!=)/, '==');
}

const BUILD_NUMBER = /^(==|!=|<=|>=|<|>|=)?\s*([0-9]{1,18})$/;

function readBuildNumber(text: string): Attempt<string> {
  const [, operator = '==', digits] = BUILD_NUMBER.exec(text.trim()) ?? [];
  if (digits === undefined) return fail(`${JSON.stringify(text)} is no build number`);
  return ok(`${operator === '=' ? '==' : operator}${BigInt(digits)}`);
}

function buildNumberMatches(constraint: string, buildNumber: number): boolean {
  const [, operator, digits] = BUILD_NUMBER.exec(constraint) ?? [];
  const wanted = Number(digits);
  switch (operator) {
    case '!=':
      return buildNumber !== wanted;
    case '<':
      return buildNumber < wanted;
    case '<=':
      return buildNumber <= wanted;
    case '>':
      return buildNumber > wanted;
    case '>=':
      return buildNumber >= wanted;
    case '==':
    case undefined:
    default:
      return buildNumber === wanted;
  }
}

/** Text behind `#` is a comment, except inside quotes and URLs. */
function stripComment(text: string): string {
  const hash = /(?:"[^"]*"|'[^']*'|[^#"'])*/.exec(text)?.[0] ?? text;
  return (/:\/\//.test(hash) && !/\s/.test(text) ? text : hash).trim();
}

/** Name of the package in a package URL: the file name without version and build. */
function nameOfUrl(url: string): string | undefined {
  const file = url.split(/[?#]/)[0]?.split('/').at(-1) ?? '';
  return /^(.+)-[^-]+-[^-]+\.(?:conda|tar\.bz2)$/.exec(file)?.[1];
}

function readUrl(url: string): Attempt<Parts> {
  const name = nameOfUrl(url);
  if (name === undefined || !NAME.test(name)) {
    return fail(`${JSON.stringify(url)} does not end in name-version-build.conda`);
  }
  return ok({ name: normalizePackageName(name), bracket: new Map([['url', url]]) });
}

function combineParts(
  place: { channel?: string; subdir?: string; namespace?: string },
  plain: { name: string; version?: string; build?: string },
  context: { readonly bracket: Bracket; readonly strictness: Strictness },
): Attempt<Parts> {
  const { bracket, strictness } = context;
  const rest = new Map(bracket);
  const take = (key: string): string | undefined => {
    const value = rest.get(key);
    rest.delete(key);
    return value;
  };
  const twice = (['version', 'build'] as const).find(
    (key) => plain[key] !== undefined && bracket.has(key),
  );
  if (twice !== undefined && strictness === 'strict') {
    return fail(`\`${twice}\` is given twice, before and inside the brackets`);
  }
  if (plain.version !== undefined) {
    const checked = VersionSpec.parse(plain.version, strictness);
    if (!checked.ok) return checked;
  }
  const versionText = take('version')?.replaceAll(/\s+/g, '') ?? plain.version;
  const build = take('build') ?? plain.build;
  const numberText = take('build_number');
  const version =
    versionText === undefined ? undefined : VersionSpec.parse(versionText, strictness);
  if (version !== undefined && !version.ok) return version;
  const buildNumber = numberText === undefined ? undefined : readBuildNumber(numberText);
  if (buildNumber !== undefined && !buildNumber.ok) return buildNumber;
  const pattern = build === undefined ? undefined : compileBuildPattern(build);
  if (pattern !== undefined && !pattern.ok) return pattern;
  const channel = take('channel');
  if (channel !== undefined && channelName(channel) === '') return fail('the channel is empty');
  const subdir = take('subdir') ?? place.subdir;
  return ok({
    ...place,
    name: plain.name,
    ...(channel === undefined ? {} : { channel: channelName(channel) }),
    ...(subdir === undefined ? {} : { subdir }),
    ...(version === undefined ? {} : { version: version.value }),
    ...(build === undefined ? {} : { build }),
    ...(buildNumber === undefined ? {} : { buildNumber: buildNumber.value }),
    bracket: rest,
  });
}

function readParts(text: string, strictness: Strictness): Attempt<Parts> {
  const clean = stripComment(text);
  if (clean === '') return fail('the match spec is empty');
  if (PACKAGE_URL.test(clean)) return readUrl(clean);
  const cut = splitBracket(clean);
  if (!cut.ok) return cut;
  const bracket = readBracket(cut.value.bracket);
  if (!bracket.ok) return bracket;
  const unknown = [...bracket.value.keys()].find((key) => !isBracketKey(key));
  if (unknown !== undefined) return fail(`\`${unknown}\` is no key of a match spec`);
  const place = splitChannel(cut.value.rest);
  if (!place.ok) return place;
  const { rest, ...location } = place.value;
  const named = splitName(rest.trim());
  if (!named.ok) return named;
  const tail = splitVersionAndBuild(named.value.rest, strictness);
  if (!tail.ok) return tail;
  return combineParts(
    location,
    { name: named.value.name, ...tail.value },
    { bracket: bracket.value, strictness },
  );
}

/** A parsed match spec. */
export class MatchSpec {
  readonly #parts: Parts;
  readonly #matchesBuild: (build: string) => boolean;

  private constructor(parts: Parts) {
    this.#parts = parts;
    const pattern = parts.build === undefined ? undefined : compileBuildPattern(parts.build);
    this.#matchesBuild = pattern?.ok === true ? pattern.value : () => true;
  }

  /** Parses a spec; strictly unless told otherwise. The failure quotes the spec and says what is wrong. */
  static parse(text: string, strictness: Strictness = 'strict'): Result<MatchSpec, string> {
    if (text.length > SPEC_LENGTH_MAX) {
      return fail(`the match spec is longer than ${SPEC_LENGTH_MAX} characters`);
    }
    const parts = readParts(text, strictness);
    if (!parts.ok) return fail(`invalid match spec ${JSON.stringify(text)}: ${parts.failure}`);
    return ok(new MatchSpec(parts.value));
  }

  /** Normalised package name. */
  get name(): string {
    return this.#parts.name;
  }

  /** The version constraint, absent where any version will do. */
  get version(): VersionSpec | undefined {
    return this.#parts.version;
  }

  /** The build pattern as written. */
  get build(): string | undefined {
    return this.#parts.build;
  }

  /** The channel that is asked for: a name or a URL. */
  get channel(): string | undefined {
    return this.#parts.channel;
  }

  /** The platform that is asked for. */
  get subdir(): string | undefined {
    return this.#parts.subdir;
  }

  /** The URL of the one package meant. */
  get url(): string | undefined {
    return this.#parts.bracket.get('url');
  }

  /** True if the spec is a name alone: such names become variant keys (spec 1.5). */
  get isFree(): boolean {
    const { name: _name, bracket, ...others } = this.#parts;
    return bracket.size === 0 && Object.keys(others).length === 0;
  }

  /**
   * Whether a package fits. Name, version, build, build number, platform, checksums, file name, URL, licence
   * and track features are looked at; the channel only where the record says where it comes from.
   */
  matches(record: PackageRecord | RepodataRecord): boolean {
    const { name, version, buildNumber, subdir } = this.#parts;
    if (normalizePackageName(record.name) !== name) return false;
    if (version !== undefined) {
      const parsed = Version.parse(record.version);
      if (!parsed.ok || !version.matches(parsed.value)) return false;
    }
    return (
      this.#matchesBuild(record.build) &&
      (buildNumber === undefined || buildNumberMatches(buildNumber, record.build_number)) &&
      (subdir === undefined || record.subdir === subdir) &&
      this.#matchesChannel(record) &&
      this.#matchesBracket(record)
    );
  }

  #matchesChannel(record: PackageRecord | RepodataRecord): boolean {
    const { channel } = this.#parts;
    if (channel === undefined || !('channel' in record)) return true;
    return (
      channelName(record.channel) === channel ||
      record.url.startsWith(`${channel}/`) ||
      record.channel.replace(/\/+$/, '').endsWith(`/${channel}`)
    );
  }

  #matchesBracket(record: PackageRecord | RepodataRecord): boolean {
    return [...this.#parts.bracket].every(([key, wanted]) => {
      switch (key) {
        case 'md5':
          return record.md5 === wanted;
        case 'sha256':
          return record.sha256 === wanted;
        case 'license':
          return record.license === wanted;
        case 'license_family':
          return record.license_family === wanted;
        case 'fn':
          return 'fn' in record && record.fn === wanted;
        case 'url':
          return 'url' in record && record.url === wanted;
        case 'track_features':
          return (record.track_features ?? '').split(/[\s,]+/).includes(wanted);
        default:
          return false;
      }
    });
  }

  /** Canonical text (spec, appendix E). */
  toString(): string {
    const { name, version, build, buildNumber, bracket } = this.#parts;
    const isBuildPlain = version !== undefined && build !== undefined && PLAIN_BUILD.test(build);
    const { prefix, inBracket } = this.#place();
    const values = new Map([
      ...bracket,
      ...(build === undefined || isBuildPlain ? [] : [['build', build] as const]),
      ...(buildNumber === undefined ? [] : [['build_number', buildNumber] as const]),
      ...inBracket,
    ]);
    const brackets = BRACKET_KEYS.flatMap((key) => {
      const value = values.get(key);
      if (value === undefined) return [];
      const quote = value.includes('"') ? "'" : '"';
      return [`${key}=${quote}${value}${quote}`];
    }).join(', ');
    return [
      prefix + name,
      version === undefined ? '' : ` ${version}`,
      isBuildPlain ? ` ${build}` : '',
      brackets === '' ? '' : `[${brackets}]`,
    ].join('');
  }

  /** Channel and platform go before the name; a channel that is a URL, or a platform alone, into brackets. */
  #place(): { prefix: string; inBracket: [string, string][] } {
    const { channel, subdir, namespace } = this.#parts;
    if (channel === undefined) {
      return { prefix: '', inBracket: subdir === undefined ? [] : [['subdir', subdir]] };
    }
    if (channel.includes('://')) {
      const inBracket: [string, string][] = [['channel', `${channel}/`]];
      if (subdir !== undefined) inBracket.push(['subdir', subdir]);
      return { prefix: '', inBracket };
    }
    const platform = subdir === undefined ? '' : `/${subdir}`;
    return { prefix: `${channel}${platform}:${namespace ?? ''}:`, inBracket: [] };
  }
}
