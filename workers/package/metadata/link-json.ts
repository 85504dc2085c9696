/** `info/link.json`: tells installers about packages that fit every Python version (spec 6.5, CEP 20). */
import type { Build } from '#proto/recipe/recipe.ts';
import { isPythonVersionIndependent } from '../skip-rules.ts';

/** Undefined for packages that are installed as they are. */
export function linkJson(build: Build): Readonly<Record<string, unknown>> | undefined {
  if (!isPythonVersionIndependent(build)) return undefined;
  const { entry_points } = build.python;
  const noarch = { type: 'python', ...(entry_points.length > 0 ? { entry_points } : {}) };
  return { noarch, package_metadata_version: 1 };
}
