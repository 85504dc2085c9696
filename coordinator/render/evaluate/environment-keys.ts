/** Variant keys that always count because scripts see variables of these names (spec 2.3, appendix E). */
import { isUnix, platformFamily } from '#proto/conda/platform.ts';

const ALWAYS = ['CPU_COUNT', 'HOME', 'LANG', 'LC_ALL', 'MAKEFLAGS', 'PATH', 'SHLIB_EXT'];
const UNIX = ['CMAKE_GENERATOR', 'PKG_CONFIG_PATH', 'SSL_CERT_FILE'];
const BY_FAMILY: Readonly<Record<string, readonly string[]>> = {
  linux: ['BUILD', 'DEJAGNU', 'DISPLAY', 'LD_RUN_PATH', 'QEMU_LD_PREFIX', 'QEMU_UNAME'],
  osx: ['BUILD', 'MACOSX_DEPLOYMENT_TARGET', 'OSX_ARCH'],
  win: [
    'BUILD',
    'CYGWIN_PREFIX',
    'INCLUDE',
    'LIB',
    'LIBRARY_BIN',
    'LIBRARY_INC',
    'LIBRARY_LIB',
    'LIBRARY_PREFIX',
    'Path',
    'SCRIPTS',
  ],
};

/** The keys for a host platform. */
export function environmentKeys(hostPlatform: string): ReadonlySet<string> {
  const unix = isUnix(hostPlatform) ? UNIX : [];
  return new Set([...ALWAYS, ...unix, ...(BY_FAMILY[platformFamily(hostPlatform)] ?? [])]);
}
