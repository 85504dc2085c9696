/** Variables that functions read without being given them. One table for the syntax tree and for the functions. */

/** Read by every call of `compiler` and `stdlib` (spec 1.16): it changes what they compile against. */
export const SYSROOT_VARIABLE = 'CONDA_BUILD_SYSROOT';

/** Variables that name a compiler or standard library of a language, and its version. */
export function toolVariables(
  tool: 'compiler' | 'stdlib',
  language: string,
): { readonly name: string; readonly version: string } {
  return { name: `${language}_${tool}`, version: `${language}_${tool}_version` };
}

/** What a call reads; `argument` is its first argument where that is a literal text. */
export function variablesReadByCall(
  functionName: string,
  argument: string | undefined,
): readonly string[] {
  switch (functionName) {
    case 'compiler':
    case 'stdlib': {
      if (argument === undefined) return [SYSROOT_VARIABLE];
      const { name, version } = toolVariables(functionName, argument);
      return [name, version, SYSROOT_VARIABLE];
    }
    case 'cdt':
      return ['cdt_name'];
    default:
      return [];
  }
}
