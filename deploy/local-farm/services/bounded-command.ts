/** A command that may not outlive its time, nor us: it leads a process group, which is killed as a whole. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { killGroup } from './kill-group.ts';

const OUTPUT_LENGTH_MAX = 20_000;
const LINES_SHOWN = 3;

/** What is run, and for how long. */
export interface BoundedCommand {
  readonly program: string;
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) killGroup(child);
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
  running.add(child);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(child);
  }, timeoutMs);
  try {
    const [code] = await once(child, 'close');
    if (code === 0) return output;
    const why = isLate ? `not done after ${timeoutMs / 1000} s` : lastLines(output);
    throw new Error(`${program} ${words[0] ?? ''}: ${why}`);
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
}

function lastLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-LINES_SHOWN).join(' / ') || 'failed without a word';
}
