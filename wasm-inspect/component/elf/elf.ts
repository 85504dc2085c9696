// One ELF file: header, segments, sections, dynamic table, kind.
import { big, wide } from '../reader/order';
import * as source from '../reader/source';
import {
  Flaw, Kind, SONAME, Table, hasText, setDebugOnly, setDynamic, setInterpreter, setKind, setMachine,
} from '../report/layout';
import { malformed, missing } from '../report/problem';
import { isPie, readDynamic } from './dynamic';
import * as header from './header';
import { isLeftOut, readSections } from './sections';
import * as segments from './segments';

/** Longest name of an interpreter, the final NUL included. */
const MAX_INTERPRETER: u64 = 4096;

/** Fills a zeroed slice. False: a problem was noted. */
export function readElf(slice: usize): bool {
  if (!header.readHeader()) return false;
  setMachine(slice, header.machine, wide, big);
  const type = header.type;
  if (type == header.ET_CORE || type == header.ET_REL) {
    setKind(slice, type == header.ET_CORE ? Kind.Core : Kind.Object);
    // A core dump may be cut off by a limit and still be of use; its section table, if any, is a formality.
    return type == header.ET_CORE || readSections(false);
  }
  if (!segments.readSegments()) return false;
  const described = segments.dynSize != 0 || segments.interpSize != 0;
  if (!readSections(described)) return false;
  if (header.shnum == 0 && !reachesLoadEnd()) return false;
  const withTable = segments.dynSize != 0 && !isLeftOut(segments.dynAddress);
  if (withTable) setDynamic(slice);
  else if (segments.dynMemory != 0) setDebugOnly(slice);
  if (segments.interpSize != 0 && !isLeftOut(segments.interpAddress) && !readInterpreter(slice)) return false;
  if (withTable && !readDynamic(slice, segments.dynOffset, segments.dynSize)) return false;
  setKind(slice, kindOf(slice, type, withTable));
  return true;
}

// Without sections at the end, the last loaded byte tells whether the file is whole.
function reachesLoadEnd(): bool {
  const end = segments.loadEnd;
  return end == 0 || source.need(end - 1, 1) != 0 || missing(Table.Segment, end - 1, 1);
}

function readInterpreter(slice: usize): bool {
  const offset = segments.interpOffset, size = segments.interpSize;
  if (size > MAX_INTERPRETER) return malformed(Table.Interpreter, Flaw.TooLarge, offset, size, MAX_INTERPRETER);
  const p = source.need(offset, size);
  if (!p) return missing(Table.Interpreter, offset, size);
  let n: u32 = 0;
  while (n < <u32>size && load<u8>(p + n)) n++;
  if (n == <u32>size) return malformed(Table.Interpreter, Flaw.Unterminated, offset, size + 1, size);
  setInterpreter(slice, p, n);
  return true;
}

// A shared object is a program where the linker flagged it so. Older linkers did not: there an
// interpreter means a program, unless the file has a library's name (the C library can be run, too).
function kindOf(slice: usize, type: u32, withTable: bool): Kind {
  if (type == header.ET_EXEC) return Kind.Executable;
  if (type != header.ET_DYN) return Kind.Other;
  const interpreted = segments.interpSize != 0;
  if (withTable && isPie) return interpreted ? Kind.DynamicPie : Kind.StaticPie;
  return interpreted && !hasText(slice + SONAME) ? Kind.DynamicPie : Kind.SharedLibrary;
}
