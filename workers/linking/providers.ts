/**
 * Who may provide a library: the packages on disk, those of the staging environments (known from their library
 * maps only), sibling outputs, and the package itself. Indexed by path and by file name. System libraries are no
 * providers; see system-libraries.ts.
 */
import type { LibraryMapEntry } from '#proto/snapshot.ts';
import type { InheritedEnvironment, LinkingInput } from './linking-input.ts';
import { looksLikeSharedObject, packageNature, providesSharedObjects } from './nature.ts';

/** A file that could be the library, and whose it is. */
export interface Provider {
  readonly origin: 'on-disk' | 'staging' | 'sibling' | 'self';
  readonly package: { readonly name: string; readonly version: string; readonly build?: string };
  /** Relative to the prefix. */
  readonly path: string;
  /** Where it is known from, in words. */
  readonly place: string;
  /** Only in a build environment: it takes a run export to get it into the host's. */
  readonly isBuildOnly: boolean;
}

/** Providers by path and by name; both answer in the order of {@link Provider.origin}. */
export interface ProviderIndex {
  at(path: string): readonly Provider[];
  named(name: string): readonly Provider[];
}

/** Builds the index for one package. */
export function indexProviders(input: LinkingInput): ProviderIndex {
  const byPath = new Map<string, Provider[]>();
  const byName = new Map<string, Provider[]>();
  const add = (provider: Provider, soname?: string): void => {
    append(byPath, provider.path, provider);
    const name = baseName(provider.path);
    append(byName, name, provider);
    if (soname !== undefined && soname !== name) append(byName, soname, provider);
  };
  for (const provider of onDisk(input)) add(provider);
  for (const environment of input.inherited) {
    for (const entry of environment.libraryMap.entries) {
      if (entry.from !== 'sysroot') add(inStaging(entry, environment), entry.soname);
    }
  }
  for (const provider of [...inSiblings(input), ...ofItself(input)]) add(provider);
  return {
    at: (path) => byPath.get(path) ?? [],
    named: (name) => byName.get(name) ?? [],
  };
}

function append(map: Map<string, Provider[]>, key: string, provider: Provider): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [provider]);
  else list.push(provider);
}

function onDisk({ hostPackages }: LinkingInput): readonly Provider[] {
  return hostPackages.flatMap(({ files, ...owner }) => {
    if (!providesSharedObjects(packageNature(owner.name, files))) return [];
    return files.map((path) => ({
      origin: 'on-disk' as const,
      package: owner,
      path,
      place: 'host environment',
      isBuildOnly: false,
    }));
  });
}

function inStaging(entry: LibraryMapEntry, environment: InheritedEnvironment): Provider {
  const { stagingName, requirements } = environment;
  const side = entry.from === 'build' ? 'build' : 'host';
  const isDirect = requirements === undefined || requirements[side].includes(entry.package);
  const role = isDirect ? 'requirement' : 'environment';
  return {
    origin: 'staging',
    package: { name: entry.package, version: entry.version, build: entry.build },
    path: entry.path,
    place: `staging (${side} ${role} of ${stagingName})`,
    isBuildOnly: side === 'build',
  };
}

function inSiblings({ siblings, package: self }: LinkingInput): readonly Provider[] {
  return siblings
    .filter(({ name }) => name !== self.name)
    .flatMap(({ files, ...sibling }) =>
      files.filter(looksLikeSharedObject).map((path) => ({
        origin: 'sibling' as const,
        package: sibling,
        path,
        place: 'sibling output',
        isBuildOnly: false,
      })),
    );
}

function ofItself({ files, package: self }: LinkingInput): readonly Provider[] {
  return files.map((path) => ({
    origin: 'self' as const,
    package: self,
    path,
    place: 'this package',
    isBuildOnly: false,
  }));
}

/** Last component of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
