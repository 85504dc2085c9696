/** Words of whatever was thrown. */
import { systemErrorCode } from '../errors.ts';

/** What OpenSSL calls a certificate that isn't good enough. */
const DISTRUST: ReadonlySet<string | undefined> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The message of an error with its code where it has one; anything else as text. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.message === '' ? error.name : error.message}${code}`;
}

/** True for a server's certificate that isn't good enough here. */
export function isDistrust(error: unknown): boolean {
  return DISTRUST.has(systemErrorCode(error));
}
