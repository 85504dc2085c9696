/** Failures as answers: `{"error": {code, message, context}}` with the status that fits the code. */
import type { ServerResponse } from 'node:http';
import type { ErrorCode } from '#proto/error-codes.ts';
import { type ErrorData, StageyardError } from '#proto/errors.ts';

/** A request that can't be served as it is, with a status of its own. */
export class RefusedRequest extends StageyardError {
  readonly status: number;

  constructor(status: number, message: string, code: ErrorCode = 'MESSAGE_INVALID') {
    super(code, message);
    this.status = status;
  }
}

const statuses: Partial<Record<ErrorCode, number>> = {
  USAGE_INVALID: 400,
  CONFIG_INVALID: 400,
  MESSAGE_INVALID: 400,
  BLOB_DIGEST_MISMATCH: 400,
  TOKEN_INVALID: 401,
  RUN_UNKNOWN: 404,
  BLOB_MISSING: 404,
  BLOB_TOO_LARGE: 413,
  FARM_NOT_READY: 503,
  BLOB_STORE_UNAVAILABLE: 503,
  BUS_UNAVAILABLE: 503,
  JOURNAL_UNAVAILABLE: 503,
  JOURNAL_CONFLICT: 503,
  DISK_FULL: 507,
};

/** A failure as it is told to the one who asked. What isn't ours is told without its words: they may hold anything. */
export function failureAnswer(error: unknown): {
  readonly status: number;
  readonly data: ErrorData;
} {
  if (error instanceof RefusedRequest) return { status: error.status, data: error.toData() };
  if (error instanceof StageyardError)
    return { status: statuses[error.code] ?? 500, data: error.toData() };
  const message = 'the coordinator failed at this request; its log says more';
  return { status: 500, data: { code: 'INTERNAL', message, context: {} } };
}

/** Answers with JSON and ends. */
export function answerJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
  });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}
