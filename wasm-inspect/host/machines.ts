/** Names of ELF machine numbers (e_machine of the System V ABI), as conda and compilers spell architectures. */
const names: ReadonlyMap<number, string> = new Map([
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

/** `unknown` for a number without a name here. */
export function machineName(machine: number): string {
  return names.get(machine) ?? 'unknown';
}
