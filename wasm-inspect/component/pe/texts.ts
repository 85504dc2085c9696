// Names in a PE file: each is referred to by its address, and they may lie anywhere. They are read by small windows,
// since the next name is often near.
import * as source from '../reader/source';
import { Flaw, Table } from '../report/layout';
import { malformed, missing } from '../report/problem';
import { fileOffset, mappedSize, unmapped } from './addresses';

const WINDOW: u64 = 512;
/** Longest name of a library. */
const MAX_NAME: u64 = 4096;

let windowAt: usize, windowLow: u64, windowHigh: u64;

/** Address, length and file offset of the name found last. */
export let nameAt: usize, nameLength: u32, nameOffset: u64;

/** Begins a file. */
export function openTexts(): void {
  windowLow = 0;
  windowHigh = 0;
}

/** Finds the name at an address; `where` is the table that refers to it. */
export function findName(where: Table, address: u32): bool {
  const offset = fileOffset(address);
  if (offset == u64.MAX_VALUE) return unmapped(where, address);
  const most = min(mappedSize, MAX_NAME);
  nameOffset = offset;
  if (offset >= windowLow && offset < windowHigh) {
    if (ends(windowAt + <usize>(offset - windowLow), min(windowHigh - offset, most))) return true;
  }
  let want = min(WINDOW, most);
  while (true) {
    windowAt = source.upTo(offset, want);
    windowLow = offset;
    windowHigh = offset + source.available;
    if (ends(windowAt, source.available)) return true;
    if (source.unreadable || source.available < want) return missing(where, offset, source.available + 1);
    if (want == most) break;
    want = most;
  }
  return malformed(where, most == MAX_NAME ? Flaw.TooLarge : Flaw.Unterminated, offset, most + 1, most);
}

function ends(from: usize, size: u64): bool {
  const end = from + <usize>size;
  for (let q = from; q < end; q++) {
    if (load<u8>(q) != 0) continue;
    nameAt = from;
    nameLength = <u32>(q - from);
    return true;
  }
  return false;
}
