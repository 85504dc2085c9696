/** The `stageyard` command. Nothing heavy is loaded before a subcommand needs it. */
import { runProgram } from './program.ts';

process.exitCode = await runProgram(process.argv.slice(2));
