/** Settings and facts for tests of the linking check. */
import type { DynamicLinking } from '#proto/recipe/recipe.ts';
import type { BinarySlice } from '#wasm-inspect/host/report.ts';

/** The defaults of a recipe, with changes. */
export function dynamicLinking(changes: Partial<DynamicLinking> = {}): DynamicLinking {
  return {
    rpaths: [],
    binary_relocation: true,
    missing_dso_allowlist: [],
    rpath_allowlist: [],
    overdepending_behavior: 'ignore',
    overlinking_behavior: 'ignore',
    ...changes,
  };
}

/** Facts of a program, with changes. */
export function elfSlice(changes: Partial<BinarySlice> = {}): BinarySlice {
  return {
    architecture: { name: 'x86_64', number: 62, subtype: 0, variant: null },
    bits: 64,
    byteOrder: 'little',
    kind: 'dynamic-pie',
    debugOnly: false,
    dynamic: true,
    signed: false,
    dotnet: false,
    needed: [],
    dependencies: [],
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    soname: null,
    rpath: '$ORIGIN/../lib',
    runpath: null,
    rpaths: [],
    minimumSystems: [],
    places: { interpreter: null, soname: null, rpath: null, runpath: null, rpaths: [] },
    machO: null,
    pe: null,
    ...changes,
  };
}
