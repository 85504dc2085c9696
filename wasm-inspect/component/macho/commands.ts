// Load commands. They are gone through twice: once to check their sizes, to count, and to see how far the contents
// reach; then to take the texts. Each is a number, its size, and fields that depend on the number.
import { alloc } from '../reader/arena';
import { u32At } from '../reader/order';
import {
  Flaw, INTERPRETER, NeedKind, SONAME, Table, Trait, addTrait, setMachSignature, setNeededVersions, setOwnVersions,
  setPlatforms, setText,
} from '../report/layout';
import * as names from '../report/names';
import { malformed } from '../report/problem';
import * as contents from './contents';
import { isSegment } from './contents';

const LC_SYMTAB: u32 = 0x2;
const LC_LOAD_DYLIB: u32 = 0xc;
const LC_ID_DYLIB: u32 = 0xd;
const LC_LOAD_DYLINKER: u32 = 0xe;
const LC_CODE_SIGNATURE: u32 = 0x1d;
const LC_LAZY_LOAD_DYLIB: u32 = 0x20;
const LC_VERSION_MIN_MACOSX: u32 = 0x24;
const LC_VERSION_MIN_IPHONEOS: u32 = 0x25;
const LC_VERSION_MIN_TVOS: u32 = 0x2f;
const LC_VERSION_MIN_WATCHOS: u32 = 0x30;
const LC_BUILD_VERSION: u32 = 0x32;
const LC_LOAD_WEAK_DYLIB: u32 = 0x80000018;
const LC_RPATH: u32 = 0x8000001c;
const LC_REEXPORT_DYLIB: u32 = 0x8000001f;
const LC_LOAD_UPWARD_DYLIB: u32 = 0x80000023;

/** Platform numbers as LC_BUILD_VERSION has them. */
const PLATFORM_MACOS: u32 = 1;
const PLATFORM_IOS: u32 = 2;
const PLATFORM_TVOS: u32 = 3;
const PLATFORM_WATCHOS: u32 = 4;

/** Offsets from the slice's begin: lowest of any contents (largest u64: none), and the end of the last. */
export let firstContents: u64, contentsEnd: u64;

let neededCount: u32, rpathCount: u32, platformCount: u32;
let needed: usize, versions: usize, rpaths: usize, platforms: usize;
let versionIndex: u32, platformIndex: u32;
// File offset of the slice.
let sliceBase: u64;
// The text that `findText` found.
let textAt: usize, textLength: u32, textCapacity: u32, textStart: u32;

/** Reads `count` commands in `length` bytes at `p`, which is `offset` in the file. */
export function readCommands(slice: usize, p: usize, offset: u64, length: u32, count: u32, base: u64): bool {
  sliceBase = base;
  neededCount = 0; rpathCount = 0; platformCount = 0;
  contents.begin();
  if (!eachCommand(slice, p, offset, length, count, false)) return false;
  firstContents = contents.first;
  contentsEnd = contents.end;
  needed = names.begin(neededCount);
  rpaths = names.begin(rpathCount);
  versions = alloc(<usize>neededCount * 8, 4);
  platforms = alloc(<usize>platformCount * 12, 4);
  versionIndex = 0; platformIndex = 0;
  if (!eachCommand(slice, p, offset, length, count, true)) return false;
  names.storeNeeded(needed, slice);
  names.storeRpaths(rpaths, slice);
  setNeededVersions(slice, versions, neededCount);
  setPlatforms(slice, platforms, platformCount);
  return true;
}

function eachCommand(slice: usize, p: usize, offset: u64, length: u32, count: u32, take: bool): bool {
  let at: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const left = length - at, place = offset + at;
    if (left < 8) return malformed(Table.LoadCommands, Flaw.EndsEarly, place, 8, left);
    const command = u32At(p + at), size = u32At(p + at + 4);
    if (size < 8 || (size & 3) != 0) return malformed(Table.LoadCommands, Flaw.BadEntrySize, place, 8, size);
    if (size > left) return malformed(Table.LoadCommands, Flaw.EndsEarly, place, size, left);
    const good = take
      ? takeCommand(slice, command, p + at, size, place)
      : checkCommand(command, p + at, size, place);
    if (!good) return false;
    at += size;
  }
  return true;
}

function leastSize(command: u32): u32 {
  if (isDylib(command) || command == LC_ID_DYLIB || command == LC_SYMTAB || command == LC_BUILD_VERSION) return 24;
  if (command == LC_CODE_SIGNATURE || versionMinPlatform(command) != 0) return 16;
  return command == LC_RPATH || command == LC_LOAD_DYLINKER ? 12 : 8;
}

