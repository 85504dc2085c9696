/**
 * How a process proves to NATS who it is, and whom it trusts. Keys and certificates are read before anybody is called:
 * what is wrong with them no waiting mends.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import {
  type Authenticator,
  credsAuthenticator,
  type NodeConnectionOptions,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import { StageyardError, systemErrorCode } from '../errors.ts';
import { errorText, isDistrust } from './error-text.ts';

/** How a process proves who it is: at most one of them. */
export type NatsCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'nkey'; readonly seed: string }
  | { readonly kind: 'creds-file'; readonly path: string };

/** Files in PEM. */
export interface NatsTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** The client's options. Throws `CONFIG_INVALID` for keys that are none; no message shows one. */
export function credentialOptions(credentials: NatsCredentials): NodeConnectionOptions {
  switch (credentials.kind) {
    case 'none':
      return {};
    case 'password':
      return { user: credentials.user, pass: credentials.password };
    case 'token':
      return { token: credentials.token };
    case 'nkey': {
      const seed = new TextEncoder().encode(credentials.seed);
      return {
        authenticator: tried(
          nkeyAuthenticator(seed),
          'what is given as the nkey for NATS is no seed (SU…)',
        ),
      };
    }
    case 'creds-file': {
      const { path } = credentials;
      const content = fileBytes(path, 'the NATS creds file');
      return { authenticator: tried(credsAuthenticator(content), `${path} is no NATS creds file`) };
    }
  }
}

/** The client's options. Throws `CONFIG_INVALID` for files that can't be read or hold something else. */
export function tlsOptions(tls: NatsTls | undefined): NodeConnectionOptions {
  if (tls === undefined) return {};
  const { caFile, certFile, keyFile } = tls;
  const contentOf = (path: string | undefined, what: string): string | undefined =>
    path === undefined ? undefined : fileBytes(path, what).toString('latin1');
  const ca = contentOf(caFile, 'the file of certificates that NATS is trusted by');
  // OpenSSL passes over what is no certificate, and then trusts nobody.
  if (ca !== undefined && !ca.includes('-----BEGIN')) {
    throw invalid(`${caFile ?? ''} holds no certificate in PEM`);
  }
  const cert = contentOf(certFile, 'the certificate for NATS');
  const key = contentOf(keyFile, 'the key for NATS');
  try {
    createSecureContext({ ca, cert, key });
  } catch (error) {
    const files = [caFile, certFile, keyFile].filter((file) => file !== undefined).join(', ');
    throw invalid(`the certificates for NATS can't be used (${files}): ${errorText(error)}`, error);
  }
  return { tls };
}

/** What is wrong when the server's certificate isn't trusted; undefined for other errors. */
export function distrust(error: unknown): string | undefined {
  if (!isDistrust(error)) return undefined;
  return `shows a certificate that is not trusted here (${systemErrorCode(error) ?? ''}): name the certificates that it is trusted by (nats.ca-file), or correct the server's`;
}

/** The client would notice at every try to connect, and go on trying. */
function tried(authenticator: Authenticator, problem: string): Authenticator {
  try {
    authenticator('nonce');
    return authenticator;
  } catch {
    // The client's own error is not kept: it may hold a part of the key.
    throw invalid(problem);
  }
}

function fileBytes(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw invalid(`${what} (${path}) can't be read: ${errorText(error)}`, error);
  }
}

function invalid(message: string, cause?: unknown): StageyardError {
  return new StageyardError('CONFIG_INVALID', message, { cause });
}
