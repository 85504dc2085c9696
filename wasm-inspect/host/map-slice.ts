/** Facts of one slice, from the component's packed lists to the report. */
import type * as wit from '../generated/interfaces/stageyard-inspect-api.js';
import { architectureOf } from './machines.ts';
import type {
  BinaryFormat,
  BinarySlice,
  Dependency,
  Extent,
  LibraryVersions,
  MachOFacts,
  MinimumSystem,
  PeFacts,
  TextPlace,
} from './report.ts';
import { machOSystems, versionOf } from './systems.ts';
import { textOfBytes } from './text.ts';

// Shared by the many slices that have none.
const NO_NAMES: readonly string[] = [];
const NO_PLACES: readonly TextPlace[] = [];
const NO_SYSTEMS: readonly MinimumSystem[] = [];

/** Translates a slice. */
export function mapSlice(slice: wit.Slice, format: BinaryFormat): BinarySlice {
  const { machO, pe, traits } = slice;
  const dependencies = dependenciesOf(slice);
  return {
    architecture: architectureOf(format, slice),
    bits: slice.bits === 64 ? 64 : 32,
    byteOrder: slice.order,
    kind: slice.kind,
    debugOnly: traits.debugOnly === true,
    dynamic: traits.dynamic === true,
    signed: traits.signed === true,
    dotnet: traits.dotnet === true,
    needed: neededNames(dependencies),
    dependencies,
    interpreter: textOf(slice.interpreter),
    soname: textOf(slice.soname),
    rpath: textOf(slice.rpath),
    runpath: textOf(slice.runpath),
    rpaths: machO === undefined ? NO_NAMES : namesOf(machO.rpaths),
    minimumSystems: systemsOf(slice),
    places: {
      interpreter: placeOf(slice.interpreter),
      soname: placeOf(slice.soname),
      rpath: placeOf(slice.rpath),
      runpath: placeOf(slice.runpath),
      rpaths: machO === undefined ? NO_PLACES : placesOf(machO.rpathPlaces),
    },
    machO: machO === undefined ? null : machOFacts(machO, slice.soname !== undefined),
    pe: pe === undefined ? null : peFacts(pe),
  };
}

// A filter stands before a library, and is not loaded for its own sake.
function neededNames(dependencies: readonly Dependency[]): readonly string[] {
  const names: string[] = [];
  for (const { name, kind } of dependencies) {
    if (kind !== 'filter' && kind !== 'auxiliary') names.push(name);
  }
  return names;
}

function dependenciesOf(slice: wit.Slice): readonly Dependency[] {
  const { neededKinds: kinds, neededPlaces: places, machO } = slice;
  return namesOf(slice.needed).map((name, index) => ({
    name,
    kind: kinds[index] ?? 'needed',
    place: placeAt(places, index),
    versions: machO === undefined ? null : versionsAt(machO.neededVersions, index),
  }));
}

// Each name is followed by a NUL.
function namesOf(bytes: Uint8Array): readonly string[] {
  return bytes.length === 0 ? NO_NAMES : textOfBytes(bytes).slice(0, -1).split('\0');
}

function placeAt(numbers: BigUint64Array, index: number): TextPlace {
  const at = index * 3;
  return {
    offset: Number(numbers[at] ?? 0n),
    capacity: Number(numbers[at + 1] ?? 0n),
    entryOffset: Number(numbers[at + 2] ?? 0n),
  };
}

function placesOf(numbers: BigUint64Array): readonly TextPlace[] {
  return Array.from({ length: numbers.length / 3 }, (_, index) => placeAt(numbers, index));
}

function versionsAt(numbers: Uint32Array, index: number): LibraryVersions {
  const current = versionOf(numbers[index * 2] ?? 0);
  return { current, compatibility: versionOf(numbers[index * 2 + 1] ?? 0) };
}

function textOf(text: wit.PlacedText | undefined): string | null {
  return text === undefined ? null : textOfBytes(text.bytes);
}

function placeOf(text: wit.PlacedText | undefined): TextPlace | null {
  if (text === undefined) return null;
  const { offset, capacity, entry } = text;
  return { offset: Number(offset), capacity, entryOffset: Number(entry) };
}

function extentOf(extent: wit.Extent): Extent {
  return { offset: Number(extent.offset), size: Number(extent.size) };
}

function systemsOf({ machO, pe }: wit.Slice): readonly MinimumSystem[] {
  if (machO !== undefined) return machOSystems(machO.platforms);
  if (pe === undefined) return NO_SYSTEMS;
  const version = `${pe.subsystemVersion >>> 16}.${pe.subsystemVersion & 0xffff}`;
  return [{ system: 'windows', version, sdk: null }];
}

function machOFacts(facts: wit.MachOFacts, isNamed: boolean): MachOFacts {
  const { currentVersion, compatibilityVersion } = facts;
  const place = extentOf(facts.place);
  return {
    fileType: facts.fileType,
    headerFlags: facts.headerFlags,
    place: place.size === 0 ? null : place,
    commands: extentOf(facts.commands),
    commandCount: facts.commandCount,
    padding: facts.padding,
    versions: isNamed
      ? { current: versionOf(currentVersion), compatibility: versionOf(compatibilityVersion) }
      : null,
    signature: facts.signature === undefined ? null : extentOf(facts.signature),
  };
}

function peFacts(facts: wit.PeFacts): PeFacts {
  return {
    subsystem: facts.subsystem,
    characteristics: facts.characteristics,
    dllCharacteristics: facts.dllCharacteristics,
    signature: facts.signature === undefined ? null : extentOf(facts.signature),
  };
}
