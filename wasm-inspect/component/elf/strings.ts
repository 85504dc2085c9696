// Names in the dynamic string table. They usually lie close together, so that one read brings them all.
import * as source from '../reader/source';
import { Flaw, Table } from '../report/layout';
import { malformed, missing } from '../report/problem';

/** Longest name; run paths of some systems list a hundred directories. */
const MAX_NAME: u64 = 64 << 10;
/** All names of one file together. */
const MAX_NAMES: u64 = 4 << 20;
/** A span of names up to this size is read at once. */
const WINDOW: u64 = 4096;
/** First guess for one name. */
const CHUNK: u64 = 256;

let tableOffset: u64, tableSize: u64, total: u64;
let windowAt: usize, windowLow: u64, windowHigh: u64;

/** Address and length of the name found last. */
export let nameAt: usize, nameLength: u32;
/** Its file offset. */
export let nameOffset: u64;

/** Begins a table whose interesting names begin in [low, high]. */
export function openStrings(offset: u64, size: u64, low: u64, high: u64): bool {
  tableOffset = offset;
  tableSize = size;
  total = 0;
  windowLow = 0;
  windowHigh = 0;
  if (high >= size) return malformed(Table.StringTable, Flaw.OutsideTable, offset, high + 1, size);
  if (high - low >= WINDOW) return true;
  windowAt = source.upTo(offset + low, min(high - low + CHUNK, size - low));
  windowLow = low;
  windowHigh = low + source.available;
  return true;
}

/** Finds the name that begins at `at` in the table. */
export function findName(at: u64): bool {
  if (at >= tableSize) return malformed(Table.StringTable, Flaw.OutsideTable, tableOffset, at + 1, tableSize);
  nameOffset = tableOffset + at;
  if (at >= windowLow && at < windowHigh) {
    if (ends(windowAt + <usize>(at - windowLow), windowHigh - at)) return counted();
  }
  const most = min(MAX_NAME, tableSize - at);
  let want = min(CHUNK, most);
  while (true) {
    const p = source.upTo(nameOffset, want);
    const have = source.available;
    if (ends(p, have)) return counted();
    if (have < want) return missing(Table.StringTable, nameOffset, have + 1);
    if (want == most) break;
    want = min(want << 3, most);
  }
  const flaw = most == MAX_NAME ? Flaw.TooLarge : Flaw.Unterminated;
  return malformed(Table.StringTable, flaw, nameOffset, most + 1, most);
}

function ends(from: usize, size: u64): bool {
  const end = from + <usize>size;
  for (let q = from; q < end; q++) {
    if (load<u8>(q) == 0) {
      nameAt = from;
      nameLength = <u32>(q - from);
      return true;
    }
  }
  return false;
}

function counted(): bool {
  total += nameLength + 1;
  return total <= MAX_NAMES || malformed(Table.StringTable, Flaw.TooLarge, nameOffset, total, MAX_NAMES);
}
