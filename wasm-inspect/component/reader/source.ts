// The only way to file bytes. Every request names offset and length; the answer is an address with that
// many bytes behind it, or 0 with the reason in `available` and `unreadable`. Addresses stay good until
// the call ends, since the arena never gives anything back before.
import { alloc } from './arena';

// read-at: func(offset: u64, len: u32) -> option<list<u8>>
// lowered: (i64, i32, return pointer); return area { u8 tag @0; ptr @4; len @8 }
@external("stageyard:inspect/source", "read-at")
declare function hostReadAt(offset: u64, len: u32, ret: usize): void;

/** Longest single read; part of the contract with the host. */
export const MAX_READ: u64 = 16 << 20;

// Two windows on the file: its head and the last read.
let headPtr: usize, headLen: u64;
let winPtr: usize, winOff: u64, winLen: u64;

/** Bytes that the last failed `need` or the last `upTo` found at its offset. */
export let available: u64;
/** True after the host could not read. */
export let unreadable: bool;

/** Begins a file. */
export function open(head: usize, len: u64): void {
  headPtr = head;
  headLen = len;
  winPtr = 0;
  winOff = 0;
  winLen = 0;
  available = 0;
  unreadable = false;
}

/** Address of file bytes [off, off + len), or 0 when the file has not that many or they are too many. */
export function need(off: u64, len: u64): usize {
  const at = upTo(off, len);
  return available >= len ? at : 0;
}

/** Like `need`, but takes what there is: `available` bytes. */
export function upTo(off: u64, len: u64): usize {
  const end = off + len;
  available = 0;
  if (end < off || len > MAX_READ) return 0;
  if (end <= headLen) {
    available = len;
    return headPtr + <usize>off;
  }
  if (off >= winOff && end <= winOff + winLen) {
    available = len;
    return winPtr + <usize>(off - winOff);
  }
  return read(off, <u32>len);
}

function read(off: u64, len: u32): usize {
  const ret = alloc(12, 4);
  hostReadAt(off, len, ret);
  if (load<u8>(ret) == 0) {
    unreadable = true;
    return 0;
  }
  winPtr = load<u32>(ret, 4);
  winLen = min<u64>(load<u32>(ret, 8), len);
  winOff = off;
  available = winLen;
  return winPtr;
}
