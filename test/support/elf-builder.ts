/**
 * Small ELF files, byte by byte, in both widths and both byte orders, so that no compiler is needed. Addresses
 * equal file offsets. Layout:
 *
 *     file header | program headers | interpreter | strings | dynamic table | section headers
 */

/** What the file says. Everything is optional: the default is an empty x86_64 shared library. */
export interface ElfDescription {
  readonly bits?: 32 | 64;
  readonly order?: 'little' | 'big';
  /** e_type: 1 object, 2 program, 3 shared, 4 core. */
  readonly type?: number;
  readonly machine?: number;
  /** e_flags. */
  readonly flags?: number;
  readonly needed?: readonly (string | Uint8Array)[];
  /** DT_AUXILIARY and DT_FILTER, before the needed libraries. */
  readonly auxiliary?: string;
  readonly filter?: string;
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  readonly interpreter?: string;
  /** DT_FLAGS_1, e.g. 0x08000000 for a PIE. */
  readonly flags1?: number;
  /** No dynamic table and no segment for it. */
  readonly isStatic?: boolean;
  /** `none`: no section headers; `left-out`: .dynamic and .interp are of type NOBITS, as in separate debug files. */
  readonly sections?: 'present' | 'none' | 'left-out';
  /** Free entries at the end of the dynamic table (1 by default: the one that ends it). */
  readonly spareEntries?: number;
}

/** A built file and where its parts begin. */
export interface BuiltElf {
  readonly bytes: Uint8Array;
  readonly stringsOffset: number;
  readonly dynamicOffset: number;
  readonly dynamicSize: number;
  readonly sectionsOffset: number;
}

type Word = readonly [offset: number, size: 1 | 2 | 4 | 8, value: number];

/** Strings with their places. Equal ones are stored once, as linkers do. */
class StringTable {
  readonly #places = new Map<string, number>();
  readonly #parts: Uint8Array[] = [new Uint8Array(1)];
  size = 1;

  place(text: string | Uint8Array): number {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    const key = Buffer.from(bytes).toString('latin1');
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const at = this.size;
    this.#places.set(key, at);
    this.#parts.push(bytes, new Uint8Array(1));
    this.size += bytes.length + 1;
    return at;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

const align = (offset: number): number => (offset + 15) & ~15;

/** Builds the file. */
export function buildElf(description: ElfDescription = {}): BuiltElf {
  const wide = (description.bits ?? 64) === 64;
  const strings = new StringTable();
  const entries = description.isStatic === true ? [] : dynamicEntries(description, strings);
  const interpreter =
    description.interpreter === undefined
      ? new Uint8Array()
      : new TextEncoder().encode(`${description.interpreter}\0`);
  const segmentCount = 1 + (interpreter.length > 0 ? 1 : 0) + (entries.length > 0 ? 1 : 0);
  const phoff = wide ? 64 : 52;
  const phentsize = wide ? 56 : 32;
  const interpreterOffset = align(phoff + segmentCount * phentsize);
  const stringsOffset = align(interpreterOffset + interpreter.length);
  const dynamicOffset = align(stringsOffset + strings.size);
  const dynamicSize = entries.length * (wide ? 16 : 8);
  const loadSize = dynamicOffset + dynamicSize;
  const sectionsOffset = align(loadSize);
  const shentsize = wide ? 64 : 40;
  const sectionRows = (description.sections ?? 'present') === 'none' ? 0 : 4;
  const file = new ElfWriter(sectionsOffset + sectionRows * shentsize, wide, description.order);
  file.bytes.set(interpreter, interpreterOffset);
  file.bytes.set(strings.bytes(), stringsOffset);
  file.header({
    type: description.type ?? 3,
    machine: description.machine ?? 62,
    flags: description.flags ?? 0,
    phnum: segmentCount,
    shoff: sectionRows === 0 ? 0 : sectionsOffset,
    shnum: sectionRows,
  });
  file.segment(1, 0, loadSize);
  if (interpreter.length > 0) file.segment(3, interpreterOffset, interpreter.length);
  if (entries.length > 0) file.segment(2, dynamicOffset, dynamicSize);
  for (const [index, [tag, value]] of entries.entries()) {
    const isAddress = tag === 5;
    file.dynamicEntry(dynamicOffset, index, [tag, isAddress ? stringsOffset : value]);
  }
  if (sectionRows > 0) {
    const leftOut = description.sections === 'left-out';
    const rows = [
      { type: 0, offset: 0, size: 0 },
      { type: leftOut ? 8 : 1, offset: interpreterOffset, size: interpreter.length },
      { type: leftOut ? 8 : 3, offset: stringsOffset, size: strings.size },
      { type: leftOut ? 8 : 6, offset: dynamicOffset, size: dynamicSize },
    ];
    for (const [index, row] of rows.entries()) file.section(sectionsOffset, index, row);
  }
  return { bytes: file.bytes, stringsOffset, dynamicOffset, dynamicSize, sectionsOffset };
}

function dynamicEntries(
  description: ElfDescription,
  strings: StringTable,
): readonly (readonly [tag: number, value: number])[] {
  const entries: (readonly [number, number])[] = [];
  if (description.auxiliary !== undefined) {
    entries.push([0x7ffffffd, strings.place(description.auxiliary)]);
  }
  if (description.filter !== undefined) {
    entries.push([0x7fffffff, strings.place(description.filter)]);
  }
  for (const name of description.needed ?? []) entries.push([1, strings.place(name)]);
  if (description.soname !== undefined) entries.push([14, strings.place(description.soname)]);
  if (description.rpath !== undefined) entries.push([15, strings.place(description.rpath)]);
  if (description.runpath !== undefined) entries.push([29, strings.place(description.runpath)]);
  entries.push([5, 0], [10, strings.size]);
  if (description.flags1 !== undefined) entries.push([0x6ffffffb, description.flags1]);
  for (let i = 0; i < (description.spareEntries ?? 1); i++) entries.push([0, 0]);
  return entries;
}

class ElfWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #wide: boolean;
  readonly #little: boolean;
  #segmentCount = 0;

  constructor(size: number, wide: boolean, order: 'little' | 'big' | undefined) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.#wide = wide;
    this.#little = order !== 'big';
  }

