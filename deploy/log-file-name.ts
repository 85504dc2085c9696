/** Names of log files: one an attempt. */

/** A task's id has characters that file names had better not have. */
export function logFileName(task: string, epoch: number): string {
  return `${`${task}.${epoch}`.replaceAll(/[^A-Za-z0-9._+-]/g, '_')}.log`;
}
