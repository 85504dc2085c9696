/**
 * What `readelf`, `llvm-readobj-19` and `llvm-objdump-19` say of files, in the words of our reports. Their traps:
 * llvm-objdump ends a batch at the first file that it rejects, so it gets one file at a time; `--needed-libs` sorts,
 * so names are taken from the dynamic table; readelf prints no heading for a single file.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import type { BinarySlice } from '#wasm-inspect/host/report.ts';

const BATCH = 400;

/** ELF facts that both tools print. */
export interface ElfFacts {
  readonly bits: string;
  readonly order: string;
  readonly type: string;
  readonly machine: number;
  readonly libraries: readonly string[];
  readonly soname: string | null;
  readonly rpath: string | null;
  readonly runpath: string | null;
}

function runTool(program: string, words: readonly string[]): string {
  const { stdout } = spawnSync(program, words, {
    encoding: 'latin1',
    maxBuffer: 1 << 30,
    env: { ...process.env, LC_ALL: 'C' },
  });
  return stdout;
}

// Text before the first file is dropped.
function runOverFiles(
  program: string,
  words: readonly string[],
  files: readonly string[],
): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (let at = 0; at < files.length; at += BATCH) {
    // One file alone gets no heading.
    const text = runTool(program, [...words, ...files.slice(at, at + BATCH), '/dev/null']);
    for (const part of text.split(/^File: /m).slice(1)) {
      const end = part.indexOf('\n');
      parts.set(utf8(part.slice(0, end)), part.slice(end));
    }
  }
  parts.delete('/dev/null');
  return parts;
}

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString();

function every(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => utf8(match[1] ?? ''));
}

const last = (text: string, pattern: RegExp): string | null => every(text, pattern).at(-1) ?? null;

const readelfLibraries: Record<string, string> = {
  NEEDED: 'needed',
  FILTER: 'filter',
  AUXILIARY: 'auxiliary',
};

/** `readelf -d -h -W`. */
export function readelfFacts(files: readonly string[]): ReadonlyMap<string, ElfFacts> {
  const facts = new Map<string, ElfFacts>();
  for (const [file, text] of runOverFiles('readelf', ['-d', '-h', '-W'], files)) {
    const libraries = [
      ...text.matchAll(/\((NEEDED|FILTER|AUXILIARY)\)\s+[A-Z][a-z ]+: \[(.*)\]$/gm),
    ].map((match) => `${readelfLibraries[match[1] ?? '']} ${utf8(match[2] ?? '')}`);
    facts.set(file, {
      bits: last(text, /^ {2}Class:\s+ELF(\d+)$/gm) ?? '',
      order: (last(text, /^ {2}Data:.*(little|big) endian$/gm) ?? '').trim(),
      type: last(text, /^ {2}Type:\s+(\w+)/gm) ?? '',
      machine: machineOf(file),
      libraries,
      soname: last(text, /\(SONAME\)\s+Library soname: \[(.*)\]$/gm),
      rpath: last(text, /\(RPATH\)\s+Library rpath: \[(.*)\]$/gm),
      runpath: last(text, /\(RUNPATH\)\s+Library runpath: \[(.*)\]$/gm),
    });
  }
  return facts;
}

const llvmTypes: Record<string, string> = {
  '0x0': 'NONE',
  '0x1': 'REL',
  '0x2': 'EXEC',
  '0x3': 'DYN',
  '0x4': 'CORE',
};

/** `llvm-readobj-19 --file-headers --dynamic-table`. */
export function llvmElfFacts(files: readonly string[]): ReadonlyMap<string, ElfFacts> {
  const facts = new Map<string, ElfFacts>();
  const words = ['--file-headers', '--dynamic-table'];
  for (const [file, text] of runOverFiles('llvm-readobj-19', words, files)) {
    const libraries = [
      ...text.matchAll(/ (NEEDED|FILTER|AUXILIARY) +[A-Z][a-z ]+: \[(.*)\]$/gm),
    ].map((match) => `${readelfLibraries[match[1] ?? '']} ${utf8(match[2] ?? '')}`);
    const type = last(text, /^ {2}Type: .*\((0x[0-9A-F]+)\)$/gm) ?? '';
    facts.set(file, {
      bits: last(text, /^ {4}Class: (\d+)-bit/gm) ?? '',
      order: (last(text, /^ {4}DataEncoding: (Little|Big)Endian/gm) ?? '').toLowerCase(),
      type: llvmTypes[type] ?? type,
      machine: Number(last(text, /^ {2}Machine: .*?\(?(0x[0-9A-F]+)\)?$/gm)),
      libraries,
      soname: last(text, / SONAME +Library soname: \[(.*)\]$/gm),
      rpath: last(text, / RPATH +Library rpath: \[(.*)\]$/gm),
      runpath: last(text, / RUNPATH +Library runpath: \[(.*)\]$/gm),
    });
  }
  return facts;
}

// readelf prints names of machines that differ by its version; the number lies at a fixed place.
function machineOf(file: string): number {
  const head = Buffer.alloc(20);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, head, 0, 20, 0);
  } finally {
    closeSync(fd);
  }
  return head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
}

