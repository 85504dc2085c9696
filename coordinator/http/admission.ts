/**
 * Who may ask. With a token: whoever shows it. Without: this machine only, and no web page that a browser on
 * it has open: browsers name the page's origin, and a name that was made to point here is in `host`.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { StageyardError } from '#proto/errors.ts';
import { RefusedRequest } from './failures.ts';

/** Short ones can be guessed. */
const TOKEN_LENGTH_MIN = 16;
/** More doesn't fit a header. */
const TOKEN_LENGTH_MAX = 4096;

/** Where a server listens. */
export interface ListenAddress {
  /** A name or an address; `localhost` and loopback addresses need no token. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** True for addresses that only this machine reaches. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIP(plain) === 4) return plain.startsWith('127.');
  return plain === '::1' || plain.toLowerCase() === 'localhost';
}

/** Throws `CONFIG_INVALID` for an address that others reach without a token, and for a token that can't be one. */
export function checkListening({ host }: ListenAddress, token: string | undefined): void {
  if (token === undefined) {
    if (isLoopback(host)) return;
    throw new StageyardError(
      'CONFIG_INVALID',
      `listening on ${host} lets every machine that reaches it start builds: set a token (STAGEYARD_TOKEN, or token in the configuration file), or listen on 127.0.0.1`,
    );
  }
  const isUsable = /^[\x21-\x7e]+$/.test(token) && token.length <= TOKEN_LENGTH_MAX;
  if (isUsable && token.length >= TOKEN_LENGTH_MIN) return;
  throw new StageyardError(
    'CONFIG_INVALID',
    `the token (STAGEYARD_TOKEN, or token in the configuration file) must have ${TOKEN_LENGTH_MIN} to ${TOKEN_LENGTH_MAX} printable ASCII characters and no space: \`openssl rand -hex 32\` makes one`,
  );
}

/** Throws `TOKEN_INVALID` or a {@link RefusedRequest}. */
export function admit(request: IncomingMessage, token: string | undefined): void {
  if (token !== undefined) return admitBearer(request, token);
  if (request.headers.origin !== undefined) {
    throw new RefusedRequest(403, 'requests of web pages are not served');
  }
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!isLoopback(host)) {
    throw new RefusedRequest(
      403,
      'without a token only requests to 127.0.0.1, ::1 or localhost are served',
    );
  }
}

function admitBearer(request: IncomingMessage, token: string): void {
  const shown = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (shown !== undefined && isSameSecret(shown, token)) return;
  const message =
    shown === undefined
      ? 'this farm wants a token: set STAGEYARD_TOKEN, or `token` in the configuration file'
      : 'this farm has another token: correct STAGEYARD_TOKEN, or `token` in the configuration file';
  throw new StageyardError('TOKEN_INVALID', message);
}

/** In a time that tells nothing about where they differ, or how long they are. */
function isSameSecret(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
