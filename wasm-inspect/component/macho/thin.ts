// One slice of a Mach-O file: its header, what the load commands say, and what follows from both.
import { big, setOrder, u32At, wide } from '../reader/order';
import * as source from '../reader/source';
import {
  Flaw, INTERPRETER, Kind, Table, Trait, addTrait, hasText, setCommands, setKind, setMachHeader, setMachine,
  setPadding,
} from '../report/layout';
import { malformed, missing } from '../report/problem';
import * as commands from './commands';

const MAGIC: u32 = 0xfeedface;
const MAGIC_64: u32 = 0xfeedfacf;

/** Load commands of one slice; those of the largest programs take some 20 KB. */
const MAX_COMMANDS: u64 = 1 << 20;

const MH_DYLDLINK: u32 = 0x4;
const MH_PIE: u32 = 0x200000;

const MH_OBJECT: u32 = 1;
const MH_EXECUTE: u32 = 2;
const MH_FVMLIB: u32 = 3;
const MH_CORE: u32 = 4;
const MH_PRELOAD: u32 = 5;
const MH_DYLIB: u32 = 6;
const MH_BUNDLE: u32 = 8;
const MH_DYLIB_STUB: u32 = 9;
const MH_DSYM: u32 = 10;
const MH_KEXT_BUNDLE: u32 = 11;

/** True for the first four bytes of a slice, in either byte order. */
export function isThinMagic(magic: u32): bool {
  return isMagic(magic) || isMagic(bswap<u32>(magic));
}

function isMagic(magic: u32): bool {
  return magic == MAGIC || magic == MAGIC_64;
}

/** Fills a zeroed slice from the bytes at `base`; `size` 0: they reach to the end of the file. False: a problem. */
export function readThin(slice: usize, base: u64, size: u64): bool {
  let p = within(28, size) ? source.need(base, 28) : 0;
  if (!p) return size != 0 ? outside(base, 28, size) : missing(Table.FileHeader, base, 28);
  const magic = load<u32>(p);
  if (!isThinMagic(magic)) return malformed(Table.FileHeader, Flaw.BadMagic, base, 0, magic);
  setOrder(!isMagic(magic), (isMagic(magic) ? magic : bswap<u32>(magic)) == MAGIC_64);
  const headerSize: u64 = wide ? 32 : 28;
  const type = u32At(p + 12), count = u32At(p + 16), length = <u64>u32At(p + 20), flags = u32At(p + 24);
  setMachine(slice, u32At(p + 4), u32At(p + 8), wide, big);
  setMachHeader(slice, type, flags, base, size);
  const at = base + headerSize;
  if (length > MAX_COMMANDS) return malformed(Table.LoadCommands, Flaw.TooLarge, at, length, MAX_COMMANDS);
  if (!within(headerSize + length, size)) return outside(base, headerSize + length, size);
  p = source.need(at, length);
  if (!p && length != 0) return missing(Table.LoadCommands, at, length);
  setCommands(slice, at, length, count);
  if (!commands.readCommands(slice, p, at, <u32>length, count, base)) return false;
  if (commands.firstContents > headerSize + length && commands.firstContents != u64.MAX_VALUE) {
    setPadding(slice, <u32>min(commands.firstContents - headerSize - length, <u64>u32.MAX_VALUE));
  }
  if ((flags & MH_DYLDLINK) != 0) addTrait(slice, Trait.Dynamic);
  if (type == MH_DSYM) addTrait(slice, Trait.DebugOnly);
  setKind(slice, kindOf(slice, type, flags));
  // What a core dump and a stub describe isn't all in the file.
  return type == MH_CORE || type == MH_DYLIB_STUB || reachesEnd(base, size);
}

function within(length: u64, size: u64): bool {
  return size == 0 || length <= size;
}

function outside(base: u64, want: u64, size: u64): bool {
  return malformed(Table.FatTable, Flaw.EndsEarly, base, want, size);
}

function reachesEnd(base: u64, size: u64): bool {
  const end = commands.contentsEnd;
  if (end == 0) return true;
  if (!within(end, size)) return malformed(Table.Segment, Flaw.EndsEarly, base, end, size);
  const last = base + end - 1;
  if (last < base) return malformed(Table.Segment, Flaw.TooLarge, base, end, source.MAX_READ);
  return source.need(last, 1) != 0 || missing(Table.Segment, last, 1);
}

function kindOf(slice: usize, type: u32, flags: u32): Kind {
  if (type == MH_EXECUTE) {
    if ((flags & MH_PIE) == 0) return Kind.Executable;
    return hasText(slice + INTERPRETER) ? Kind.DynamicPie : Kind.StaticPie;
  }
  if (type == MH_PRELOAD) return Kind.Executable;
  if (type == MH_DYLIB || type == MH_FVMLIB || type == MH_DYLIB_STUB) return Kind.SharedLibrary;
  if (type == MH_BUNDLE) return Kind.Bundle;
  if (type == MH_OBJECT) return Kind.Object;
  if (type == MH_CORE) return Kind.Core;
  if (type == MH_DSYM) return Kind.DebugCompanion;
  return type == MH_KEXT_BUNDLE ? Kind.KernelModule : Kind.Other;
}
