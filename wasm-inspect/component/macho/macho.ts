// Mach-O files: one slice, or several behind a table of fixed byte order ("fat", "universal").
import { alloc } from '../reader/arena';
import * as source from '../reader/source';
import { Container, Flaw, Foreign, Format, SLICE_SIZE, Table, setBinary, setForeign } from '../report/layout';
import { malformed, missing, setProblem } from '../report/problem';
import { isThinMagic, readThin } from './thin';

const FAT_MAGIC: u32 = 0xcafebabe;
const FAT_MAGIC_64: u32 = 0xcafebabf;
/** Java class files share the fat magic number; their major version, 45 or more, stands where the count is. */
const MAX_SLICES: u32 = 44;
/** What is read of a slice at first: its header and, nearly always, all load commands. */
const SLICE_HEAD: u64 = 4096;
const FAT_HEADER: u64 = 8;

// "!<arch>\n": static libraries for several architectures are fat files of archives.
const ARCHIVE: u64 = 0x0a3e686372613c21;
const BITCODE: u32 = 0xdec04342;
const WRAPPED_BITCODE: u32 = 0x0b17c0de;

/** Fills the report when the file is a Mach-O file; false when it is something else. */
export function readMachO(report: usize): bool {
  const p = source.upTo(0, FAT_HEADER);
  if (source.available < 4) return false;
  const magic = bswap<u32>(load<u32>(p));
  if (isThinMagic(load<u32>(p))) {
    const slice = newSlices(1);
    if (readThin(slice, 0, 0)) setBinary(report, Format.MachO, Container.Single, slice, 1);
    else setProblem(report, Format.MachO);
    return true;
  }
  if ((magic != FAT_MAGIC && magic != FAT_MAGIC_64) || source.available < FAT_HEADER) return false;
  const count = bswap<u32>(load<u32>(p, 4));
  if (count == 0 || count > MAX_SLICES) return false;
  readFat(report, count, magic == FAT_MAGIC_64);
  return true;
}

function newSlices(count: u32): usize {
  const slices = alloc(<usize>count * SLICE_SIZE);
  memory.fill(slices, 0, <usize>count * SLICE_SIZE);
  return slices;
}

function readFat(report: usize, count: u32, large: bool): void {
  const stride: u32 = large ? 32 : 20;
  const size = <u64>count * stride;
  const table = source.need(FAT_HEADER, size);
  if (!table) {
    missing(Table.FatTable, FAT_HEADER, size);
    setProblem(report, Format.MachO);
    return;
  }
  const slices = newSlices(count);
  let unlinked: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const p = table + <usize>i * stride;
    const offset = large ? bswap<u64>(load<u64>(p, 8)) : <u64>bswap<u32>(load<u32>(p, 8));
    const length = large ? bswap<u64>(load<u64>(p, 16)) : <u64>bswap<u32>(load<u32>(p, 12));
    if (!isThere(offset, length)) {
      setProblem(report, Format.MachO);
      return;
    }
    const foreign = unlinkedContents(offset, length);
    if (foreign != Foreign.UnknownFormat && unlinked == i) {
      unlinked++;
      setForeign(report, foreign);
    } else if (unlinked != 0 || !readThin(slices + <usize>i * SLICE_SIZE, offset, length)) {
      if (unlinked != 0) malformed(Table.FatTable, Flaw.BadMagic, offset, 0, 0);
      setProblem(report, Format.MachO);
      return;
    }
  }
  if (unlinked == 0) setBinary(report, Format.MachO, large ? Container.Fat64 : Container.Fat32, slices, count);
}

// The slice's last byte tells whether the file is whole; its first bytes are read into the window on the way.
function isThere(offset: u64, length: u64): bool {
  const end = offset + length;
  if (length == 0 || end < offset) return malformed(Table.FatTable, Flaw.BadEntrySize, offset, 1, length);
  if (!source.need(end - 1, 1)) return missing(Table.FatTable, end - 1, 1);
  const head = min(length, SLICE_HEAD);
  return source.need(offset, head) != 0 || missing(Table.FatTable, offset, head);
}

function unlinkedContents(offset: u64, length: u64): Foreign {
  const p: usize = length < 8 ? 0 : source.need(offset, 8);
  if (!p) return Foreign.UnknownFormat;
  if (load<u64>(p) == ARCHIVE) return Foreign.Archive;
  const magic = load<u32>(p);
  return magic == BITCODE || magic == WRAPPED_BITCODE ? Foreign.Bitcode : Foreign.UnknownFormat;
}
