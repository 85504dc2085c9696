/** Ending a process that leads a group, with everything it started. */
import type { ChildProcess } from 'node:child_process';

/** Also after its own end: its children are still in the group. Nothing happens when nobody is left. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    return;
  }
}
