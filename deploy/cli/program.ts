/**
 * Subcommands and the one place where a failure becomes words on standard error and an exit code:
 * 0 success, 1 a recipe, build or test failed, 2 usage, 3 infrastructure.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { errorCodes } from '#proto/error-codes.ts';
import { StageyardError, systemErrorCode } from '#proto/errors.ts';
import { registerBuild } from './build/register.ts';
import { registerExplain } from './explain/register.ts';
import { registerArtifacts } from './farm/artifacts.ts';
import { registerChange } from './farm/change.ts';
import { registerCoordinator } from './farm/coordinator.ts';
import { registerLogs } from './farm/logs.ts';
import { registerPromote } from './farm/promote.ts';
import { registerStatus } from './farm/status.ts';
import { registerSubmit } from './farm/submit.ts';
import { registerWatch } from './farm/watch.ts';
import { registerWorker } from './farm/worker.ts';
import { registerInspect } from './inspect.ts';
import { registerMigrateRecipe } from './migrate-recipe.ts';
import { printableLines } from './present/text.ts';
import { registerSchema } from './schema.ts';

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '0';
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof StageyardError) {
    const { blame, help } = errorCodes[error.code];
    const hint = blame === 'infrastructure' ? `  ${help}\n` : '';
    process.stderr.write(`stageyard: ${printableLines(error.message)}\n${hint}`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`stageyard: a bug in stageyard, please report it:\n${text}\n`);
  return 3;
}

/** A reader that closed its end of the pipe (`| head`) wants nothing more. */
function leaveWithoutOutput(error: Error): void {
  if (systemErrorCode(error) === 'EPIPE') process.exit(0);
  process.stderr.write(`stageyard: cannot write to standard output: ${error.message}\n`);
  process.exit(3);
}

/** All commands with their flags. */
export function commandLine(): Command {
  const program = new Command('stageyard')
    .description(
      'Builds conda packages from rattler-build recipes: staging outputs once, packages in parallel.',
    )
    .version(version(), '-V, --version')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'stageyard: '));
      },
    })
    .showHelpAfterError('(see stageyard --help)');
  registerBuild(program);
  registerSubmit(program);
  registerStatus(program);
  registerWatch(program);
  registerLogs(program);
  registerChange(program);
  registerArtifacts(program);
  registerPromote(program);
  registerCoordinator(program);
  registerWorker(program);
  registerInspect(program);
  registerExplain(program);
  registerMigrateRecipe(program);
  registerSchema(program);
  for (const command of program.commands)
    command.showHelpAfterError(`(see stageyard ${command.name()} --help)`);
  return program;
}

/** Runs the command line `words` (without program and script) and answers the exit code. */
export async function runProgram(words: readonly string[]): Promise<number> {
  process.stdout.on('error', leaveWithoutOutput);
  try {
    await commandLine().parseAsync([...words], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return explain(error);
  }
}
