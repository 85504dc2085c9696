/**
 * What packages with Python code need (spec 5.3): byte code beside each source, scripts for entry
 * points, and `conda` as the installer's name in `*.dist-info`. Byte code is checked by hash and
 * names its source relative to the prefix, so that the same source gives the same bytes anywhere.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { StageyardError } from '#proto/errors.ts';
import { compileGlobs } from '#proto/glob.ts';
import type { Build } from '#proto/recipe/recipe.ts';
import { listTree } from './file-tree.ts';
import { writeOwnFile } from './owned-file.ts';
import { isPythonVersionIndependent } from './skip-rules.ts';

/** The interpreter of the host environment, where it can run here. */
export interface HostPython {
  /** Absolute path. */
  readonly executable: string;
  /** `3.12`: names the interpreter in scripts. */
  readonly minorVersion: string;
}

/** What the step works on. */
export interface PythonStepInput {
  readonly build: Build;
  readonly tempPrefix: string;
  /** Placeholder in scripts. */
  readonly hostPrefix: string;
  /** Undefined: nothing is compiled. */
  readonly python?: HostPython;
  readonly targetPlatform: string;
}

const COMPILE_TIMEOUT_MS = 600_000;
const STDERR_CHARS_MAX = 4000;

/** Reads paths from standard input; a source that does not compile (a template, Python 2) is left alone. */
const COMPILE_PROGRAM = `
import os, py_compile, sys
root = sys.argv[1]
for line in sys.stdin.buffer.read().split(b"\\0"):
    if not line:
        continue
    path = os.fsdecode(line)
    try:
        py_compile.compile(
            os.path.join(root, path), dfile=path, doraise=True, quiet=2,
            invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
        )
    except (py_compile.PyCompileError, ValueError, SyntaxError, RecursionError):
        pass
`;

async function compileSources(
  python: HostPython,
  root: string,
  sources: readonly string[],
): Promise<void> {
  const child = spawn(python.executable, ['-I', '-W', 'ignore', '-c', COMPILE_PROGRAM, root], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PYTHONHASHSEED: '0', LC_ALL: 'C.UTF-8' },
    timeout: COMPILE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARS_MAX);
  });
  // An interpreter that died early closes the pipe; its exit status tells.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(sources.join('\0'));
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) =>
      resolve(status === 0 ? undefined : stderr.trim() || `ended with ${status ?? signal}`),
    );
  });
  if (failure !== undefined) {
    throw new StageyardError(
      'PACKAGE_CONTENT',
      `compiling the package's Python files with ${python.executable} failed: ${failure}`,
    );
  }
}

/** Parts of `command = module:object`. Throws `RECIPE_INVALID`. */
function parseEntryPoint(text: string): { command: string; module: string; object: string } {
  const match = /^\s*([^\s=/]+)\s*=\s*([\w.]+)\s*:\s*([\w.]+)\s*$/u.exec(text);
  const [, command, module, object] = match ?? [];
  if (command === undefined || module === undefined || object === undefined) {
    throw new StageyardError(
      'RECIPE_INVALID',
      `build.python.entry_points: ${JSON.stringify(text)} is not of the form "command = module:function"`,
    );
  }
  return { command, module, object };
}

function entryPointScript(interpreter: string, entry: ReturnType<typeof parseEntryPoint>): string {
  const first = entry.object.split('.')[0] ?? entry.object;
  return [
    `#!${interpreter}`,
    'import sys',
    '',
    `from ${entry.module} import ${first}`,
    '',
    'if __name__ == "__main__":',
    `    sys.exit(${entry.object}())`,
    '',
  ].join('\n');
}

function writeEntryPoints(input: PythonStepInput, python: HostPython): void {
  for (const text of input.build.python.entry_points) {
    const entry = parseEntryPoint(text);
    if (input.targetPlatform.startsWith('win-')) {
      throw new StageyardError(
        'RECIPE_UNSUPPORTED',
        `entry point ${entry.command}: packages for Windows need a launcher program, which this version cannot make; use noarch: python`,
      );
    }
    const interpreter = `${input.hostPrefix}/bin/python${python.minorVersion}`;
    writeOwnFile(
      `${input.tempPrefix}/bin/${entry.command}`,
      entryPointScript(interpreter, entry),
      0o755,
    );
  }
}

function renameInstaller(tempPrefix: string, paths: readonly string[]): void {
  for (const path of paths) {
    if (/(^|\/)[^/]+\.dist-info\/INSTALLER$/.test(path))
      writeOwnFile(`${tempPrefix}/${path}`, 'conda\n', 0o644);
  }
}

/** Runs the step. Throws `RECIPE_INVALID`, `RECIPE_UNSUPPORTED` or `PACKAGE_CONTENT`. */
export async function pythonStep(input: PythonStepInput): Promise<void> {
  const { build, tempPrefix, python } = input;
  const paths = listTree(tempPrefix)
    .filter((entry) => entry.kind === 'file')
    .map((entry) => entry.path);
  renameInstaller(tempPrefix, paths);
  if (isPythonVersionIndependent(build) || python === undefined) return;
  const isLeftOut = compileGlobs({ include: build.python.skip_pyc_compilation, exclude: [] });
  const sources = paths.filter((path) => path.endsWith('.py') && !isLeftOut(path));
  if (sources.length > 0 && existsSync(python.executable))
    await compileSources(python, tempPrefix, sources);
  writeEntryPoints(input, python);
}
