/**
 * Writes what runs a build script into the work directory (spec 4.2), under the names that people know:
 *
 *     build_env.sh      exports every build variable, then activates the environments
 *     conda_build.sh    reads build_env.sh unless CONDA_BUILD is set, then runs the script
 *     conda_build_script.<ext>   the script itself, where another program than bash runs it
 *
 * Secrets are in none of them: they reach the script through its environment only.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { type PlatformTriple, platformVariables } from '#proto/conda/platform.ts';
import { StageyardError } from '#proto/errors.ts';
import { standardFunctions } from '#proto/recipe/expression/functions.ts';
import { renderTemplate } from '#proto/recipe/expression/renderer.ts';
import { parseTemplate } from '#proto/recipe/expression/template.ts';
import type { ExpressionError } from '#proto/recipe/expression/errors.ts';
import { type Value, valueOfContext } from '#proto/recipe/expression/values.ts';
import type { ContextValue, Script, Variant } from '#proto/recipe/recipe.ts';
import type { Variables } from './build-variables.ts';
import { findInterpreter, type Interpreter, interpreterOf } from './interpreters.ts';

/** Options of {@link writeScriptFiles}. */
export interface ScriptFilesOptions {
  readonly script: Script;
  /** For messages: `libfoo`. */
  readonly outputName: string;
  /** Where the files are written and the script runs. */
  readonly workDir: string;
  readonly hostPrefix: string;
  readonly buildPrefix: string;
  /** Directory that `script.file` is relative to. */
  readonly scriptDir: string;
  /** Everything that `build_env.sh` exports. */
  readonly variables: Variables;
  /** Shell text that activates host and build environment, in this order. */
  readonly activation: string;
  /** The recipe's context: visible to templates below the variables. */
  readonly context: Readonly<Record<string, ContextValue>>;
  /** The output's variant: visible below the context, also what no build variable holds (`python`). */
  readonly variant: Variant;
  /** Their names (`unix`, `osx`, …) are visible last. */
  readonly platforms: PlatformTriple;
  /** `PATH` of the script's shell before activation. */
  readonly path: string;
}

/** Command to run, or null where there is nothing to run. The files of the environment are written anyway. */
export type ScriptCommand = readonly string[] | null;

/**
 * See the file's head. Throws `RECIPE_INVALID` (template, interpreter), `SCRIPT_FAILED` (missing `cwd` or
 * file), `SCRIPT_INTERPRETER_MISSING`.
 */
export function writeScriptFiles(options: ScriptFilesOptions): ScriptCommand {
  const { workDir } = options;
  const environment = join(workDir, 'build_env.sh');
  writeFileSync(environment, environmentText(options));
  const section = sectionText(options);
  if (section === undefined) return null;
  const main = join(workDir, 'conda_build.sh');
  writeFileSync(main, mainText(environment, section), { mode: 0o755 });
  return ['bash', main];
}

function environmentText({ variables, activation }: ScriptFilesOptions): string {
  const exports = Object.entries(variables).map(
    ([name, value]) => `export ${name}=${shellQuoted(value)}`,
  );
  return `${[...exports, 'export CONDA_BUILD=1', activation].join('\n')}\n`;
}

function mainText(environment: string, section: string): string {
  return [
    '#!/bin/bash',
    'set -e',
    'if [ -z "${CONDA_BUILD+x}" ]; then',
    `    source ${shellQuoted(environment)}`,
    'fi',
    'set -x',
    section,
    '',
  ].join('\n');
}

/** Quoted so that the shell takes it as it stands. */
function shellQuoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The script as one sub-shell with its own variables and directory; undefined when it says nothing. */
function sectionText(options: ScriptFilesOptions): string | undefined {
  const { script } = options;
  const content = contentOf(options);
  if (content === undefined || content.text.trim() === '') return undefined;
  const env = Object.entries(script.env).map(([name, value]) => {
    // Rendered with the recipe, mostly; what is left are the variables of the build.
    const isTemplate = value.includes('${{');
    const text = isTemplate ? rendered(value, `script.env.${name}`, options) : value;
    return `export ${name}=${shellQuoted(text)}`;
  });
  const cwd = script.cwd === undefined ? [] : [`cd ${shellQuoted(scriptCwd(script.cwd, options))}`];
  return ['(', ...env, ...cwd, sectionBody(content, options), ')'].join('\n');
}

