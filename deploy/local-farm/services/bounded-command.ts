/** A command that may not outlive its time, nor us: it leads a process group, which is killed as a whole. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const OUTPUT_LENGTH_MAX = 20_000;
const LINES_SHOWN = 3;

/** What is run, and for how long. */
export interface BoundedCommand {
  readonly program: string;
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

const groups = new Set<number>();
process.on('exit', () => {
  for (const pid of groups) killGroup(pid);
});

/** Its output. Rejects with its last lines when it fails, can't be started, or takes too long. */
export async function runBounded(command: BoundedCommand): Promise<string> {
  const { program, words, environment, timeoutMs } = command;
  const child = spawn(program, words, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let output = '';
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_LENGTH_MAX);
    });
  }
  const pid = child.pid ?? 0;
  groups.add(pid);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(pid);
  }, timeoutMs);
  try {
    const [code] = await once(child, 'close');
    if (code === 0) return output;
    const why = isLate ? `not done after ${timeoutMs / 1000} s` : lastLines(output);
    throw new Error(`${program} ${words[0] ?? ''}: ${why}`);
  } finally {
    clearTimeout(timer);
    groups.delete(pid);
  }
}

function lastLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-LINES_SHOWN).join(' / ') || 'failed without a word';
}

function killGroup(pid: number): void {
  if (pid === 0) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
    return;
  }
}
