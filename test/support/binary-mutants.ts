/**
 * Broken binaries without end: small files of all three formats, changed where it hurts. A seed gives the same
 * mutants on every machine; the number of a mutant that fails is enough to make it again.
 */
import assert from 'node:assert/strict';
import type { BinarySlice, FileReport, TextPlace } from '#wasm-inspect/host/report.ts';
import { bytesOfText } from '#wasm-inspect/host/text.ts';
import { buildElf } from './elf-builder.ts';
import { buildFat, buildMachO, LC } from './mach-o-builder.ts';
import { buildPe } from './pe-builder.ts';

/** Longest time that one answer may take. */
const ANSWER_MS_MAX = 1000;

const machO = (bits: 32 | 64, order: 'little' | 'big', padding: number): Uint8Array =>
  buildMachO({
    bits,
    order,
    padding,
    dylibs: [
      { command: LC.idDylib, name: '@rpath/libx.dylib' },
      { command: LC.loadDylib, name: '/usr/lib/libSystem.B.dylib' },
      { command: LC.loadWeakDylib, name: 'libweak.dylib' },
      { command: LC.reexportDylib, name: 'libre.dylib' },
    ],
    rpaths: ['@loader_path', '/opt/lib'],
    dylinker: '/usr/lib/dyld',
    platforms: [[1, 0xb0000, 0xd0000]],
    isSigned: true,
  });

const widths = [32, 64] as const;
const orders = ['little', 'big'] as const;

/** The files that are changed; some are longer than the head that an inspection starts with. */
const SEEDS: readonly Uint8Array[] = [
  ...widths.flatMap((bits) =>
    orders.flatMap((order) =>
      (['present', 'none', 'left-out'] as const).map(
        (sections) =>
          buildElf({
            bits,
            order,
            sections,
            needed: ['liba.so.1', 'libb.so.2'],
            filter: 'libf.so',
            soname: sections === 'none' ? `lib${'x'.repeat(5000)}.so` : 'libx.so',
            rpath: '/a:/b',
            runpath: '$ORIGIN/../lib',
            interpreter: '/lib/ld.so',
          }).bytes,
      ),
    ),
  ),
  buildElf({ type: 1 }).bytes,
  ...widths.flatMap((bits) => orders.map((order) => machO(bits, order, bits === 64 ? 5000 : 16))),
  buildFat([machO(64, 'little', 0), machO(32, 'big', 0)], 32),
  buildFat([machO(64, 'little', 4000), machO(64, 'little', 0)], 64),
  ...widths.map((bits) =>
    buildPe({
      bits,
      imports: ['KERNEL32.dll', 'ntdll.dll', ...Array.from({ length: 40 }, (_, i) => `m${i}.dll`)],
      delayImports: ['late.dll'],
      isDelayAbsolute: bits === 32,
      exportName: 'x.dll',
      isSigned: true,
      isDotnet: true,
    }),
  ),
];

/** Small numbers at random, the same for the same seed (xorshift). */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  }

  /** 0 to `bound` - 1. */
  below(bound: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % bound;
  }

  pick<T>(items: readonly [T, ...(readonly T[])]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}

/** The mutant with this number. */
export function mutant(number: number): Uint8Array {
  return mutantOf(SEEDS[number % SEEDS.length] ?? new Uint8Array(), number);
}

/** The mutant of another file with this number. */
export function mutantOf(seed: Uint8Array, number: number): Uint8Array {
  const chance = new Chance(number + 1);
  for (let i = 0; i < 4; i++) chance.below(2);
  const bytes = new Uint8Array(seed);
  const changes = 1 + chance.below(5);
  for (let i = 0; i < changes; i++) change(bytes, chance);
  return chance.below(6) === 0 ? bytes.subarray(0, chance.below(bytes.length)) : bytes;
}

