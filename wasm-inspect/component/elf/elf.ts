// One ELF file: header, segments, sections, dynamic table, kind.
import { big, wide } from '../reader/order';
import * as source from '../reader/source';
import {
  Flaw, INTERPRETER, Kind, SONAME, Table, Trait, addTrait, hasText, hasTrait, setKind, setMachine, setText,
} from '../report/layout';
import { malformed, missing } from '../report/problem';
import { isPie, readDynamic } from './dynamic';
import * as header from './header';
import { holdsNoInstructions, isKernelModule, isLeftOut, readSections } from './sections';
import * as segments from './segments';

/** Longest name of an interpreter, the final NUL included. */
const MAX_INTERPRETER: u64 = 4096;

/** Fills a zeroed slice. False: a problem was noted. */
export function readElf(slice: usize): bool {
  if (!header.readHeader()) return false;
  setMachine(slice, header.machine, header.flags, wide, big);
  const type = header.type;
  if (type == header.ET_CORE) {
    setKind(slice, Kind.Core);
    // A core dump may be cut off by a limit and still be of use; its section table, if any, is a formality.
    return true;
  }
  if (type == header.ET_REL) return readObject(slice);
  if (!segments.readSegments()) return false;
  const described = segments.dynSize != 0 || segments.interpSize != 0;
  if (!readSections(described)) return false;
  if (header.shnum == 0 && !reachesLoadEnd()) return false;
  const withTable = segments.dynSize != 0 && !isLeftOut(segments.dynAddress);
  if (withTable) addTrait(slice, Trait.Dynamic);
  else if (segments.dynMemory != 0 || holdsNoInstructions()) addTrait(slice, Trait.DebugOnly);
  if (segments.interpSize != 0 && !isLeftOut(segments.interpAddress) && !readInterpreter(slice)) return false;
  if (withTable && !readDynamic(slice, segments.dynOffset, segments.dynSize)) return false;
  setKind(slice, kindOf(slice, type, withTable));
  return true;
}

function readObject(slice: usize): bool {
  if (!readSections(false)) return false;
  if (holdsNoInstructions()) {
    addTrait(slice, Trait.DebugOnly);
    setKind(slice, Kind.DebugCompanion);
  } else setKind(slice, isKernelModule() ? Kind.KernelModule : Kind.Object);
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
  setText(slice + INTERPRETER, p, n, offset, <u32>size, segments.interpHeader);
  return true;
}

// A shared object is a program where the linker flagged it so. Older linkers did not: there an
// interpreter means a program, unless the file has a library's name (the C library can be run, too).
function kindOf(slice: usize, type: u32, withTable: bool): Kind {
  if (hasTrait(slice, Trait.DebugOnly)) return Kind.DebugCompanion;
  if (type == header.ET_EXEC) return Kind.Executable;
  if (type != header.ET_DYN) return Kind.Other;
  const interpreted = segments.interpSize != 0;
  if (withTable && isPie) return interpreted ? Kind.DynamicPie : Kind.StaticPie;
  return interpreted && !hasText(slice + SONAME) ? Kind.DynamicPie : Kind.SharedLibrary;
}
