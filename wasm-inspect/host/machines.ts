/**
 * Names of machine numbers, as conda and compilers spell architectures: e_machine of the System V ABI, cputype of
 * Mach-O, Machine of PE. The same architecture has the same name in all three.
 */
import type * as wit from '../generated/interfaces/stageyard-inspect-api.js';
import type { BinaryFormat, BinarySlice } from './report.ts';

const elf: ReadonlyMap<number, string> = new Map([
  [2, 'sparc'],
  [3, 'i386'],
  [4, 'm68k'],
  [8, 'mips'],
  [15, 'hppa'],
  [18, 'sparc32plus'],
  [20, 'ppc'],
  [21, 'ppc64'],
  [22, 's390'],
  [40, 'arm'],
  [42, 'sh'],
  [43, 'sparcv9'],
  [50, 'ia64'],
  [62, 'x86_64'],
  [83, 'avr'],
  [93, 'arc'],
  [94, 'xtensa'],
  [106, 'blackfin'],
  [164, 'hexagon'],
  [183, 'aarch64'],
  [188, 'tilepro'],
  [189, 'microblaze'],
  [190, 'cuda'],
  [195, 'arcv2'],
  [224, 'amdgpu'],
  [243, 'riscv'],
  [247, 'bpf'],
  [251, 've'],
  [252, 'csky'],
  [258, 'loongarch'],
  [0x9026, 'alpha'],
]);

const machO: ReadonlyMap<number, string> = new Map([
  [6, 'm68k'],
  [7, 'i386'],
  [0x0100_0007, 'x86_64'],
  [11, 'hppa'],
  [12, 'arm'],
  [0x0100_000c, 'aarch64'],
  [0x0200_000c, 'aarch64'],
  [14, 'sparc'],
  [18, 'ppc'],
  [0x0100_0012, 'ppc64'],
]);

const pe: ReadonlyMap<number, string> = new Map([
  [0x014c, 'i386'],
  [0x0166, 'mips'],
  [0x0184, 'alpha'],
  [0x01a2, 'sh'],
  [0x01a6, 'sh'],
  [0x01c0, 'arm'],
  [0x01c2, 'arm'],
  [0x01c4, 'arm'],
  [0x01f0, 'ppc'],
  [0x0200, 'ia64'],
  [0x0284, 'alpha'],
  [0x0ebc, 'efi-byte-code'],
  [0x5032, 'riscv'],
  [0x5064, 'riscv'],
  [0x6232, 'loongarch'],
  [0x6264, 'loongarch'],
  [0x8664, 'x86_64'],
  [0xa641, 'aarch64'],
  [0xa64e, 'aarch64'],
  [0xaa64, 'aarch64'],
]);

const names: Record<BinaryFormat, ReadonlyMap<number, string>> = { elf, 'mach-o': machO, pe };

const EM_MIPS = 8;
const EF_MIPS_ABI2 = 0x20;
const EM_X86_64 = 62;

// The upper byte of a cpusubtype holds capabilities.
const SUBTYPE_MASK = 0x00ff_ffff;
const machOVariants: ReadonlyMap<string, string> = new Map([
  ['16777223/8', 'x86_64h'],
  ['16777228/1', 'arm64v8'],
  ['16777228/2', 'arm64e'],
  ['33554444/1', 'arm64_32'],
  ['12/6', 'armv6'],
  ['12/9', 'armv7'],
  ['12/11', 'armv7s'],
  ['12/12', 'armv7k'],
]);

const peVariants: ReadonlyMap<number, string> = new Map([
  [0xa641, 'arm64ec'],
  [0xa64e, 'arm64x'],
]);

/** The machine of a slice; `unknown` for a number without a name here. */
export function architectureOf(
  format: BinaryFormat,
  slice: wit.Slice,
): BinarySlice['architecture'] {
  const { machine: number, submachine: subtype } = slice;
  const name = names[format].get(number) ?? 'unknown';
  return { name, number, subtype, variant: variantOf(format, slice) };
}

function variantOf(format: BinaryFormat, { machine, submachine, bits }: wit.Slice): string | null {
  if (format === 'elf') {
    if (bits !== 32) return null;
    if (machine === EM_X86_64) return 'x32';
    return machine === EM_MIPS && (submachine & EF_MIPS_ABI2) !== 0 ? 'n32' : null;
  }
  if (format === 'pe') return peVariants.get(machine) ?? null;
  return machOVariants.get(`${machine}/${submachine & SUBTYPE_MASK}`) ?? null;
}
