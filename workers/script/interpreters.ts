/** Which program runs a script, and where it is (spec 4.2). */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StageyardError } from '#proto/errors.ts';

/** A kind of script. `bash` is inlined into the generated script, others get a file of their own. */
export interface Interpreter {
  /** Extension of the file that its script is written to. */
  readonly extension: string;
  /** Programs that can run it, best first. */
  readonly programs: readonly string[];
  readonly isShell: boolean;
}

const shell: Interpreter = { extension: 'sh', programs: ['bash'], isShell: true };
const python = interpreter('py', ['python', 'python3']);
const javascript = interpreter('js', ['node']);
const r = interpreter('r', ['Rscript']);
const powershell = interpreter('ps1', ['pwsh', 'powershell']);
const nushell = interpreter('nu', ['nu']);
const perl = interpreter('pl', ['perl']);
const ruby = interpreter('rb', ['ruby']);

function interpreter(extension: string, programs: readonly string[]): Interpreter {
  return { extension, programs, isShell: false };
}

const byName: Readonly<Record<string, Interpreter>> = {
  bash: shell,
  sh: shell,
  python,
  perl,
  ruby,
  node: javascript,
  nodejs: javascript,
  rscript: r,
  r,
  nushell,
  nu: nushell,
  powershell,
  pwsh: powershell,
};
const byExtension: Readonly<Record<string, Interpreter>> = {
  sh: shell,
  bash: shell,
  py: python,
  pl: perl,
  rb: ruby,
  js: javascript,
  r,
  R: r,
  nu: nushell,
  ps1: powershell,
};
const WINDOWS_ONLY: ReadonlySet<string> = new Set(['bat', 'cmd']);

/**
 * The interpreter that a recipe names, else that of a file's extension, else the shell. Throws
 * `RECIPE_INVALID` for names that nobody knows, `SCRIPT_INTERPRETER_MISSING` for `cmd` on Unix.
 */
export function interpreterOf(name: string | undefined, file: string | undefined): Interpreter {
  const extension = file === undefined ? undefined : /\.([A-Za-z0-9]+)$/.exec(file)?.[1];
  if (name === 'cmd' || (name === undefined && WINDOWS_ONLY.has(extension ?? ''))) {
    throw new StageyardError(
      'SCRIPT_INTERPRETER_MISSING',
      `${file ?? 'build.script.interpreter: cmd'} is a script for cmd.exe, which only Windows has`,
    );
  }
  if (name === undefined) return byExtension[extension ?? ''] ?? shell;
  const named = byName[name.toLowerCase()];
  if (named !== undefined) return named;
  const known = Object.keys(byName).toSorted().join(', ');
  throw new StageyardError(
    'RECIPE_INVALID',
    `build.script.interpreter: ${JSON.stringify(name)} is not known; known are ${known}`,
  );
}

/** Where programs are looked for, in this order. */
export interface SearchPlaces {
  readonly buildPrefix: string;
  readonly hostPrefix: string;
  /** Text of `PATH`. */
  readonly path: string;
}

/** Absolute path of the program. Throws `SCRIPT_INTERPRETER_MISSING`. */
export function findInterpreter(wanted: Interpreter, places: SearchPlaces): string {
  const prefixes = [places.buildPrefix, places.hostPrefix].map((prefix) => join(prefix, 'bin'));
  const directories = [
    ...prefixes,
    ...places.path.split(delimiter).filter((part) => part.startsWith('/')),
  ];
  for (const directory of directories) {
    for (const program of wanted.programs) {
      const path = join(directory, program);
      if (isExecutableFile(path)) return path;
    }
  }
  const name = wanted.programs[0] ?? '';
  throw new StageyardError(
    'SCRIPT_INTERPRETER_MISSING',
    `interpreter \`${name}\` was not found in the build environment: add its package to requirements.build`,
    { context: { interpreter: name } },
  );
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent or not for us: the search goes on.
    return false;
  }
}
