/** Conda platforms ("subdirs") and what follows from their names (spec 1.15). */

/** Every platform that conda tools know, `noarch` left out. */
export const KNOWN_PLATFORMS = [
  'linux-32',
  'linux-64',
  'linux-aarch64',
  'linux-armv6l',
  'linux-armv7l',
  'linux-loongarch64',
  'linux-ppc64le',
  'linux-ppc64',
  'linux-ppc',
  'linux-s390x',
  'linux-riscv32',
  'linux-riscv64',
  'freebsd-32',
  'freebsd-64',
  'freebsd-arm64',
  'osx-64',
  'osx-arm64',
  'ios-arm64',
  'iossimulator-64',
  'iossimulator-arm64',
  'android-32',
  'android-64',
  'android-aarch64',
  'android-armv7a',
  'win-32',
  'win-64',
  'win-arm64',
  'emscripten-wasm32',
  'wasi-wasm32',
  'zos-z',
] as const;

/** A platform that packages can be built for. */
export type KnownPlatform = (typeof KNOWN_PLATFORMS)[number];

/** True for a known platform; `noarch` is none. */
export function isKnownPlatform(text: string): text is KnownPlatform {
  return KNOWN_PLATFORMS.some((platform) => platform === text);
}

/** Part of a platform before the dash: `linux`, `osx`, `win`, …; `noarch` is its own family. */
export function platformFamily(platform: string): string {
  return platform.split('-')[0] ?? platform;
}

/** Architectures that a platform's second half doesn't name directly. */
const ARCHITECTURES: Readonly<Record<string, string>> = { '32': 'x86', '64': 'x86_64' };

/** Architecture of a platform (`x86_64`, `aarch64`, `arm64`, …); undefined for `noarch`. */
export function platformArchitecture(platform: string): string | undefined {
  const part = platform.split('-')[1];
  return part === undefined ? undefined : (ARCHITECTURES[part] ?? part);
}

/** Families without Unix's paths and shell, as other conda tools see it. */
const NOT_UNIX: ReadonlySet<string> = new Set(['win', 'wasi', 'zos', 'noarch']);

/** True where recipes take the `unix` branch. */
export function isUnix(platform: string): boolean {
  return !NOT_UNIX.has(platformFamily(platform));
}

/** True for `linux-*`. */
export function isLinux(platform: string): boolean {
  return platformFamily(platform) === 'linux';
}

/** True for `osx-*`. */
export function isOsx(platform: string): boolean {
  return platformFamily(platform) === 'osx';
}

/** True for `win-*`. */
export function isWindows(platform: string): boolean {
  return platformFamily(platform) === 'win';
}

/** Suffix of shared libraries: `.dll`, `.dylib` on Apple's systems, else `.so`. */
export function sharedLibrarySuffix(platform: string): string {
  if (isWindows(platform)) return '.dll';
  return isOsx(platform) || isIos(platform) ? '.dylib' : '.so';
}

/** True for `ios-*` and its simulator. */
export function isIos(platform: string): boolean {
  return platformFamily(platform).startsWith('ios');
}

/** The three platforms of a rendering. */
export interface PlatformTriple {
  readonly target: string;
  readonly host: string;
  readonly build: string;
}

/** Variables that recipes see for their platforms (spec 1.15), all but variant and context keys. */
export function platformVariables(
  platforms: PlatformTriple,
): Readonly<Record<string, string | boolean>> {
  const { host } = platforms;
  const variables: Record<string, string | boolean> = {
    target_platform: platforms.target,
    build_platform: platforms.build,
    host_platform: host,
    unix: isUnix(host),
    SHLIB_EXT: sharedLibrarySuffix(platforms.target),
  };
  for (const platform of KNOWN_PLATFORMS) {
    const family = platformFamily(platform);
    variables[family] = family === 'ios' ? isIos(host) : platformFamily(host) === family;
    variables[platform.replace('-', '')] = platform === host;
    const architecture = platformArchitecture(platform);
    if (architecture !== undefined) {
      variables[architecture] = platformArchitecture(host) === architecture;
    }
  }
  return variables;
}