  #put(words: readonly Word[]): void {
    for (const [offset, size, value] of words) {
      if (size === 1) this.#view.setUint8(offset, value);
      else if (size === 2) this.#view.setUint16(offset, value, this.#little);
      else if (size === 4) this.#view.setUint32(offset, value, this.#little);
      else this.#view.setBigUint64(offset, BigInt(value), this.#little);
    }
  }

  header(fields: {
    type: number;
    machine: number;
    flags: number;
    phnum: number;
    shoff: number;
    shnum: number;
  }): void {
    const { type, machine, flags, phnum, shoff, shnum } = fields;
    this.bytes.set([0x7f, 0x45, 0x4c, 0x46, this.#wide ? 2 : 1, this.#little ? 1 : 2, 1]);
    this.#put([
      [16, 2, type],
      [18, 2, machine],
      [20, 4, 1],
    ]);
    const size = this.#wide ? 64 : 52;
    this.#put(
      this.#wide
        ? [
            [32, 8, 64],
            [40, 8, shoff],
          ]
        : [
            [28, 4, 52],
            [32, 4, shoff],
          ],
    );
    const counts = this.#wide ? 52 : 40;
    this.#put([
      [counts - 4, 4, flags],
      [counts, 2, size],
      [counts + 2, 2, this.#wide ? 56 : 32],
      [counts + 4, 2, phnum],
      [counts + 6, 2, this.#wide ? 64 : 40],
      [counts + 8, 2, shnum],
    ]);
  }

  segment(type: number, offset: number, size: number): void {
    const at = (this.#wide ? 64 : 52) + this.#segmentCount++ * (this.#wide ? 56 : 32);
    this.#put(
      this.#wide
        ? [
            [at, 4, type],
            [at + 4, 4, 6],
            [at + 8, 8, offset],
            [at + 16, 8, offset],
            [at + 24, 8, offset],
            [at + 32, 8, size],
            [at + 40, 8, size],
            [at + 48, 8, 4096],
          ]
        : [
            [at, 4, type],
            [at + 4, 4, offset],
            [at + 8, 4, offset],
            [at + 12, 4, offset],
            [at + 16, 4, size],
            [at + 20, 4, size],
            [at + 24, 4, 6],
            [at + 28, 4, 4096],
          ],
    );
  }

  dynamicEntry(table: number, index: number, [tag, value]: readonly [number, number]): void {
    const size = this.#wide ? 8 : 4;
    const at = table + index * size * 2;
    this.#put([
      [at, size, tag],
      [at + size, size, value],
    ]);
  }

  section(table: number, index: number, row: { type: number; offset: number; size: number }): void {
    const { type, offset, size } = row;
    const at = table + index * (this.#wide ? 64 : 40);
    // SHF_ALLOC for all but the first, which is empty by definition.
    const flags = type === 0 ? 0 : 2;
    this.#put(
      this.#wide
        ? [
            [at + 4, 4, type],
            [at + 8, 8, flags],
            [at + 16, 8, offset],
            [at + 24, 8, offset],
            [at + 32, 8, size],
          ]
        : [
            [at + 4, 4, type],
            [at + 8, 4, flags],
            [at + 12, 4, offset],
            [at + 16, 4, offset],
            [at + 20, 4, size],
          ],
    );
  }
}