function checkCommand(command: u32, p: usize, size: u32, place: u64): bool {
  const least = leastSize(command);
  if (size < least) return malformed(Table.LoadCommands, Flaw.BadEntrySize, place, least, size);
  if (isDylib(command)) neededCount++;
  else if (command == LC_RPATH) rpathCount++;
  else if (command == LC_BUILD_VERSION || versionMinPlatform(command) != 0) platformCount++;
  else if (command == LC_SYMTAB) contents.addSymbols(p);
  else if (command == LC_CODE_SIGNATURE) contents.add(u32At(p + 8), u32At(p + 12));
  else if (isSegment(command)) return contents.addSegment(command, p, size, place);
  return true;
}

function takeCommand(slice: usize, command: u32, p: usize, size: u32, place: u64): bool {
  if (isDylib(command)) return takeDylib(command, p, size, place);
  if (command == LC_ID_DYLIB) {
    if (!findText(p, size, 24, place)) return false;
    setText(slice + SONAME, textAt, textLength, place + textStart, textCapacity, place);
    setOwnVersions(slice, u32At(p + 16), u32At(p + 20));
  } else if (command == LC_LOAD_DYLINKER) {
    if (!findText(p, size, 12, place)) return false;
    setText(slice + INTERPRETER, textAt, textLength, place + textStart, textCapacity, place);
  } else if (command == LC_RPATH) {
    if (!findText(p, size, 12, place)) return false;
    names.add(rpaths, NeedKind.Needed, textAt, textLength, place + textStart, textCapacity, place);
  } else if (command == LC_CODE_SIGNATURE) {
    addTrait(slice, Trait.Signed);
    setMachSignature(slice, sliceBase + u32At(p + 8), u32At(p + 12));
  } else if (command == LC_BUILD_VERSION) takePlatform(u32At(p + 8), u32At(p + 12), u32At(p + 16));
  else if (versionMinPlatform(command) != 0) takePlatform(versionMinPlatform(command), u32At(p + 8), u32At(p + 12));
  return true;
}

function takeDylib(command: u32, p: usize, size: u32, place: u64): bool {
  if (!findText(p, size, 24, place)) return false;
  names.add(needed, kindOf(command), textAt, textLength, place + textStart, textCapacity, place);
  const numbers = versions + (versionIndex++ as usize) * 8;
  store<u32>(numbers, u32At(p + 16));
  store<u32>(numbers, u32At(p + 20), 4);
  return true;
}

function takePlatform(platform: u32, oldest: u32, sdk: u32): void {
  const numbers = platforms + (platformIndex++ as usize) * 12;
  store<u32>(numbers, platform);
  store<u32>(numbers, oldest, 4);
  store<u32>(numbers, sdk, 8);
}

// The text of a command begins where its third number says and may fill the rest of the command.
function findText(p: usize, size: u32, least: u32, place: u64): bool {
  const start = u32At(p + 8);
  if (start < least || start >= size) {
    return malformed(Table.LoadCommands, Flaw.OutsideTable, place, <u64>start + 1, size);
  }
  for (let i = start; i < size; i++) {
    if (load<u8>(p + i) != 0) continue;
    textAt = p + start;
    textStart = start;
    textLength = i - start;
    textCapacity = size - start;
    return true;
  }
  return malformed(Table.LoadCommands, Flaw.Unterminated, place + start, size - start + 1, size - start);
}

function isDylib(command: u32): bool {
  return command == LC_LOAD_DYLIB || command == LC_LOAD_WEAK_DYLIB || command == LC_REEXPORT_DYLIB ||
    command == LC_LOAD_UPWARD_DYLIB || command == LC_LAZY_LOAD_DYLIB;
}

function kindOf(command: u32): NeedKind {
  if (command == LC_LOAD_WEAK_DYLIB) return NeedKind.Weak;
  if (command == LC_REEXPORT_DYLIB) return NeedKind.Reexport;
  if (command == LC_LOAD_UPWARD_DYLIB) return NeedKind.Upward;
  return command == LC_LAZY_LOAD_DYLIB ? NeedKind.Lazy : NeedKind.Load;
}

// 0 for any other command.
function versionMinPlatform(command: u32): u32 {
  if (command == LC_VERSION_MIN_MACOSX) return PLATFORM_MACOS;
  if (command == LC_VERSION_MIN_IPHONEOS) return PLATFORM_IOS;
  if (command == LC_VERSION_MIN_TVOS) return PLATFORM_TVOS;
  return command == LC_VERSION_MIN_WATCHOS ? PLATFORM_WATCHOS : 0;
}
