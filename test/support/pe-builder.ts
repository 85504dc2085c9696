/** Small PE files, byte by byte: DOS header, PE header, section table, one section with all tables. */
import { ByteWriter } from './byte-writer.ts';

/** What the file says; the default is an empty x86_64 library. */
export interface PeDescription {
  readonly bits?: 32 | 64;
  readonly machine?: number;
  readonly characteristics?: number;
  readonly subsystem?: number;
  readonly imports?: readonly string[];
  readonly delayImports?: readonly string[];
  /** Addresses of delayed imports count from 0, as old compilers wrote them. */
  readonly isDelayAbsolute?: boolean;
  readonly exportName?: string;
  readonly isSigned?: boolean;
  readonly isDotnet?: boolean;
  /** The section is said to be code whose bytes were left out. */
  readonly isDebugOnly?: boolean;
}

const PE_AT = 128;
const SECTION_RVA = 0x1000;
const SECTION_AT = 1024;
const IMAGE_BASE = 0x40_0000;

/** Builds the file. */
export function buildPe(description: PeDescription = {}): Uint8Array {
  const { bits = 64, imports = [], delayImports = [] } = description;
  const wide = bits === 64;
  const optionalSize = (wide ? 112 : 96) + 16 * 8;
  const optional = PE_AT + 24;
  const section = new ByteWriter();
  const directories = new Map<number, readonly [number, number]>();
  const rva = (at: number): number => SECTION_RVA + at;
  const text = (value: string): number => {
    const at = section.length;
    section.put(at, `${value}\0`);
    return rva(at);
  };
  const table = (directory: number, stride: number, count: number): number => {
    const at = Math.ceil(section.length / 4) * 4;
    section.extend(at + stride * count);
    directories.set(directory, [rva(at), stride * count]);
    return at;
  };
  section.extend(16);
  if (imports.length > 0) {
    const at = table(1, 20, imports.length + 1);
    for (const [index, name] of imports.entries()) {
      section.u32(at + index * 20, 1, 0, 0, text(name), 1);
    }
  }
  if (delayImports.length > 0) {
    const at = table(13, 32, delayImports.length + 1);
    const base = description.isDelayAbsolute === true ? IMAGE_BASE : 0;
    for (const [index, name] of delayImports.entries()) {
      section.u32(at + index * 32, base === 0 ? 1 : 0, base + text(name));
    }
  }
  if (description.exportName !== undefined) {
    const at = table(0, 40, 1);
    section.u32(at + 12, text(description.exportName));
  }
  if (description.isDotnet === true) table(14, 72, 1);
  const rawSize = Math.ceil(section.length / 512) * 512;
  if (description.isSigned === true) directories.set(4, [SECTION_AT + rawSize, 32]);
  const file = new ByteWriter()
    .put(0, 'MZ')
    .u32(60, PE_AT)
    .put(PE_AT, 'PE\0\0')
    .u16(PE_AT + 4, description.machine ?? (wide ? 0x8664 : 0x14c), 1)
    .u16(PE_AT + 20, optionalSize, description.characteristics ?? 0x2022)
    .u16(optional, wide ? 0x20b : 0x10b)
    .u32(optional + 32, 4096, 512)
    .u16(optional + 48, 6, 1)
    .u32(optional + 56, 0x2000, 1024)
    .u16(optional + 68, description.subsystem ?? 3, 0x160);
  if (wide) file.u64(optional + 24, IMAGE_BASE);
  else file.u32(optional + 28, IMAGE_BASE);
  file.u32(optional + (wide ? 108 : 92), 16);
  for (const [index, [address, size]] of directories) {
    file.u32(optional + (wide ? 112 : 96) + index * 8, address, size);
  }
  const row = optional + optionalSize;
  file.put(row, '.rdata').u32(row + 8, section.length, SECTION_RVA, rawSize, SECTION_AT);
  if (description.isDebugOnly === true) file.u32(row + 16, 0, 0).u32(row + 36, 0x20);
  file.put(SECTION_AT, section.bytes).extend(SECTION_AT + rawSize);
  return file.extend(file.length + (description.isSigned === true ? 32 : 0)).bytes;
}
