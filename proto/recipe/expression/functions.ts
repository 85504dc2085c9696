/**
 * The functions that recipes can call (spec 1.16). What needs the outside (environment variables, git,
 * files) comes in as callbacks.
 */
import { checkPin } from '../../conda/pin.ts';
import {
  isIos,
  isLinux,
  isOsx,
  isUnix,
  isWindows,
  platformArchitecture,
  platformFamily,
} from '../../conda/platform.ts';
import { Version } from '../../conda/version.ts';
import { VersionSpec } from '../../conda/version-spec.ts';
import { fail, ok, type Result } from '../../result.ts';
import type { PinArguments } from '../recipe.ts';
import { SYSROOT_VARIABLE, toolVariables } from './function-reads.ts';
import type { CallArguments, CallContext, TemplateFunction } from './scope.ts';
import { isTruthy, type Operand, renderValue, typeName } from './values.ts';

/** What the functions need to know of the outside. */
export interface FunctionEnvironment {
  readonly targetPlatform: string;
  /** Value of a variable of the process environment. */
  readonly environmentVariable: (name: string) => string | undefined;
  /** Functions that are tied to a place, like `load_from_file` and `git.head_rev`; they win over the others. */
  readonly additional?: ReadonlyMap<string, TemplateFunction>;
}

/** Arguments of a call, checked against the names that the function knows. */
type Checked = Result<readonly Operand[], string>;

/** Names of a function's arguments; those after the first `positional` ones are given by name only. */
interface Parameters {
  readonly names: readonly string[];
  readonly positional: number;
}

/** Arguments in the order of their names. */
function readArguments(
  call: CallArguments,
  functionName: string,
  { names, positional }: Parameters,
): Checked {
  if (call.positional.length > positional) {
    const others = names.slice(positional);
    const hint = others.length === 0 ? '' : `: give ${others.join(', ')} by name`;
    return fail(`\`${functionName}\` takes ${positional} argument(s) by position${hint}`);
  }
  const unknown = [...call.named.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return fail(`\`${functionName}\` has no argument \`${unknown}\`: it has ${names.join(', ')}`);
  }
  return ok(names.map((name, index) => call.positional[index] ?? call.named.get(name)));
}

function readText(value: Operand, functionName: string, name: string): Result<string, string> {
  return typeof value === 'string'
    ? ok(value)
    : fail(`\`${functionName}\` needs a text as \`${name}\`, not ${typeName(value)}`);
}

/** A function of one text. */
function textFunction(
  functionName: string,
  name: string,
  run: (text: string, context: CallContext) => Result<Operand, string>,
): TemplateFunction {
  return (call, context) => {
    const values = readArguments(call, functionName, { names: [name], positional: 1 });
    if (!values.ok) return values;
    const text = readText(values.value[0], functionName, name);
    return text.ok ? run(text.value, context) : text;
  };
}

type CompilerTable = Readonly<Record<string, string>>;

const CLANG: CompilerTable = { c: 'clang', cxx: 'clangxx', fortran: 'gfortran' };
const DEFAULT_COMPILERS: Readonly<Record<string, CompilerTable>> = {
  win: { c: 'vs2022', cxx: 'vs2022', fortran: 'flang' },
  osx: CLANG,
  ios: CLANG,
  iossimulator: CLANG,
  android: CLANG,
  emscripten: { c: 'emscripten', cxx: 'emscripten', fortran: 'gfortran' },
};
const GNU: CompilerTable = { c: 'gcc', cxx: 'gxx', fortran: 'gfortran' };

function defaultCompiler(language: string, platform: string): string {
  return (DEFAULT_COMPILERS[platformFamily(platform)] ?? GNU)[language] ?? language;
}

/** ` =12` for a plain version, the text itself for a constraint, nothing where the variant has none. */
function versionSuffix(version: Operand): string {
  if (version === undefined || version === null) return '';
  const text = renderValue(version);
  if (text === '') return '';
  return /^[A-Za-z0-9.]+$/.test(text) ? ` =${text}` : ` ${text}`;
}

