/** Variant keys that always count because scripts see variables of these names (spec 2.3, appendix E). */
import { platformFamily } from '#proto/conda/platform.ts';

const ALWAYS = [
  'BUILD',
  'CPU_COUNT',
  'EDITOR',
  'HOME',
  'LANG',
  'LC_ALL',
  'SHELL',
  'SHLIB_EXT',
  'TERM',
  'USER',
];
const NATIVE_UNIX = ['CMAKE_GENERATOR', 'PKG_CONFIG_PATH', 'SSL_CERT_FILE'];
const BY_FAMILY: Readonly<Record<string, readonly string[]>> = {
  linux: [...NATIVE_UNIX, 'DEJAGNU', 'DISPLAY', 'LD_RUN_PATH', 'QEMU_LD_PREFIX', 'QEMU_UNAME'],
  osx: [...NATIVE_UNIX, 'MACOSX_DEPLOYMENT_TARGET', 'OSX_ARCH'],
  win: [
    'CYGWIN_PREFIX',
    'INCLUDE',
    'LIB',
    'LIBRARY_BIN',
    'LIBRARY_INC',
    'LIBRARY_LIB',
    'LIBRARY_PREFIX',
    'SCRIPTS',
  ],
};

/** The keys for a host platform. */
export function environmentKeys(hostPlatform: string): ReadonlySet<string> {
  const family = platformFamily(hostPlatform);
  const path = family === 'win' ? 'Path' : 'PATH';
  return new Set([...ALWAYS, path, ...(BY_FAMILY[family] ?? [])]);
}