const elfTypes: Partial<Record<BinarySlice['kind'], string>> = {
  executable: 'EXEC',
  'shared-library': 'DYN',
  'static-pie': 'DYN',
  'dynamic-pie': 'DYN',
  object: 'REL',
  'kernel-module': 'REL',
  core: 'CORE',
  other: 'NONE',
};

/** The same facts from a report. */
export function ourElfFacts(slice: BinarySlice): ElfFacts {
  return {
    bits: String(slice.bits),
    order: slice.byteOrder,
    type: elfTypes[slice.kind] ?? '',
    machine: slice.architecture.number,
    libraries: slice.dependencies.map(({ kind, name }) => `${kind} ${name}`),
    soname: slice.soname,
    rpath: slice.rpath,
    runpath: slice.runpath,
  };
}

/** What llvm-objdump says of one slice of a Mach-O file. */
export interface MachOFacts {
  readonly header: readonly number[];
  /** Kind, name, versions, distance of the text from its command, capacity. */
  readonly libraries: readonly string[];
  readonly installName: string | null;
  readonly rpaths: readonly string[];
  readonly dylinker: string | null;
  readonly systems: readonly string[];
  readonly signature: string | null;
  /** Bytes between the load commands and the first contents. */
  readonly padding: number;
}

const machOKinds: Record<string, string> = {
  LC_LOAD_DYLIB: 'load',
  LC_LOAD_WEAK_DYLIB: 'weak',
  LC_REEXPORT_DYLIB: 'reexport',
  LC_LOAD_UPWARD_DYLIB: 'upward',
  LC_LAZY_LOAD_DYLIB: 'lazy',
};

const minimumPlatforms: Record<string, string> = {
  LC_VERSION_MIN_MACOSX: 'macos',
  LC_VERSION_MIN_IPHONEOS: 'ios',
  LC_VERSION_MIN_TVOS: 'tvos',
  LC_VERSION_MIN_WATCHOS: 'watchos',
};

const platformNames =
  '- macos ios tvos watchos bridgeos mac-catalyst ios-simulator tvos-simulator watchos-simulator driverkit'.split(
    ' ',
  );

/** `llvm-objdump-19 --macho --private-headers`, all slices. */
export function llvmMachOFacts(file: string): readonly MachOFacts[] {
  const words = ['--macho', '--arch=all', '--non-verbose', '--private-headers', file];
  return runTool('llvm-objdump-19', words)
    .split(/^Mach header$/m)
    .slice(1)
    .map(parseMachO);
}

function parseMachO(text: string): MachOFacts {
  const numbers = /^ *0xfeedfac[ef] .*$/m.exec(text)?.[0].trim().split(/\s+/).map(Number) ?? [];
  const [, cpu = 0, sub = 0, caps = 0, type = 0, count = 0, size = 0, flags = 0] = numbers;
  const commands = text.split(/^Load command \d+$/m).slice(1);
  const field = (command: string, name: string): string | null =>
    last(command, new RegExp(`^ *${name} (.*)$`, 'gm'));
  const found = { libraries: [], rpaths: [], systems: [] } as Record<string, string[]>;
  let installName: string | null = null;
  let dylinker: string | null = null;
  let signature: string | null = null;
  for (const command of commands) {
    const name = field(command, 'cmd') ?? '';
    const label = field(command, '(?:name|path)')?.replace(/ \(offset \d+\)$/, '') ?? '';
    const library = `${label} ${field(command, 'current version')} ${field(command, 'compatibility version')}`;
    const at = Number(last(command, /\(offset (\d+)\)$/gm) ?? 0);
    const place = `${at} ${Number(field(command, 'cmdsize')) - at}`;
    const kind = machOKinds[name];
    if (kind !== undefined) found['libraries']?.push(`${kind} ${library} ${place}`);
    else if (name === 'LC_ID_DYLIB') installName = `${library} ${place}`;
    else if (name === 'LC_RPATH') found['rpaths']?.push(`${label} ${place}`);
    else if (name === 'LC_LOAD_DYLINKER') dylinker = `${label} ${place}`;
    else if (name === 'LC_CODE_SIGNATURE') {
      signature = `${field(command, 'dataoff')} ${field(command, 'datasize')}`;
    } else if (name === 'LC_BUILD_VERSION') {
      const platform = platformNames[Number(field(command, 'platform'))];
      found['systems']?.push(`${platform} ${whole(field(command, 'minos'))}`);
    } else if (minimumPlatforms[name] !== undefined) {
      found['systems']?.push(`${minimumPlatforms[name]} ${whole(field(command, 'version'))}`);
    }
  }
  return {
    header: [cpu, sub + caps * 2 ** 24, type, count, size, flags],
    libraries: found['libraries'] ?? [],
    installName,
    rpaths: found['rpaths'] ?? [],
    dylinker,
    systems: found['systems'] ?? [],
    signature,
    padding: paddingOf(text, size),
  };
}

// Types of sections without bytes.
const ZERO_FILLED: ReadonlySet<number> = new Set([0x1, 0xc, 0x12]);

