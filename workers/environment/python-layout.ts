/**
 * Where Python packages of no particular platform put their files once it is known which Python they
 * meet, and the commands that are written for them (CEP 20 for the site-packages path).
 */
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';
import type { EntryPoint } from './package-contents.ts';
import { shebangFor } from './prefix-replacement.ts';

/** The Python of an environment. Paths are relative to the prefix. */
export interface PythonLayout {
  readonly sitePackages: string;
  readonly scripts: string;
  readonly interpreter: string;
  readonly isWindows: boolean;
}

/** Layout of the environment's Python, or null without one. Throws `PACKAGE_INVALID` on a path that leaves the prefix. */
export function pythonLayoutOf(
  records: readonly RepodataRecord[],
  platform: string,
): PythonLayout | null {
  const python = records.find((record) => record.name === 'python');
  if (python === undefined) return null;
  const isWindows = platform.startsWith('win');
  const [major = '3', minor = '0'] = python.version.split('.');
  const usual = isWindows ? 'Lib/site-packages' : `lib/python${major}.${minor}/site-packages`;
  const sitePackages = (python.python_site_packages_path ?? usual).replace(/\/+$/, '');
  if (sitePackages.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new StageyardError(
      'PACKAGE_INVALID',
      `${python.fn}: python_site_packages_path leaves the prefix`,
    );
  }
  return {
    sitePackages,
    scripts: isWindows ? 'Scripts' : 'bin',
    interpreter: isWindows ? 'python.exe' : `bin/python${major}.${minor}`,
    isWindows,
  };
}

/** Where a file of a noarch Python package is installed. */
export function noarchTarget(path: string, layout: PythonLayout): string {
  if (path.startsWith('site-packages/'))
    return layout.sitePackages + path.slice('site-packages'.length);
  if (path.startsWith('python-scripts/'))
    return layout.scripts + path.slice('python-scripts'.length);
  return path;
}

/** The script of an entry point, as pip writes it. */
export function entryPointScript(
  entry: EntryPoint,
  place: { readonly prefix: string; readonly platform: string; readonly layout: PythonLayout },
): string {
  const head = place.layout.isWindows
    ? ''
    : `${shebangFor(`${place.prefix}/${place.layout.interpreter}`, '', place.platform)}\n`;
  const [imported = entry.attribute] = entry.attribute.split('.');
  return [
    `${head}# -*- coding: utf-8 -*-`,
    'import re',
    'import sys',
    '',
    `from ${entry.module} import ${imported}`,
    '',
    "if __name__ == '__main__':",
    "    sys.argv[0] = re.sub(r'(-script\\.pyw?|\\.exe)?$', '', sys.argv[0])",
    `    sys.exit(${entry.attribute}())`,
    '',
  ].join('\n');
}
