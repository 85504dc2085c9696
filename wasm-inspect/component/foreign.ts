// What a file is that holds no linked binary: told by its first bytes, as `file` would.
import * as source from './reader/source';
import { Foreign } from './report/layout';

const ARCHIVE: u64 = 0x0a3e686372613c21; // !<arch>\n
const THIN_ARCHIVE: u64 = 0x0a3e6e6968743c21; // !<thin>\n
const BITCODE: u32 = 0xdec04342;
const WRAPPED_BITCODE: u32 = 0x0b17c0de;
const WASM: u32 = 0x6d736100;
const JAVA_CLASS: u32 = 0xbebafeca;
const SCRIPT: u16 = 0x2123; // #!

/** Entries of a COFF section table are this long; the file header is 20 bytes. */
const COFF_SECTION: u64 = 40;

/** Reason for a file that no reader of a format takes. */
export function recognise(): Foreign {
  const p = source.upTo(0, 64);
  const have = source.available;
  if (have == 0) return Foreign.Empty;
  if (have >= 2 && load<u16>(p) == SCRIPT) return Foreign.Script;
  if (have >= 8 && (load<u64>(p) == ARCHIVE || load<u64>(p) == THIN_ARCHIVE)) return Foreign.Archive;
  if (have < 4) return Foreign.UnknownFormat;
  const magic = load<u32>(p);
  if (magic == BITCODE || magic == WRAPPED_BITCODE) return Foreign.Bitcode;
  if (magic == WASM) return Foreign.Wasm;
  // Files with several slices begin so, too; their reader has had its turn.
  if (magic == JAVA_CLASS) return have >= 8 && load<u32>(p, 4) != 0 ? Foreign.JavaClass : Foreign.UnknownFormat;
  return have >= 20 && isCoffObject(p) ? Foreign.CoffObject : Foreign.UnknownFormat;
}

// There is no magic number: a known machine, no optional header, no flag of a linked image, and tables that lie
// inside of the file. Or the mark of the variant for more sections than 65,279.
function isCoffObject(p: usize): bool {
  const machine = load<u16>(p), count = <u64>load<u16>(p, 2);
  if (machine == 0) return count == 0xffff && isMachine(load<u16>(p, 6)) && load<u16>(p, 4) <= 2;
  if (!isMachine(machine) || count == 0 || load<u16>(p, 16) != 0 || (load<u16>(p, 18) & 2) != 0) return false;
  if (source.need(20, count * COFF_SECTION) == 0) return false;
  const symbols = <u64>load<u32>(p, 8);
  return symbols == 0 ? load<u32>(p, 12) == 0 : symbols >= 20 && source.need(symbols, 1) != 0;
}

function isMachine(machine: u16): bool {
  return machine == 0x14c || machine == 0x8664 || machine == 0xaa64 || machine == 0x1c4;
}
