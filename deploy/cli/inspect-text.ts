/** Reports for people: a short tree for each binary, a line for each problem, and a count at the end. */
import type { BinarySlice, DependencyKind, NotBinaryReason } from '#wasm-inspect/host/report.ts';
import type { TreeEntry } from '#wasm-inspect/host/tree.ts';

const kinds: Record<BinarySlice['kind'], string> = {
  executable: 'program at a fixed address',
  'shared-library': 'shared library',
  'static-pie': 'static program',
  'dynamic-pie': 'program',
  object: 'object file',
  core: 'core dump',
  other: 'other',
  bundle: 'plugin',
  'debug-companion': 'debug information',
  'kernel-module': 'kernel module',
  driver: 'driver',
  efi: 'EFI image',
};

// What is said of a library besides its name.
const manners: Record<DependencyKind, string> = {
  needed: '',
  filter: 'filter',
  auxiliary: 'auxiliary filter',
  load: '',
  weak: 'may be missing',
  reexport: 're-exported',
  upward: 'upward',
  lazy: 'when first used',
  import: '',
  'delay-import': 'when first used',
};

const reasons: Record<NotBinaryReason, string> = {
  empty: 'empty file',
  'unknown-format': 'not a binary',
  archive: 'archive of object files',
  bitcode: 'LLVM bitcode',
  'java-class': 'Java class',
  script: 'script',
  dos: 'DOS program',
  ne: '16 bit Windows program',
  le: 'OS/2 program or driver of old Windows',
  'coff-object': 'COFF object file',
  wasm: 'WebAssembly',
  symlink: 'symbolic link',
  directory: 'directory',
  fifo: 'pipe',
  device: 'device',
  socket: 'socket',
};

/** Makes control characters and bytes that are no text visible: a file must not write to the terminal. */
export function visible(text: string): string {
  let result = '';
  for (const character of text) result += isHidden(character) ? escaped(character) : character;
  return result;
}

// C0 and C1 controls, and the lone surrogates that stand for bytes (pairs arrive as one character).
function isHidden(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xdc80 && code <= 0xdcff);
}

function escaped(character: string): string {
  const byte = character.charCodeAt(0) & 0xff;
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** Prints one entry after the other and counts them. */
export class InspectPrinter {
  #binaryCount = 0;
  #otherCount = 0;
  #problemCount = 0;

  /** The lines of one file; nothing for a file without facts that was met in a directory. */
  entry({ path, report }: TreeEntry, isNamed: boolean): string {
    switch (report.kind) {
      case 'binary':
        this.#binaryCount += 1;
        return report.slices.map((slice) => sliceLines(path, slice)).join('');
      case 'problem':
        this.#problemCount += 1;
        return `${visible(path)}: problem: ${visible(report.finding.message)} [${report.finding.code}]\n`;
      case 'not-binary':
        this.#otherCount += 1;
        return isNamed ? `${visible(path)}: ${reasons[report.reason]}\n` : '';
    }
  }

  /** One line of counts when there was more than one file, else nothing. */
  summary(): string {
    if (this.#binaryCount + this.#otherCount + this.#problemCount < 2) return '';
    const counts = [
      counted(this.#binaryCount, 'binary', 'binaries'),
      counted(this.#otherCount, 'other file', 'other files'),
      counted(this.#problemCount, 'problem', 'problems'),
    ];
    return `${counts.join(', ')}\n`;
  }
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function sliceLines(path: string, slice: BinarySlice): string {
  const systems = slice.minimumSystems.map(({ system, version }) => `${system} ${version}`);
  const rows = [
    ...row('soname', slice.soname),
    ...row('interpreter', slice.interpreter),
    ...row('rpath', slice.rpath),
    ...row('runpath', slice.runpath),
    ...slice.rpaths.flatMap((text) => row('rpath', text)),
    ...slice.dependencies.flatMap(({ name, kind }) => row('needs', name, manners[kind])),
    ...systems.flatMap((text) => row('runs on', `${text} and later`)),
  ];
  const lines = rows.map((text, index) => `${index === rows.length - 1 ? ' └─' : ' ├─'} ${text}\n`);
  return `${visible(path)}: ${headline(slice)}\n${lines.join('')}`;
}

function headline(slice: BinarySlice): string {
  const { name, number, variant } = slice.architecture;
  const machine = name === 'unknown' ? `machine ${number}` : name;
  const parts = [
    kinds[slice.kind],
    variant === null ? machine : `${machine} (${variant})`,
    `${slice.bits} bit${slice.byteOrder === 'big' ? ' big endian' : ''}`,
  ];
  if (slice.debugOnly && slice.kind !== 'debug-companion') parts.push('debug information only');
  if (slice.dotnet) parts.push('.NET');
  if (slice.signed) parts.push('signed');
  return parts.join(', ');
}

function row(label: string, value: string | null, remark = ''): string[] {
  if (value === null) return [];
  return [`${label.padEnd(11)} ${visible(value)}${remark === '' ? '' : ` (${remark})`}`];
}
