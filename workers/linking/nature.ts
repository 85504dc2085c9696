/** What kind of package a list of files makes: whether others can link against it (spec 3.10, 5.9). */
import type { PackageNature } from '#proto/snapshot.ts';

const interpreters: ReadonlySet<string> = new Set([
  'python',
  'r-base',
  'ruby',
  'nodejs',
  'powershell',
]);
const extensions: ReadonlySet<string> = new Set(['so', 'dylib', 'dll', 'pyd']);
const R_LIBRARY = /^(.*\/)?lib\/R\/library\//;

/**
 * True when a path looks like a shared object: by its extension, or because one of its dot-separated
 * parts is `so` in any case (`libz.so.1.3`, and `a.so.txt` as well).
 */
export function looksLikeSharedObject(path: string): boolean {
  const parts = path.split('.');
  if (parts.some((part) => part.toLowerCase() === 'so')) return true;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 && extensions.has(name.slice(dot + 1));
}

/** Nature of the package `name` with these files (relative to the prefix, `/`-separated). */
export function packageNature(name: string, files: readonly string[]): PackageNature {
  if (interpreters.has(name)) return 'interpreter';
  const shared = files.filter(looksLikeSharedObject);
  if (shared.length > 0) return shared.every(isPluginPlace) ? 'plugin-library' : 'dso-library';
  return files.some(isPluginPlace) ? 'interpreted-library' : 'non-library';
}

// Where an interpreter looks for its own libraries, and nobody else does.
function isPluginPlace(path: string): boolean {
  return path.split('/').includes('site-packages') || R_LIBRARY.test(path);
}

/** True when linking against a package of this nature makes sense. */
export function providesSharedObjects(nature: PackageNature): boolean {
  return nature !== 'non-library' && nature !== 'interpreted-library';
}
