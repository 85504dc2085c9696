// The ELF file header: class, byte order, type, machine, and where the two header tables lie.
import { setOrder, u16At, u32At, wide, wordAt } from '../reader/order';
import * as source from '../reader/source';
import { Flaw, Table } from '../report/layout';
import { malformed, missing } from '../report/problem';

export let type: u32, machine: u32, flags: u32;
export let phoff: u64, phentsize: u32, phnum: u32;
export let shoff: u64, shentsize: u32, shnum: u32, shstrndx: u32;

export const ET_REL: u32 = 1;
export const ET_EXEC: u32 = 2;
export const ET_DYN: u32 = 3;
export const ET_CORE: u32 = 4;

/** Both counts have 16 bits in the header; larger ones are kept in section header 0. */
const PN_XNUM: u32 = 0xffff;

/** Reads the header of a file that begins with the ELF magic number. */
export function readHeader(): bool {
  let h = source.need(0, 16);
  if (!h) return missing(Table.FileHeader, 0, 16);
  const cls = load<u8>(h, 4), data = load<u8>(h, 5);
  if (cls < 1 || cls > 2) return malformed(Table.FileHeader, Flaw.BadClass, 4, 2, cls);
  if (data < 1 || data > 2) return malformed(Table.FileHeader, Flaw.BadByteOrder, 5, 2, data);
  setOrder(data == 2, cls == 2);
  const size: u64 = wide ? 64 : 52;
  h = source.need(0, size);
  if (!h) return missing(Table.FileHeader, 0, size);
  type = u16At(h + 16);
  machine = u16At(h + 18);
  phoff = wordAt(h + (wide ? 32 : 28));
  shoff = wordAt(h + (wide ? 40 : 32));
  flags = u32At(h + (wide ? 48 : 36));
  const counts = h + (wide ? 54 : 42);
  phentsize = u16At(counts);
  phnum = u16At(counts + 2);
  shentsize = u16At(counts + 4);
  shnum = u16At(counts + 6);
  shstrndx = u16At(counts + 8);
  return readExtendedCounts();
}

function readExtendedCounts(): bool {
  if (shoff == 0) {
    shnum = 0;
    return true;
  }
  if (shnum != 0 && phnum != PN_XNUM) return true;
  const size: u64 = wide ? 64 : 40;
  const first = source.need(shoff, size);
  if (!first) return missing(Table.SectionHeaders, shoff, size);
  if (shnum == 0) {
    const count = wordAt(first + (wide ? 32 : 20));
    if (count > 0xffffffff) return malformed(Table.SectionHeaders, Flaw.TooLarge, shoff, count, 0xffffffff);
    shnum = <u32>count;
  }
  if (phnum == PN_XNUM) phnum = u32At(first + (wide ? 44 : 28));
  return true;
}
