/** Files that never reach a package although they are new (spec 5.2). */
import type { Build } from '#proto/recipe/recipe.ts';

/** What the rules look at. */
export interface SkipContext {
  readonly build: Pick<Build, 'noarch' | 'python'>;
  /** True when the path exists in the host prefix. */
  readonly exists: (path: string) => boolean;
  /** True when the path is among those to package. */
  readonly isSelected: (path: string) => boolean;
}

/** True for packages that fit every Python version: `noarch: python`, and abi3 packages (CEP 20). */
export function isPythonVersionIndependent(build: Pick<Build, 'noarch' | 'python'>): boolean {
  return build.noarch === 'python' || build.python.version_independent;
}

/** Name of the command of an entry point `command = module:function`. */
function entryPointCommand(entryPoint: string): string {
  return (entryPoint.split('=')[0] ?? '').trim();
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Source of a byte-code file: `p/__pycache__/x.cpython-312.pyc` → `p/x.py`, `p/x.pyc` → `p/x.py`. */
export function sourceOfByteCode(path: string): string | undefined {
  const cached = /^(.*\/)?__pycache__\/([^/.]+)(?:\.[^/]*)?\.pyc$/.exec(path);
  if (cached !== null) return `${cached[1] ?? ''}${cached[2] ?? ''}.py`;
  return path.endsWith('.pyc') ? path.slice(0, -1) : undefined;
}

/** Byte code of a source that another package (or another output) owns stays with that one. */
function isForeignByteCode(path: string, context: SkipContext): boolean {
  const source = sourceOfByteCode(path);
  return source !== undefined && context.exists(source) && !context.isSelected(source);
}

function isShadowedByExtension(path: string, context: SkipContext): boolean {
  const stem = /^(.*)\.pyc?$/.exec(path)?.[1];
  return (
    stem !== undefined && (context.isSelected(`${stem}.so`) || context.isSelected(`${stem}.pyd`))
  );
}

function isLeftToInstaller(path: string, context: SkipContext): boolean {
  if (!isPythonVersionIndependent(context.build)) return false;
  const parts = path.split('/');
  if (parts.includes('__pycache__') || /\.(pyc|pyo|egg-info)$/.test(path)) return true;
  const inScripts = /^(?:bin|Scripts)\/([^/]+)$/.exec(path)?.[1];
  if (inScripts === undefined) return false;
  const command = inScripts.replace(/(?:-script\.py|\.exe)$/, '');
  return context.build.python.entry_points.some((entry) => entryPointCommand(entry) === command);
}

/** True when this new file is left out. */
export function isSkipped(path: string, context: SkipContext): boolean {
  const parts = path.split('/');
  return (
    parts.includes('conda-meta') ||
    path === 'share/info/dir' ||
    path.startsWith('share/info/dir/') ||
    /\.(pyo|la)$/.test(path) ||
    parts.includes('.DS_Store') ||
    baseName(path) === 'CACHEDIR.TAG' ||
    isForeignByteCode(path, context) ||
    isShadowedByExtension(path, context) ||
    isLeftToInstaller(path, context)
  );
}