// Fields lie at even places; most of them in the first few hundred bytes.
function change(bytes: Uint8Array, chance: Chance): void {
  const reach = chance.below(3) === 0 ? bytes.length : Math.min(bytes.length, 700);
  const at = chance.below(reach) & ~1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const left = bytes.length - at;
  const size = chance.pick([1, 2, 4, 4, 8]);
  if (left < 8) return;
  const little = chance.below(2) === 0;
  const value = interesting(bytes.length, chance);
  switch (chance.below(8)) {
    case 0:
      // A field of one place at another.
      bytes.copyWithin(at, chance.below(reach) & ~1, (chance.below(reach) & ~1) + size);
      break;
    case 1:
      bytes.fill(chance.pick([0, 0xff, 0x41]), at, at + 1 + chance.below(40));
      break;
    case 2:
      view.setUint8(at, chance.below(256));
      break;
    case 3:
      // Off by little.
      view.setUint32(at, view.getUint32(at, little) + chance.below(9) - 4, little);
      break;
    case 4:
      view.setBigUint64(at, BigInt.asUintN(64, BigInt(value) - 1n), little);
      break;
    default:
      if (size === 2) view.setUint16(at, value & 0xffff, little);
      else view.setUint32(at, value >>> 0, little);
  }
}

function interesting(length: number, chance: Chance): number {
  return chance.pick([
    0,
    1,
    2,
    4,
    8,
    16,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x10_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fff0,
    0xffff_ffff,
    length,
    length - 1,
    length + 1,
    chance.below(length),
    chance.below(1 << 16),
  ]);
}

/** Something that answers for the bytes of a file. */
export type BinaryReader = (bytes: Uint8Array) => FileReport;

/** Reads mutants `from` to `to` and walks everything in the answers; throws at the first that is wrong. */
export function checkMutants(read: BinaryReader, from: number, to: number): void {
  for (let number = from; number < to; number++) {
    const bytes = mutant(number);
    const startMs = performance.now();
    try {
      checkReport(read(bytes), bytes);
      assert.ok(performance.now() - startMs < ANSWER_MS_MAX, 'took too long');
    } catch (error) {
      throw new Error(`mutant ${number}`, { cause: error });
    }
  }
}

/** Walks a report and compares it with the file. */
export function checkReport(report: FileReport, bytes: Uint8Array): void {
  if (report.kind === 'problem') {
    const { code, message } = report.finding;
    assert.ok(!['INSPECT_TRAPPED', 'INSPECT_IO'].includes(code), message);
    return;
  }
  if (report.kind !== 'binary') return;
  for (const slice of report.slices) checkSlice(slice, bytes);
}

function checkSlice(slice: BinarySlice, bytes: Uint8Array): void {
  const { places, machO, pe } = slice;
  for (const { name, place } of slice.dependencies) checkPlace(name, place, bytes);
  for (const key of ['interpreter', 'soname', 'rpath', 'runpath'] as const) {
    const place = places[key];
    const text = slice[key];
    assert.equal(place === null, text === null);
    if (place !== null && text !== null) checkPlace(text, place, bytes);
  }
  assert.equal(slice.rpaths.length, places.rpaths.length);
  for (const [index, text] of slice.rpaths.entries()) {
    const place = places.rpaths[index];
    assert.ok(place);
    checkPlace(text, place, bytes);
  }
  for (const extent of [machO?.commands, machO?.place, pe?.signature]) {
    if (extent) assert.ok(extent.offset + extent.size <= bytes.length);
  }
}

// The text is there, has its end, and may be overwritten within the file.
function checkPlace(text: string, place: TextPlace, bytes: Uint8Array): void {
  const there = bytes.subarray(place.offset, place.offset + place.capacity);
  assert.equal(there.length, place.capacity);
  assert.ok(place.entryOffset + 4 <= bytes.length);
  const wanted = bytesOfText(text);
  assert.ok(Buffer.from(there).subarray(0, wanted.length).equals(wanted), text);
  assert.equal(there[wanted.length], 0);
}

/** Reads 64 bit little endian ELF files only, and believes every number: the search must find that out. */
export function trustingReader(bytes: Uint8Array): FileReport {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length >= 64 && view.getUint32(0) === 0x7f45_4c46 && bytes[4] === 2 && bytes[5] === 1) {
    const table = Number(view.getBigUint64(32, true));
    for (let i = 0; i < view.getUint16(56, true); i++) view.getUint32(table + i * 56, true);
  }
  return { kind: 'not-binary', schema: 1, reason: 'unknown-format' };
}
