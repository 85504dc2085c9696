// A list of names on its way into a report: their bytes joined, a kind and a place for each.
import { alloc } from '../reader/arena';
import { NeedKind, setNeeded, setNeededDetails, setRpaths } from './layout';

// { count @0; size of all names @4; kinds @8; places @12; { address; length } of each name @16 on }
const ROWS: usize = 16;

/** An empty list with room for `most` names. */
export function begin(most: u32): usize {
  const list = alloc(ROWS + <usize>most * 8);
  store<u32>(list, 0);
  store<u32>(list, 0, 4);
  store<usize>(list, alloc(most, 1), 8);
  store<usize>(list, alloc(<usize>most * 24), 12);
  return list;
}

/** Adds a name of `length` bytes at `at`; the numbers are those of `placed-text`. */
export function add(list: usize, kind: NeedKind, at: usize, length: u32, offset: u64, capacity: u32, entry: u64): void {
  const index = <usize>load<u32>(list);
  store<u32>(list, <u32>index + 1);
  store<u32>(list, load<u32>(list, 4) + length + 1, 4);
  store<u8>(load<usize>(list, 8) + index, <u8>kind);
  const place = load<usize>(list, 12) + index * 24;
  store<u64>(place, offset);
  store<u64>(place, capacity, 8);
  store<u64>(place, entry, 16);
  const row = list + ROWS + index * 8;
  store<usize>(row, at);
  store<u32>(row, length, 4);
}

// Each name gets a NUL behind it.
function join(list: usize): usize {
  const names = alloc(load<u32>(list, 4), 1);
  let at = names;
  for (let i: usize = 0; i < <usize>load<u32>(list); i++) {
    const row = list + ROWS + i * 8;
    const length = load<u32>(row, 4);
    memory.copy(at, load<usize>(row), length);
    at += length;
    store<u8>(at++, 0);
  }
  return names;
}

/** Puts the list into a slice as the libraries that it needs. */
export function storeNeeded(list: usize, slice: usize): void {
  setNeeded(slice, join(list), load<u32>(list, 4));
  setNeededDetails(slice, load<usize>(list, 8), load<usize>(list, 12), load<u32>(list));
}

/** Puts the list into a slice as its LC_RPATH directories. */
export function storeRpaths(list: usize, slice: usize): void {
  setRpaths(slice, join(list), load<u32>(list, 4), load<usize>(list, 12), load<u32>(list));
}
