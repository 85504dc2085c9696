/** A logger that says nothing: for commands that have no log of their own. */
import type { Logger } from '#proto/ports/logger.ts';

const nothing = (): void => undefined;

/** See the file's head. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
