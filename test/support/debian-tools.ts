/**
 * Compilers, linkers and readers of foreign formats from Debian. Installed where the test may (as root, with
 * apt-get); elsewhere the test says what is missing.
 */
import { spawnSync } from 'node:child_process';

/** A program of each package. */
const TOOLS: readonly (readonly [program: string, packageName: string])[] = [
  ['readelf', 'binutils'],
  ['clang-19', 'clang-19'],
  ['ld.lld-19', 'lld-19'],
  ['llvm-readobj-19', 'llvm-19'],
];

let reason: string | false | undefined;

/** False when all tools are there (now); else why the test can't run, for `describe`'s `skip`. */
export function missingDebianTools(): string | false {
  reason ??= obtain();
  return reason;
}

function missing(): readonly string[] {
  return TOOLS.filter(([program]) => spawnSync(program, ['--version']).error !== undefined).map(
    ([, name]) => name,
  );
}

function obtain(): string | false {
  if (missing().length > 0 && process.getuid?.() === 0) {
    const options = {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    } as const;
    spawnSync('apt-get', ['update'], options);
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...missing()], options);
  }
  const names = missing();
  if (names.length === 0) return false;
  return `not installed: apt-get install --no-install-recommends ${names.join(' ')}`;
}
