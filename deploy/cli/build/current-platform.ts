/** Conda's name of the machine that we run on. */
import { StageyardError } from '#proto/errors.ts';

const NAMES: Readonly<Record<string, string>> = {
  'linux x64': 'linux-64',
  'linux arm64': 'linux-aarch64',
  'linux ppc64': 'linux-ppc64le',
  'linux s390x': 'linux-s390x',
  'linux riscv64': 'linux-riscv64',
  'darwin x64': 'osx-64',
  'darwin arm64': 'osx-arm64',
  'win32 x64': 'win-64',
  'win32 arm64': 'win-arm64',
};

/** Conda platform of Node's `process.platform` and `process.arch`. Throws `USAGE_INVALID` for a machine that conda has no name for. */
export function currentPlatform(system: string, architecture: string): string {
  const name = NAMES[`${system} ${architecture}`];
  if (name === undefined)
    throw new StageyardError(
      'USAGE_INVALID',
      `conda has no platform for ${system} on ${architecture}: give --build-platform`,
    );
  return name;
}
