// Formats that are recognised by their first bytes but not read: Mach-O (thin and universal) and PE.
import * as source from './reader/source';
import { Foreign } from './report/layout';

const MH_MAGIC: u32 = 0xfeedface;
const MH_MAGIC_64: u32 = 0xfeedfacf;
const FAT_MAGIC: u32 = 0xcafebabe;
const FAT_MAGIC_64: u32 = 0xcafebabf;
/** Java class files share the universal magic number; their major version, 45 or more, stands where a count is. */
const MAX_UNIVERSAL_SLICES: u32 = 44;

/** What a file that is no ELF file seems to be. */
export function recognise(): Foreign {
  const p = source.upTo(0, 64);
  const have = source.available;
  if (have == 0) return Foreign.Empty;
  if (have < 4) return Foreign.UnknownFormat;
  const magic = bswap<u32>(load<u32>(p));
  if (isMachMagic(magic) || isMachMagic(bswap<u32>(magic))) return Foreign.MachO;
  if (have >= 8 && (magic == FAT_MAGIC || magic == FAT_MAGIC_64)) {
    const count = bswap<u32>(load<u32>(p, 4));
    return count > 0 && count <= MAX_UNIVERSAL_SLICES ? Foreign.MachO : Foreign.UnknownFormat;
  }
  return magic >>> 16 == 0x4d5a && have >= 64 && isPe(load<u32>(p, 60)) ? Foreign.Pe : Foreign.UnknownFormat;
}

function isMachMagic(magic: u32): bool {
  return magic == MH_MAGIC || magic == MH_MAGIC_64;
}

// "MZ" alone is a DOS program; the new header's place is at 60.
function isPe(at: u32): bool {
  const p = source.need(at, 4);
  return p != 0 && load<u32>(p) == 0x4550;
}
