/** A command of a run with its output in ours, in a process group of its own, killed as a whole after its bound. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { killGroup } from '#deploy/local-farm/services/kill-group.ts';
import { seconds } from './test-file.ts';

/** What is run. */
export interface BoundedStep {
  readonly title: string;
  readonly command: string;
  readonly words: readonly string[];
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly boundMs: number;
}

const running = new Set<ChildProcess>();

/** For the end of the runner: what it waits for ends first. */
export function killRunningSteps(): void {
  for (const child of running) killGroup(child);
}

/** Says what it does; `true` when it ended with 0. */
export async function boundedStep(step: BoundedStep): Promise<boolean> {
  const { title, command, words, directory, environment, boundMs } = step;
  process.stdout.write(`\n== ${title}\n`);
  const options = { cwd: directory, env: environment, stdio: 'inherit', detached: true } as const;
  const child = spawn(command, words, options);
  running.add(child);
  const timer = setTimeout(() => {
    process.stdout.write(`${title}: not done after ${seconds(boundMs)}\n`);
    killGroup(child);
  }, boundMs);
  try {
    const [code] = await once(child, 'exit');
    if (code !== 0) process.stdout.write(`\n${title}: failed\n`);
    return code === 0;
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
}
