// Program headers: what a loader reads. Keeps the loaded segments (to turn addresses into file offsets)
// and the places of the dynamic table and of the interpreter's name.
import { alloc } from '../reader/arena';
import { u32At, wide, wordAt } from '../reader/order';
import * as source from '../reader/source';
import { Flaw, Table } from '../report/layout';
import { malformed, missing } from '../report/problem';
import * as header from './header';

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;

/** Dynamic table: place, address, bytes in the file and in memory. All 0 when there is none. */
export let dynOffset: u64, dynAddress: u64, dynSize: u64, dynMemory: u64;
/** Name of the interpreter: place, address, size, and the file offset of its program header. */
export let interpOffset: u64, interpAddress: u64, interpSize: u64, interpHeader: u64;
/** Where the last loaded byte lies in the file. */
export let loadEnd: u64;

// Loaded segments: { address; offset; size in file; size in memory; header's file offset }, 40 bytes each
const LOAD_SIZE: usize = 40;
let loads: usize, loadCount: u32;

export function readSegments(): bool {
  loadCount = 0;
  loadEnd = 0;
  dynOffset = 0; dynAddress = 0; dynSize = 0; dynMemory = 0;
  interpOffset = 0; interpAddress = 0; interpSize = 0;
  const count = header.phnum, stride = header.phentsize;
  if (count == 0) return true;
  const least: u32 = wide ? 56 : 32;
  if (stride < least) return malformed(Table.ProgramHeaders, Flaw.BadEntrySize, header.phoff, least, stride);
  const size = <u64>stride * count;
  const table = source.need(header.phoff, size);
  if (!table) return missing(Table.ProgramHeaders, header.phoff, size);
  loads = alloc(<usize>count * LOAD_SIZE);
  for (let i: u32 = 0; i < count; i++) readSegment(table + <usize>i * stride, header.phoff + <u64>i * stride);
  return true;
}

function readSegment(p: usize, place: u64): void {
  const type = u32At(p);
  const offset = wordAt(p + (wide ? 8 : 4)), address = wordAt(p + (wide ? 16 : 8));
  const size = wordAt(p + (wide ? 32 : 16));
  if (type == PT_LOAD) {
    const l = loads + (loadCount++ as usize) * LOAD_SIZE;
    store<u64>(l, address);
    store<u64>(l, offset, 8);
    store<u64>(l, size, 16);
    store<u64>(l, wordAt(p + (wide ? 40 : 20)), 24);
    store<u64>(l, place, 32);
    if (size != 0 && offset + size > loadEnd) loadEnd = offset + size;
  } else if (type == PT_DYNAMIC) {
    dynOffset = offset;
    dynAddress = address;
    dynSize = size;
    dynMemory = wordAt(p + (wide ? 40 : 20));
  } else if (type == PT_INTERP) {
    interpOffset = offset;
    interpAddress = address;
    interpSize = size;
    interpHeader = place;
  }
}

/** Bytes of the file behind the last address that `fileOffset` found, up to the end of its segment. */
export let mappedSize: u64;

/** File offset of an address, or the largest u64 when no segment brings it from the file. */
export function fileOffset(address: u64): u64 {
  for (let i: u32 = 0; i < loadCount; i++) {
    const l = loads + <usize>i * LOAD_SIZE;
    const first = load<u64>(l), size = load<u64>(l, 16);
    if (address >= first && address - first < size) {
      mappedSize = size - (address - first);
      return address - first + load<u64>(l, 8);
    }
  }
  return u64.MAX_VALUE;
}

/** What `roomBehind` found: the segment's header, file offset of its end, address of its end, size in the file. */
export let roomHeader: u64, roomOffset: u64, roomAddress: u64, roomSegmentSize: u64;

/** Loaders map whole pages; 64 KiB is the largest page that any Linux platform uses. */
const PAGE: u64 = 0x10000;
const SMALL_PAGE: u64 = 0x1000;

/**
 * True when the segment that holds `address` is followed by `size` bytes that no other segment uses, in the file
 * and in memory. Memory is shared by pages: the next segment's first page must lie behind.
 */
export function roomBehind(address: u64, size: u64, isLarge: bool): bool {
  let found = false;
  for (let i: u32 = 0; i < loadCount; i++) {
    const l = loads + <usize>i * LOAD_SIZE;
    const first = load<u64>(l), inFile = load<u64>(l, 16);
    if (address < first || address - first >= inFile) continue;
    if (load<u64>(l, 24) != inFile) return false;
    roomHeader = load<u64>(l, 32);
    roomOffset = load<u64>(l, 8) + inFile;
    roomAddress = first + inFile;
    roomSegmentSize = inFile;
    found = true;
  }
  return found && isFree(size, isLarge ? PAGE : SMALL_PAGE);
}

function isFree(size: u64, page: u64): bool {
  const end = roomOffset + size, top = (roomAddress + size + page - 1) & ~(page - 1);
  for (let i: u32 = 0; i < loadCount; i++) {
    const l = loads + <usize>i * LOAD_SIZE;
    const offset = load<u64>(l, 8), inFile = load<u64>(l, 16);
    if (offset < end && offset + inFile > roomOffset) return false;
    const first = load<u64>(l), inMemory = load<u64>(l, 24);
    if (inMemory != 0 && first + inMemory > roomAddress && (first & ~(page - 1)) < top && first >= roomAddress) return false;
  }
  return true;
}