/** `compiler` and `stdlib`: package name from the variant, with the platform it makes binaries for. */
function toolFunction(
  tool: 'compiler' | 'stdlib',
  environment: FunctionEnvironment,
): TemplateFunction {
  const { targetPlatform } = environment;
  return textFunction(tool, 'language', (language, context) => {
    const names = toolVariables(tool, language);
    const value = context.read(names.name);
    const version = context.read(names.version);
    context.read(SYSROOT_VARIABLE);
    if (value === undefined || value === null) {
      if (tool === 'compiler') {
        const name = defaultCompiler(language, targetPlatform);
        return ok(`${name}_${targetPlatform}${versionSuffix(version)}`);
      }
      if (context.undefinedBehavior === 'lenient') return ok('undefined');
      return fail(
        `no standard library is known for \`${language}\`: set \`${names.name}\` in the variants`,
      );
    }
    return ok(`${renderValue(value)}_${targetPlatform}${versionSuffix(version)}`);
  });
}

const PIN_PARAMETERS = ['name', 'lower_bound', 'upper_bound', 'exact', 'build'];
const RENAMED: Readonly<Record<string, string>> = {
  min_pin: 'lower_bound',
  max_pin: 'upper_bound',
};

/** A bound as given: absent, `none` (no bound), or a text. */
function readBound(value: Operand, name: string): Result<string | null | undefined, string> {
  if (value === undefined || value === null || typeof value === 'string') return ok(value);
  if (typeof value === 'number') return ok(renderValue(value));
  return fail(`\`${name}\` is a text like "x.x" or a version, not ${typeName(value)}`);
}

function readPin(call: CallArguments, functionName: string): Result<PinArguments, string> {
  const old = [...call.named.keys()].find((name) => RENAMED[name] !== undefined);
  if (old !== undefined)
    return fail(`\`${old}\` is called \`${RENAMED[old] ?? ''}\` in recipes v1`);
  const values = readArguments(call, functionName, { names: PIN_PARAMETERS, positional: 1 });
  if (!values.ok) return values;
  const [nameValue, lowerValue, upperValue, exactValue, buildValue] = values.value;
  const name = readText(nameValue, functionName, 'name');
  if (!name.ok) return name;
  const lower = readBound(lowerValue, 'lower_bound');
  if (!lower.ok) return lower;
  const upper = readBound(upperValue, 'upper_bound');
  if (!upper.ok) return upper;
  const build = buildValue === null ? undefined : buildValue;
  if (build !== undefined && typeof build !== 'string') {
    return fail(`\`build\` is a text, not ${typeName(build)}`);
  }
  const pin: PinArguments = {
    name: name.value,
    ...(lower.value === undefined ? {} : { lower_bound: lower.value }),
    ...(upper.value === undefined ? {} : { upper_bound: upper.value }),
    ...(isTruthy(exactValue) ? { exact: true } : {}),
    ...(build === undefined ? {} : { build }),
  };
  const problem = checkPin(pin);
  return problem === null ? ok(pin) : fail(problem);
}

function pinFunction(kind: 'pin_subpackage' | 'pin_compatible'): TemplateFunction {
  return (call) => {
    const pin = readPin(call, kind);
    if (!pin.ok) return pin;
    const dependency =
      kind === 'pin_subpackage' ? { pin_subpackage: pin.value } : { pin_compatible: pin.value };
    return ok({ kind: 'pin', dependency });
  };
}

const CENTOS_7_ARCHITECTURES: ReadonlySet<string> = new Set([
  's390x',
  'aarch64',
  'ppc64le',
  'ppc64',
]);

/** Name of a core dependency tree package; a version behind the name stays behind it. */
function cdtFunction(environment: FunctionEnvironment): TemplateFunction {
  const architecture = platformArchitecture(environment.targetPlatform) ?? '';
  return textFunction('cdt', 'name', (text, context) => {
    const name = context.read('cdt_name');
    const arch = context.read('cdt_arch');
    const system =
      name === undefined || name === null
        ? CENTOS_7_ARCHITECTURES.has(architecture)
          ? 'cos7'
          : 'cos6'
        : renderValue(name);
    const machine =
      arch === undefined || arch === null
        ? architecture === 'x86'
          ? 'i686'
          : architecture
        : renderValue(arch);
    const [, packageName = text, rest = ''] = /^(\S+)(\s.*)?$/s.exec(text) ?? [];
    return ok(`${packageName}-${system}-${machine}${rest}`);
  });
}

