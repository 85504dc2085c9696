/** Our own log: pino, JSON lines into a file of the store; build output is a stream of its own and not in it. */
import { dirname } from 'node:path';
import pino from 'pino';
import type { LogFields, Logger } from '#proto/ports/logger.ts';
import { makeUserDirectory, unwritable } from './user-directory.ts';

/** Where the log goes. */
export interface LoggerOptions {
  /** Appended to. */
  readonly path: string;
  readonly isVerbose: boolean;
  /** Names another place for it; default `--store`. */
  readonly flag?: '--log';
}

function wrap(logger: pino.Logger): Logger {
  return {
    debug: (fields: LogFields, message: string) => logger.debug(fields, message),
    info: (fields: LogFields, message: string) => logger.info(fields, message),
    warn: (fields: LogFields, message: string) => logger.warn(fields, message),
    error: (fields: LogFields, message: string) => logger.error(fields, message),
    child: (fields: LogFields) => wrap(logger.child(fields)),
  };
}

/** Opens the log. Rejects with `STORE_UNWRITABLE` or `DISK_FULL`. */
export async function openLogger(options: LoggerOptions): Promise<Logger> {
  const { path, flag = '--store' } = options;
  const log = { what: 'the log', flag, code: 'STORE_UNWRITABLE' } as const;
  await makeUserDirectory({ ...log, path: dirname(path), what: 'the directory of the log' });
  try {
    const destination = pino.destination({ dest: path, append: true, sync: true });
    // A full disk must not end a build because of its log.
    destination.on('error', () => undefined);
    return wrap(
      pino(
        { level: options.isVerbose ? 'debug' : 'info', base: { pid: process.pid } },
        destination,
      ),
    );
  } catch (error) {
    throw unwritable({ ...log, path }, error);
  }
}