// From the begins of segments and sections that have bytes.
function paddingOf(text: string, commandsSize: number): number {
  const segments = [...text.matchAll(/^ *fileoff (\d+)\n *filesize ([1-9]\d*)$/gm)];
  const sections = [
    ...text.matchAll(
      /^ *size (?!0x0+$)\S+\n *offset (\d+)\n *align .*\n *reloff .*\n *nreloc .*\n *flags (0x[0-9a-f]+)$/gm,
    ),
  ].filter((match) => !ZERO_FILLED.has(Number(match[2]) & 0xff));
  const places = [...segments, ...sections]
    .map((match) => Number(match[1]))
    .filter((offset) => offset > 0);
  const header = /^ *0xfeedfacf /m.test(text) ? 32 : 28;
  return places.length === 0 ? 0 : Math.max(0, Math.min(...places) - header - commandsSize);
}

// "13.1" is 13.1.0.
const whole = (version: string | null): string => `${version}.0`.split('.').slice(0, 3).join('.');

/** The same facts from a report. */
export function ourMachOFacts(slice: BinarySlice): MachOFacts {
  const { machO, places } = slice;
  if (machO === null) throw new Error('not a Mach-O slice');
  const base = machO.place?.offset ?? 0;
  const placed = (place: (typeof places)['soname'] | undefined): string =>
    place ? `${place.offset - place.entryOffset} ${place.capacity}` : '';
  const { versions, signature } = machO;
  return {
    header: [
      slice.architecture.number,
      slice.architecture.subtype,
      machO.fileType,
      machO.commandCount,
      machO.commands.size,
      machO.headerFlags,
    ],
    libraries: slice.dependencies.map(
      ({ kind, name, versions: its, place }) =>
        `${kind} ${name} ${its?.current} ${its?.compatibility} ${placed(place)}`,
    ),
    installName:
      slice.soname === null
        ? null
        : `${slice.soname} ${versions?.current} ${versions?.compatibility} ${placed(places.soname)}`,
    rpaths: slice.rpaths.map((path, index) => `${path} ${placed(places.rpaths[index])}`),
    dylinker:
      slice.interpreter === null ? null : `${slice.interpreter} ${placed(places.interpreter)}`,
    systems: slice.minimumSystems.map(({ system, version }) => `${system} ${version}`),
    signature: signature === null ? null : `${signature.offset - base} ${signature.size}`,
    padding: machO.padding,
  };
}

/** What llvm-readobj and llvm-objdump say of a PE file. */
export interface PeFacts {
  readonly header: readonly number[];
  readonly libraries: readonly string[];
  readonly exportName: string | null;
  readonly isSigned: boolean;
  readonly isDotnet: boolean;
}

/** `llvm-readobj-19 --file-headers --coff-imports`; the name in the table of exports: `llvm-objdump-19 -p`. */
export function llvmPeFacts(files: readonly string[]): ReadonlyMap<string, PeFacts> {
  const facts = new Map<string, PeFacts>();
  const words = ['--file-headers', '--coff-imports'];
  for (const [file, text] of runOverFiles('llvm-readobj-19', words, files)) {
    const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);
    const exports = runTool('llvm-objdump-19', ['-p', file]);
    facts.set(file, {
      header: [
        number(/^ {2}Machine: .*?\(?(0x[0-9A-F]+)\)?$/m),
        number(/^ {2}Magic: (0x[0-9A-F]+)$/m),
        number(/^ {2}Characteristics \[ \((0x[0-9A-F]+)\)/m),
        number(/^ {2}Subsystem: .*?\(?(0x[0-9A-F]+)\)?$/m),
        number(/^ {2}MajorSubsystemVersion: (\d+)$/m),
        number(/^ {2}MinorSubsystemVersion: (\d+)$/m),
      ],
      libraries: [...text.matchAll(/^(Import|DelayImport) \{\n {2}Name: (.*)$/gm)].map(
        (match) => `${match[1] === 'Import' ? 'import' : 'delay-import'} ${utf8(match[2] ?? '')}`,
      ),
      exportName: last(exports, /^ DLL name: (.*)$/gm),
      isSigned: number(/^ {4}CertificateTableSize: (0x[0-9A-F]+)$/m) > 0,
      isDotnet: number(/^ {4}CLRRuntimeHeaderSize: (0x[0-9A-F]+)$/m) > 0,
    });
  }
  return facts;
}

/** The same facts from a report. */
export function ourPeFacts(slice: BinarySlice): PeFacts {
  const [major, minor] = (slice.minimumSystems[0]?.version ?? '').split('.').map(Number);
  return {
    header: [
      slice.architecture.number,
      slice.bits === 64 ? 0x20b : 0x10b,
      slice.pe?.characteristics ?? -1,
      slice.pe?.subsystem ?? -1,
      major ?? -1,
      minor ?? -1,
    ],
    libraries: slice.dependencies.map(({ kind, name }) => `${kind} ${name}`),
    exportName: slice.soname,
    isSigned: slice.signed,
    isDotnet: slice.dotnet,
  };
}