/** The version in a variant value: what stands before the first space, without a trailing `.*`. */
function variantVersion(value: Operand): string {
  const [text = ''] = renderValue(value).trim().split(/\s/);
  return text.replace(/\.?\*$/, '');
}

/** `match(python, ">=3.9")`: true where the variant has no such value. */
const matchFunction: TemplateFunction = (call) => {
  const values = readArguments(call, 'match', { names: ['value', 'spec'], positional: 2 });
  if (!values.ok) return values;
  const [value, specValue] = values.value;
  const specText = readText(specValue, 'match', 'spec');
  if (!specText.ok) return specText;
  if (value === undefined || value === null) return ok(true);
  const spec = VersionSpec.parse(specText.value.replaceAll(/\s+/g, ''), 'strict');
  if (!spec.ok)
    return fail(`\`match\` cannot read ${JSON.stringify(specText.value)}: ${spec.failure}`);
  const version = Version.parse(variantVersion(value));
  return version.ok ? ok(spec.value.matches(version.value)) : version;
};

function environmentFunctions(
  environment: FunctionEnvironment,
): readonly (readonly [string, TemplateFunction])[] {
  const get: TemplateFunction = (call) => {
    const values = readArguments(call, 'env.get', { names: ['name', 'default'], positional: 1 });
    if (!values.ok) return values;
    const name = readText(values.value[0], 'env.get', 'name');
    if (!name.ok) return name;
    const value = environment.environmentVariable(name.value) ?? values.value[1];
    return value === undefined
      ? fail(
          `the environment variable \`${name.value}\` is not set: give \`env.get\` a \`default\``,
        )
      : ok(value);
  };
  const exists = textFunction('env.exists', 'name', (name) =>
    ok(environment.environmentVariable(name) !== undefined),
  );
  return [
    ['env.get', get],
    ['env.exists', exists],
  ];
}

const PLATFORM_QUESTIONS: Readonly<Record<string, (platform: string) => boolean>> = {
  is_linux: isLinux,
  is_osx: isOsx,
  is_windows: isWindows,
  is_unix: isUnix,
  is_ios: isIos,
  is_android: (platform) => platformFamily(platform) === 'android',
};

/** Functions of recipes alone: elsewhere refused by name, to say more than "there is no such function". */
const UNAVAILABLE = [
  'load_from_file',
  'git.head_rev',
  'git.latest_tag',
  'git.latest_tag_rev',
  'git.latest_tag_distance',
];

/** All functions of spec 1.16. */
export function standardFunctions(
  environment: FunctionEnvironment,
): ReadonlyMap<string, TemplateFunction> {
  const refused = (message: string): TemplateFunction => {
    return () => fail(message);
  };
  return new Map<string, TemplateFunction>([
    ...UNAVAILABLE.map(
      (name) => [name, refused(`\`${name}\` can be called in recipes only, not here`)] as const,
    ),
    ['compiler', toolFunction('compiler', environment)],
    ['stdlib', toolFunction('stdlib', environment)],
    ['pin_subpackage', pinFunction('pin_subpackage')],
    ['pin_compatible', pinFunction('pin_compatible')],
    ['cdt', cdtFunction(environment)],
    ['match', matchFunction],
    ['cmp', refused('`cmp` is called `match` in recipes v1: `match(python, ">=3.9")`')],
    ...Object.entries(PLATFORM_QUESTIONS).map(
      ([name, question]) =>
        [name, textFunction(name, 'platform', (platform) => ok(question(platform)))] as const,
    ),
    ...environmentFunctions(environment),
    ...(environment.additional ?? []),
  ]);
}
