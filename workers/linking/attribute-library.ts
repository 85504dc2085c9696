/**
 * Where one needed library of one binary comes from. First match wins (design: attribution):
 *
 *   on disk, owned by a run dependency        staging's library map, package is a run dependency
 *   sibling output that is a run dependency   system library
 *   the package itself                        allowlist                      nothing: overlinking
 *
 * The binary's run path directories decide between packages that provide a library of one name: the first
 * directory that has one counts. Only when no directory has any do names alone speak, and then two
 * packages that are both run dependencies are reported as ambiguous.
 */
import { posix } from 'node:path';
import { compareBytes } from '#proto/byte-order.ts';
import type { Attribution } from '#proto/link-report.ts';
import type { ElfBinary } from './elf-binaries.ts';
import type { LinkingInput } from './linking-input.ts';
import { type Provider, type ProviderIndex, baseName } from './providers.ts';
import { type RunDependency, describeRunDependency } from './run-dependencies.ts';
import { directoryInPrefix, splitRunPath } from './run-paths.ts';

/** What attribution needs besides the binary; made once a package. */
export interface AttributionContext {
  readonly input: LinkingInput;
  readonly providers: ProviderIndex;
  readonly runDependencies: ReadonlyMap<string, RunDependency>;
  readonly isMissingAllowed: (library: string) => boolean;
}

/** The attribution, and what findings are made of. */
export interface AttributedLibrary {
  readonly attribution: Attribution;
  /** Providers that are known when none of them counts. */
  readonly known: readonly Provider[];
  /** Packages on disk that the binary reaches through its run paths. */
  readonly reachedOnDisk: readonly string[];
}

/** Attributes `library` as needed by `binary`. */
export function attributeLibrary(
  library: string,
  binary: ElfBinary,
  context: AttributionContext,
): AttributedLibrary {
  const located = locate(library, binary, context);
  const reachedOnDisk = located
    .flat()
    .filter(({ origin }) => origin === 'on-disk')
    .map((provider) => provider.package.name);
  const known = located[0] ?? namedOnly(library, context);
  const attribution =
    fromPackages(library, located, context) ??
    fromSystem(library, context) ??
    fromItself(library, located, context) ??
    fromAllowlist(library, context) ??
    unattributed(library, known);
  return { attribution, known: attribution.origin === 'unknown' ? known : [], reachedOnDisk };
}

/** Providers in each run path directory that has any, in the loader's order. */
function locate(
  library: string,
  { path, slice }: ElfBinary,
  { input, providers }: AttributionContext,
): readonly (readonly Provider[])[] {
  const place = { path, prefix: input.prefix };
  const paths = library.startsWith('/')
    ? [directoryInPrefix(library, place)]
    : [...splitRunPath(slice.rpath), ...splitRunPath(slice.runpath)]
        .map((entry) => directoryInPrefix(entry, place))
        .map((directory) => directory !== undefined && posix.join(directory, library));
  return paths.flatMap((candidate) => {
    if (typeof candidate !== 'string') return [];
    const real = input.resolveInPrefix(candidate);
    const found = [
      ...providers.at(candidate),
      ...(real === undefined || real === candidate ? [] : providers.at(real)),
    ];
    const present = found.filter((provider) => isPresent(provider, real));
    return present.length === 0 ? [] : [present];
  });
}

// A record may claim a file that is not on disk any more; maps and siblings are never on disk for sure.
function isPresent(provider: Provider, real: string | undefined): boolean {
  return provider.origin !== 'on-disk' || real !== undefined;
}

function namedOnly(library: string, { providers }: AttributionContext): readonly Provider[] {
  const named = providers.named(baseName(library)).filter(({ origin }) => origin !== 'self');
  const direct = named.filter(({ isBuildOnly }) => !isBuildOnly);
  return direct.length > 0 ? direct : named;
}

function fromPackages(
  library: string,
  located: readonly (readonly Provider[])[],
  context: AttributionContext,
): Attribution | undefined {
  for (const providers of located) {
    const valid = providers.find((provider) => counts(provider, context));
    if (valid?.origin === 'self') return undefined;
    if (valid !== undefined) return provided(library, valid, context);
  }
  if (located.length > 0) return undefined;
  for (const origin of ['staging', 'sibling'] as const) {
    const valid = distinctPackages(
      context.providers
        .named(baseName(library))
        .filter((provider) => provider.origin === origin && counts(provider, context)),
    );
    const [first] = valid;
    if (first !== undefined && valid.length === 1) return provided(library, first, context);
    if (first !== undefined) return ambiguous(library, valid);
  }
  return undefined;
}

function counts(provider: Provider, { runDependencies }: AttributionContext): boolean {
  return provider.origin === 'self' || runDependencies.has(provider.package.name.toLowerCase());
}

/** One provider for each package name, sorted by name. */
export function distinctPackages(providers: readonly Provider[]): readonly Provider[] {
  const byName = new Map<string, Provider>();
  for (const provider of providers) {
    if (!byName.has(provider.package.name)) byName.set(provider.package.name, provider);
  }
  return [...byName.values()].toSorted((a, b) => compareBytes(a.package.name, b.package.name));
}

function provided(library: string, provider: Provider, context: AttributionContext): Attribution {
  const dependency = context.runDependencies.get(provider.package.name.toLowerCase());
  const how = dependency === undefined ? '' : `, ${describeRunDependency(dependency)}`;
  return {
    library,
    origin: provider.origin,
    provider: provider.package,
    explanation: `${provider.place}${how}`,
  };
}

function ambiguous(library: string, providers: readonly Provider[]): Attribution {
  const candidates = providers.map(describePackage);
  const [first] = providers;
  return {
    library,
    origin: first?.origin ?? 'unknown',
    explanation: `ambiguous: ${candidates.join(' or ')}, all of them run dependencies`,
    candidates,
  };
}

/** Name and version. */
export function describePackage(provider: Provider): string {
  return `${provider.package.name} ${provider.package.version}`;
}

function fromSystem(library: string, { input }: AttributionContext): Attribution | undefined {
  const explanation = input.system(library);
  return explanation === undefined ? undefined : { library, origin: 'system', explanation };
}

function fromItself(
  library: string,
  located: readonly (readonly Provider[])[],
  { providers, input }: AttributionContext,
): Attribution | undefined {
  const own = [...located.flat(), ...providers.named(baseName(library))].find(
    ({ origin, path }) => origin === 'self' && `/${path}`.endsWith(`/${baseName(library)}`),
  );
  if (own === undefined) return undefined;
  return { library, origin: 'self', provider: input.package, explanation: 'this package' };
}

function fromAllowlist(
  library: string,
  { isMissingAllowed }: AttributionContext,
): Attribution | undefined {
  if (!isMissingAllowed(library)) return undefined;
  const explanation = 'in no run dependency, allowed by missing_dso_allowlist';
  return { library, origin: 'allowlist', explanation };
}

function unattributed(library: string, known: readonly Provider[]): Attribution {
  const packages = distinctPackages(known);
  const [first] = packages;
  if (first === undefined) {
    return { library, origin: 'unknown', explanation: 'no package is known to provide it' };
  }
  if (packages.length > 1) {
    const candidates = packages.map(describePackage);
    const explanation = `${candidates.join(' or ')}, none of them a run dependency`;
    return { library, origin: 'unknown', explanation, candidates };
  }
  const explanation = `${first.place}, not a run dependency`;
  return { library, origin: 'unknown', provider: first.package, explanation };
}
