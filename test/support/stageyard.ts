/** Runs the real command as a user would: its own process, its own store and output directory, a cleared environment. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Root of the checkout. */
export const checkout = join(import.meta.dirname, '..', '..');
const launcher = join(checkout, 'deploy', 'bin', 'stageyard');

/** How a run of the command ended. */
export interface CommandOutcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started command. */
export interface StartedCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandOutcome>;
}

/** A place of its own: store, output directory, home. */
export class Yard {
  readonly directory = mkdtempSync(join(tmpdir(), 'yard-'));
  readonly store = join(this.directory, 'store');
  readonly output = join(this.directory, 'output');
  /** The command itself. */
  readonly launcher = launcher;

  /** Environment of the command; nothing of the caller's but PATH. */
  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.directory,
      XDG_CACHE_HOME: join(this.directory, 'cache'),
      // Where a test has no compile cache of its own every start would compile everything anew.
      NODE_COMPILE_CACHE: join(checkout, '.cache', 'compile-cache'),
      STAGEYARD_STORE: this.store,
      ...more,
    };
  }

  /** Starts `stageyard WORDS`. */
  start(
    words: readonly string[],
    options: { cwd?: string; env?: Readonly<Record<string, string>>; input?: string } = {},
  ): StartedCommand {
    const child = spawn(launcher, words, {
      cwd: options.cwd ?? this.directory,
      env: this.environment(options.env),
      stdio: 'pipe',
    });
    child.stdin.end(options.input ?? '');
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text));
    const ended = new Promise<CommandOutcome>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
    });
    return { child, ended };
  }

  /** Runs it to its end. */
  async run(
    words: readonly string[],
    options: Parameters<Yard['start']>[1] = {},
  ): Promise<CommandOutcome> {
    return this.start(words, options).ended;
  }

  /** Runs another program that runs the command, in the same environment. */
  runProgram([program, ...words]: readonly [string, ...string[]]): CommandOutcome {
    const options = { cwd: this.directory, env: this.environment(), encoding: 'utf8' } as const;
    const { status, signal, stdout, stderr } = spawnSync(program, words, options);
    return { code: status, signal, stdout, stderr };
  }

  /** `stageyard build` into this yard's output directory. */
  async build(
    words: readonly string[],
    options: Parameters<Yard['start']>[1] = {},
  ): Promise<CommandOutcome> {
    return this.run(['build', '--output-dir', this.output, ...words], options);
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
