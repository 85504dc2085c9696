/** A running command that is listened to: resolves when it has said something. */
import type { StartedCommand } from './stageyard.ts';

/** See the file's head. */
export interface HeardCommand extends StartedCommand {
  /** Resolves with the match in what it wrote to standard error; rejects when it ends before. */
  readonly says: (line: RegExp) => Promise<RegExpExecArray>;
}

/** Listens from now on. */
export function heard(command: StartedCommand): HeardCommand {
  let said = '';
  command.child.stderr?.on('data', (text: string) => (said += text));
  const says = (line: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = line.exec(said);
        if (match !== null) resolve(match);
      };
      look();
      command.child.stderr?.on('data', look);
      command.ended.then(
        () => reject(new Error(`ended without ${String(line)}:\n${said}`)),
        reject,
      );
    });
  return { ...command, says };
}
