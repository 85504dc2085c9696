/** The one exception class that may cross a boundary: a code of the catalogue, and words for people. */
import { type ErrorCode, errorCodes } from './error-codes.ts';

/** Plain data about a failure: strings and numbers that a program may read. */
export type ErrorContext = Readonly<Record<string, string | number | boolean>>;

/** What travels: no stack, no cause. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly context: ErrorContext;
}

/**
 * A failure with a stable code. `message` says what is wrong, where, and what to change; several
 * lines are fine. Third-party errors are converted once, in the adapter or step that met them.
 */
export class StageyardError extends Error {
  readonly code: ErrorCode;
  readonly context: ErrorContext;

  constructor(
    code: ErrorCode,
    message: string,
    options: { context?: ErrorContext; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StageyardError';
    this.code = code;
    this.context = options.context ?? {};
  }

  /** Exit code of the command that ends with this failure. */
  get exitCode(): 1 | 2 | 3 {
    return errorCodes[this.code].exitCode;
  }

  /** The part that crosses processes. */
  toData(): ErrorData {
    return { code: this.code, message: this.message, context: this.context };
  }
}

/** Keeps the code, prefixes the message: `while uploading paths.json: …`. Foreign errors become `code`. */
export function wrapError(
  error: unknown,
  prefix: string,
  code: ErrorCode = 'INTERNAL',
): StageyardError {
  if (error instanceof StageyardError) {
    return new StageyardError(error.code, `${prefix}: ${error.message}`, {
      context: error.context,
      cause: error,
    });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new StageyardError(code, `${prefix}: ${text}`, { cause: error });
}

/** The errno name (`ENOENT`) of a system error, else undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** `DISK_FULL` for ENOSPC and EDQUOT, else `code`. */
export function errorCodeOf(error: unknown, code: ErrorCode): ErrorCode {
  if (error instanceof StageyardError) return error.code;
  const errno = systemErrorCode(error);
  return errno === 'ENOSPC' || errno === 'EDQUOT' ? 'DISK_FULL' : code;
}