interface ScriptContent {
  readonly text: string;
  readonly interpreter: Interpreter;
}

function sectionBody({ text, interpreter }: ScriptContent, options: ScriptFilesOptions): string {
  // The end of a here-document or of a comment on the last line must not swallow the parenthesis.
  if (interpreter.isShell) return text.endsWith('\n') ? text.slice(0, -1) : text;
  const program = findInterpreter(interpreter, options);
  const file = join(options.workDir, `conda_build_script.${interpreter.extension}`);
  writeFileSync(file, text);
  return `${shellQuoted(program)} ${shellQuoted(file)}`;
}

function contentOf(options: ScriptFilesOptions): ScriptContent | undefined {
  const { body, interpreter: name } = options.script;
  switch (body.kind) {
    case 'none':
      return undefined;
    case 'file':
      return { interpreter: interpreterOf(name, body.file), text: fileText(body.file, options) };
    case 'inline':
      return {
        text: rendered(body.content, 'script', options),
        interpreter: interpreterOf(name, undefined),
      };
    case 'commands': {
      const commands = body.commands.map((command) => rendered(command, 'script', options));
      return { text: commands.join('\n'), interpreter: interpreterOf(name, undefined) };
    }
  }
}

function fileText(file: string, { scriptDir, outputName }: ScriptFilesOptions): string {
  const path = join(scriptDir, file);
  const inside = relative(scriptDir, path);
  if (inside.startsWith('..') || isAbsolute(inside) || !existsSync(path)) {
    throw new StageyardError(
      'SCRIPT_FAILED',
      `the script of ${outputName}: the file ${file} does not exist beside the recipe`,
    );
  }
  return readFileSync(path, 'utf8');
}

/** Relative to the host prefix (spec 1.6). */
function scriptCwd(cwd: string, { hostPrefix, outputName }: ScriptFilesOptions): string {
  const path = join(hostPrefix, cwd);
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new StageyardError(
      'SCRIPT_FAILED',
      `the script of ${outputName}: the directory of script.cwd, $PREFIX/${cwd}, does not exist`,
    );
  }
  return path;
}

/** Templates see the build variables, the context, the variant and the platforms, in this order; another name prints as nothing. */
function rendered(text: string, key: string, options: ScriptFilesOptions): string {
  const parsed = parseTemplate(text, 'script');
  if (!parsed.ok) throw templateError(parsed.failure, { text, key, options });
  const { variables, context, variant, platforms } = options;
  const platformNames = platformVariables(platforms);
  const scope = {
    get: (name: string): Value | undefined => {
      const value =
        own(variables, name) ??
        own(context, name) ??
        own(variant, name) ??
        own(platformNames, name);
      return value === undefined ? undefined : valueOfContext(value);
    },
    functions: standardFunctions({
      targetPlatform: platforms.target,
      environmentVariable: (name) => own(variables, name),
    }),
  };
  const result = renderTemplate(parsed.value, scope, { undefinedBehavior: 'lenient' });
  if (!result.ok) throw templateError(result.failure, { text, key, options });
  return result.value;
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function templateError(
  error: ExpressionError,
  { text, key, options }: { text: string; key: string; options: ScriptFilesOptions },
): StageyardError {
  const before = text.slice(0, error.span.offset);
  const line = before.split('\n').length;
  const excerpt = text.split('\n')[line - 1]?.trim() ?? '';
  const help = error.help === undefined ? '' : `\n  ${error.help}`;
  return new StageyardError(
    'RECIPE_INVALID',
    `the template in build.${key} of ${options.outputName}, line ${line}: ${error.message}\n  ${excerpt}${help}`,
  );
}
