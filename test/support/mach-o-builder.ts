/** Small Mach-O files, byte by byte: header, load commands, a gap, one section's contents, the link-edit segment. */
import { ByteWriter } from './byte-writer.ts';

/** A load command that refers to a library. */
export interface MachODylib {
  readonly command: number;
  readonly name: string;
  readonly current?: number;
  readonly compatibility?: number;
}

/** What the file says; the default is an empty arm64 library. */
export interface MachODescription {
  readonly bits?: 32 | 64;
  readonly order?: 'little' | 'big';
  readonly machine?: number;
  readonly subtype?: number;
  readonly fileType?: number;
  readonly flags?: number;
  readonly dylibs?: readonly MachODylib[];
  readonly rpaths?: readonly string[];
  readonly dylinker?: string;
  /** LC_BUILD_VERSION: platform, oldest version, SDK. */
  readonly platforms?: readonly (readonly [number, number, number])[];
  /** LC_VERSION_MIN_*: command, version, SDK. */
  readonly versionMin?: readonly [number, number, number];
  readonly isSigned?: boolean;
  /** Bytes between the load commands and the section. */
  readonly padding?: number;
  /** Further commands as they are. */
  readonly commands?: readonly Uint8Array[];
}

/** Numbers of load commands. */
export const LC = {
  loadDylib: 0xc,
  idDylib: 0xd,
  lazyLoadDylib: 0x20,
  loadWeakDylib: 0x8000_0018,
  reexportDylib: 0x8000_001f,
  loadUpwardDylib: 0x8000_0023,
  versionMinMacos: 0x24,
} as const;

const CONTENTS = 16;

type Make = (writer: ByteWriter) => ByteWriter;

/** Builds a file with one slice. */
export function buildMachO(description: MachODescription = {}): Uint8Array {
  const { bits = 64, order = 'little', padding = 64 } = description;
  const wide = bits === 64;

  const command = (fill: Make): Uint8Array => {
    const writer = fill(new ByteWriter(order));
    const size = Math.ceil(writer.length / 8) * 8;
    return writer.extend(size).u32(4, size).bytes;
  };
  const text = (number: number, at: number, value: string): Uint8Array =>
    command((writer) => writer.u32(0, number, 0, at).put(at, `${value}\0`));
  const commands: Uint8Array[] = [];
  for (const {
    command: number,
    name,
    current = 0x10203,
    compatibility = 0x10000,
  } of description.dylibs ?? []) {
    commands.push(
      command((writer) =>
        writer.u32(0, number, 0, 24, 2, current, compatibility).put(24, `${name}\0`),
      ),
    );
  }
  for (const path of description.rpaths ?? []) commands.push(text(0x8000_001c, 12, path));
  if (description.dylinker !== undefined) commands.push(text(0xe, 12, description.dylinker));
  for (const [platform, oldest, sdk] of description.platforms ?? []) {
    commands.push(command((writer) => writer.u32(0, 0x32, 0, platform, oldest, sdk, 0)));
  }
  if (description.versionMin !== undefined) {
    const [number, version, sdk] = description.versionMin;
    commands.push(command((writer) => writer.u32(0, number, 0, version, sdk)));
  }
  commands.push(...(description.commands ?? []));
  const headerSize = wide ? 32 : 28;
  const segmentSize = wide ? 72 : 56;
  const signatureSize = description.isSigned === true ? 16 : 0;
  const size =
    commands.reduce((sum, { length }) => sum + length, 0) +
    segmentSize * 2 +
    (wide ? 80 : 68) +
    signatureSize;
  const contents = headerSize + size + padding;
  const linkEdit = contents + CONTENTS;
  if (description.isSigned === true) {
    commands.push(command((writer) => writer.u32(0, 0x1d, 16, linkEdit, CONTENTS)));
  }
  const segment = (offset: number, length: number, sections: number): Uint8Array =>
    segmentCommand({ wide, order, offset, length, sections });
  commands.unshift(segment(0, linkEdit, 1), segment(linkEdit, CONTENTS, 0));
  const file = new ByteWriter(order)
    .u32(0, wide ? 0xfeed_facf : 0xfeed_face, description.machine ?? 0x0100_000c)
    .u32(8, description.subtype ?? 0, description.fileType ?? 6, commands.length, size)
    .u32(24, description.flags ?? 4);
  file.put(headerSize, Buffer.concat(commands));
  return file.extend(linkEdit + CONTENTS).bytes;
}

interface Segment {
  readonly wide: boolean;
  readonly order: 'little' | 'big';
  readonly offset: number;
  readonly length: number;
  readonly sections: number;
}

// A segment; its one section holds the last 16 bytes.
function segmentCommand({ wide, order, offset, length, sections }: Segment): Uint8Array {
  const writer = new ByteWriter(order);
  const fixed = wide ? 72 : 56;
  const size = fixed + sections * (wide ? 80 : 68);
  writer.u32(0, wide ? 0x19 : 1, size);
  if (wide) writer.u64(24, offset, length, offset, length).u32(56, 5, 5, sections, 0);
  else writer.u32(24, offset, length, offset, length, 5, 5, sections, 0);
  const start = offset + length - CONTENTS;
  if (sections > 0 && wide) writer.u64(fixed + 32, start, CONTENTS).u32(fixed + 48, start);
  else if (sections > 0) writer.u32(fixed + 32, start, CONTENTS, start);
  return writer.extend(size).bytes;
}

/** Puts slices behind a table of 32 or 64 bit offsets. */
export function buildFat(slices: readonly Uint8Array[], bits: 32 | 64 = 32): Uint8Array {
  const wide = bits === 64;
  const stride = wide ? 32 : 20;
  const file = new ByteWriter('big').u32(0, wide ? 0xcafe_babf : 0xcafe_babe, slices.length);
  let offset = Math.ceil((8 + slices.length * stride) / 64) * 64;
  for (const [index, slice] of slices.entries()) {
    const at = 8 + index * stride;
    file.u32(at, 0x0100_000c, index);
    if (wide) file.u64(at + 8, offset, slice.length).u32(at + 24, 6);
    else file.u32(at + 8, offset, slice.length, 6);
    file.put(offset, slice);
    offset = Math.ceil((offset + slice.length) / 64) * 64;
  }
  return file.bytes;
}
