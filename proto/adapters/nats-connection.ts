/**
 * One connection to NATS: who we are, what the server can do, and errors of the client as ours. The
 * client reconnects for ever; what is asked meanwhile ends with `BUS_UNAVAILABLE` and is asked again by
 * whoever wanted it.
 */
import {
  AuthorizationError,
  connect,
  type NatsConnection,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node';
import { StageyardError } from '../errors.ts';
import { errorText } from './error-text.ts';
import { isApiError } from './nats-api.ts';
import {
  credentialOptions,
  distrust,
  type NatsCredentials,
  type NatsTls,
  tlsOptions,
} from './nats-security.ts';
import { mendTransport } from './nats-transport.ts';

/** Oldest server whose behaviour is known. */
const SERVER_VERSION_MIN = '2.9.10';
/** Events of failed attempts and journal entries come near; by default a server takes a little more. */
const PAYLOAD_BYTES_MIN = 1_000_000;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_PAUSE_MS = 250;
const RECONNECT_JITTER_MS = 250;
/** A server that answers no ping for three of these is given up and another connection is made. */
const PING_INTERVAL_MS = 5_000;
const PINGS_UNANSWERED_MAX = 2;

/** Where and as whom. */
export interface NatsConnectionOptions {
  /** `nats://host:port`, several for a cluster. */
  readonly servers: readonly string[];
  /** Of this process; shown by the server. */
  readonly name: string;
  readonly credentials?: NatsCredentials;
  /** TLS is used where the server offers it; this adds what to trust and how to identify. */
  readonly tls?: NatsTls;
  /** Prefix of reply subjects; one of its own for each worker keeps others from reading along. */
  readonly inboxPrefix?: string;
  /** One line for people: the connection went or is back, the server refuses something. */
  readonly say?: (line: string) => void;
}

/**
 * Connects, once. Rejects with `BUS_UNAVAILABLE` when nobody answers, `CONFIG_INVALID` when the server
 * refuses the credentials, is too old, takes only small messages, or has no JetStream.
 */
export async function connectNats(options: NatsConnectionOptions): Promise<NatsConnection> {
  const connection = await dial(options);
  try {
    checkServer(connection);
    mendTransport(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function dial(options: NatsConnectionOptions): Promise<NatsConnection> {
  const where = options.servers.join(', ');
  try {
    return await connect({
      servers: [...options.servers],
      name: options.name,
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_PAUSE_MS,
      reconnectJitter: RECONNECT_JITTER_MS,
      reconnectJitterTLS: RECONNECT_JITTER_MS,
      ignoreAuthErrorAbort: true,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: PINGS_UNANSWERED_MAX,
      // Each request would make two errors in advance, for their stacks.
      noAsyncTraces: true,
      ...credentialOptions(options.credentials ?? { kind: 'none' }),
      ...tlsOptions(options.tls),
      ...(options.inboxPrefix === undefined ? undefined : { inboxPrefix: options.inboxPrefix }),
    });
  } catch (error) {
    if (error instanceof StageyardError) throw error;
    const untrusted = distrust(error);
    if (untrusted !== undefined) {
      throw new StageyardError('CONFIG_INVALID', `NATS at ${where} ${untrusted}`, { cause: error });
    }
    if (error instanceof AuthorizationError) {
      const text = `NATS at ${where} refuses these credentials: check user, token, nkey or creds file`;
      throw new StageyardError('CONFIG_INVALID', text, { cause: error });
    }
    const text = `NATS at ${where} can't be reached: ${errorText(error)}`;
    throw new StageyardError('BUS_UNAVAILABLE', text, { cause: error });
  }
}

function checkServer({ info }: NatsConnection): void {
  const version = info?.version ?? 'unknown';
  const found = `the NATS server ${info?.host ?? ''} is version ${version}`;
  if (!isVersionAtLeast(version, SERVER_VERSION_MIN)) {
    const text = `${found}: too old, ${SERVER_VERSION_MIN} or newer is needed`;
    throw new StageyardError('CONFIG_INVALID', text, { context: { version } });
  }
  if (info?.jetstream !== true) {
    const text = `${found} and runs without JetStream: start it with a jetstream block (store_dir)`;
    throw new StageyardError('CONFIG_INVALID', text);
  }
  if (info.max_payload < PAYLOAD_BYTES_MIN) {
    const text = `the NATS server ${info.host} takes messages of ${info.max_payload} bytes: raise its max_payload to ${PAYLOAD_BYTES_MIN} or more (1MB is its default)`;
    throw new StageyardError('CONFIG_INVALID', text);
  }
}

/** Compares dotted numbers; a suffix such as `-RC.1` is ignored, text that is no version is older than all. */
export function isVersionAtLeast(version: string, floor: string): boolean {
  const numbers = (text: string): number[] =>
    (/^v?(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
  const [found, wanted] = [numbers(version), numbers(floor)];
  for (const [index, part] of wanted.entries()) {
    const difference = (found[index] ?? -1) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** True when nobody listens to the subject of a request. */
export function isNoResponder(error: unknown): boolean {
  if (error instanceof NoRespondersError) return true;
  return error instanceof RequestError && error.isNoResponders();
}

/** True when an answer didn't come in time. */
export function isTimeout(error: unknown): boolean {
  return error instanceof TimeoutError;
}

/** The client's error by what a caller can do about it. `what` completes "cannot …". */
export function natsError(
  error: unknown,
  what: string,
  code: 'BUS_UNAVAILABLE' | 'JOURNAL_UNAVAILABLE' = 'BUS_UNAVAILABLE',
): StageyardError {
  if (error instanceof StageyardError) return error;
  const denied = permissionProblem(error);
  if (denied !== undefined) {
    const text = `cannot ${what}: the NATS server denies this user "${denied}"`;
    return new StageyardError('CONFIG_INVALID', text, { cause: error });
  }
  return new StageyardError(code, `cannot ${what}: ${reasonOf(error)}`, { cause: error });
}

function reasonOf(error: unknown): string {
  if (isNoResponder(error)) return 'nobody answers (JetStream is not ready)';
  if (isTimeout(error)) return 'NATS gave no answer in time';
  if (!isApiError(error, 'storage-full')) return errorText(error);
  return `the disk of NATS is full (${errorText(error)}): free space there, or raise its max_file_store`;
}

/** What a running connection is refused, as a line for people; undefined for what passes by itself. */
export function refusal(error: Error): string | undefined {
  if (error instanceof PermissionViolationError) {
    const verb = error.operation === 'publish' ? 'publish' : 'subscribe to';
    return `NATS denies this user to ${verb} ${subjectFamily(error.subject)}: widen its permissions in the server's configuration`;
  }
  if (!(error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError))
    return undefined;
  return 'NATS refuses the credentials that this process read when it started: give them back to the server, or restart the process with others';
}

/** Without the tokens that name a worker, a run, a task or a message. */
function subjectFamily(subject: string): string {
  if (subject.startsWith('$JS.API.')) return subject;
  const tokens = subject.split('.');
  const count = tokens[0] === '$JS' ? 4 : 2;
  return tokens.length > count ? `${tokens.slice(0, count).join('.')}.…` : subject;
}

function permissionProblem(error: unknown): string | undefined {
  const cause = error instanceof RequestError ? error.cause : error;
  if (!(cause instanceof PermissionViolationError)) return undefined;
  return `${cause.operation} ${cause.subject}`;
}
