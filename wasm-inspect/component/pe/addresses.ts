// Sections of a PE file: from addresses relative to the image's base (RVAs) to file offsets.
import * as source from '../reader/source';
import { Flaw, Table } from '../report/layout';
import { malformed, missing } from '../report/problem';

const ENTRY: u32 = 40;
/** From this alignment in memory on, loaders take the begin of a section's bytes for a multiple of a disk sector. */
const PAGE: u32 = 0x1000;
const SECTOR_MASK: u32 = 0x1ff;
const CODE: u32 = 0x20;

let table: usize, count: u32, headersSize: u32, isPaged: bool;

/** Reads the section table and checks that the last section's bytes are there. */
export function readSections(offset: u64, rows: u32, sizeOfHeaders: u32, sectionAlignment: u32): bool {
  count = rows;
  headersSize = sizeOfHeaders;
  isPaged = sectionAlignment >= PAGE;
  const size = <u64>rows * ENTRY;
  table = source.need(offset, size);
  if (!table) return missing(Table.SectionHeaders, offset, size);
  let end: u64 = 0;
  for (let i: u32 = 0; i < rows; i++) {
    const p = table + <usize>i * ENTRY;
    if (load<u32>(p, 20) != 0 && load<u32>(p, 16) != 0) end = max(end, start(p) + load<u32>(p, 16));
  }
  return end == 0 || source.need(end - 1, 1) != 0 || missing(Table.Segment, end - 1, 1);
}

/** True when there are sections of code, and none has its bytes: what debuggers need of another file. */
export function holdsNoCode(): bool {
  let seen = false;
  for (let i: u32 = 0; i < count; i++) {
    const p = table + <usize>i * ENTRY;
    if ((load<u32>(p, 36) & CODE) == 0 || load<u32>(p, 8) == 0) continue;
    if (load<u32>(p, 16) != 0 && load<u32>(p, 20) != 0) return false;
    seen = true;
  }
  return seen;
}

function start(p: usize): u64 {
  const offset = load<u32>(p, 20);
  return isPaged ? offset & ~SECTOR_MASK : offset;
}

/** Bytes of the file behind the last address that `fileOffset` found, up to the end of its section. */
export let mappedSize: u64;

/** File offset of an address, or the largest u64 when no section brings it from the file. */
export function fileOffset(address: u32): u64 {
  for (let i: u32 = 0; i < count; i++) {
    const p = table + <usize>i * ENTRY;
    const first = load<u32>(p, 12), size = load<u32>(p, 16);
    if (address < first || address - first >= size || load<u32>(p, 20) == 0) continue;
    mappedSize = size - (address - first);
    return start(p) + (address - first);
  }
  mappedSize = headersSize - address;
  return address < headersSize ? address : u64.MAX_VALUE;
}

/** Notes that nothing of the file lies at the address. */
export function unmapped(where: Table, address: u32): bool {
  return malformed(where, Flaw.NotMapped, address, 1, 0);
}
