// The one problem that ends the inspection of a file. Readers return false after noting it here.
import * as source from '../reader/source';
import { Flaw, Format, Table } from './layout';

let table: Table, flaw: Flaw, offset: u64, needed: u64, available: u64;

/** Notes a contradiction. Always false, so that a reader can return it. */
export function malformed(where: Table, what: Flaw, at: u64, want: u64, have: u64): bool {
  table = where;
  flaw = what;
  offset = at;
  needed = want;
  available = have;
  return false;
}

/** Notes why the last `need` or `upTo` did not bring `want` bytes at `at`. */
export function missing(where: Table, at: u64, want: u64): bool {
  if (source.unreadable) return malformed(where, Flaw.Unreadable, at, want, 0);
  if (want > source.MAX_READ) return malformed(where, Flaw.TooLarge, at, want, source.MAX_READ);
  return malformed(where, Flaw.EndsEarly, at, want, source.available);
}

/** problem { format @0; table @1; flaw @2; offset @8; needed @16; available @24 }, behind the tag */
export function setProblem(report: usize, format: Format): void {
  store<u8>(report, 2);
  store<u8>(report, <u8>format, 8);
  store<u8>(report, <u8>table, 9);
  store<u8>(report, <u8>flaw, 10);
  store<u64>(report, offset, 16);
  store<u64>(report, needed, 24);
  store<u64>(report, available, 32);
}
