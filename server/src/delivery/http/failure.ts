import type { AttemptReason } from '@tocsin/shared';
import { InvalidRequestError } from './request-bytes.ts';

/** An error while connecting that no error code of Node.js describes. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly reason: AttemptReason;

  constructor(reason: AttemptReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

export interface SendFailure {
  readonly reason: AttemptReason;
  /** For logs. Contains no address and no credential. */
  readonly detail: string;
}

const reasonByCode: Readonly<Record<string, AttemptReason>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  ECONNABORTED: 'connection_reset',
  EPIPE: 'connection_reset',
  EHOSTUNREACH: 'connect_failed',
  ENETUNREACH: 'connect_failed',
  EHOSTDOWN: 'connect_failed',
  ENETDOWN: 'connect_failed',
  EADDRNOTAVAIL: 'connect_failed',
  EACCES: 'connect_failed',
  EPERM: 'connect_failed',
  EINVAL: 'connect_failed',
  EAFNOSUPPORT: 'connect_failed',
  ETIMEDOUT: 'connect_failed', // from the kernel; our own deadline is not an error
  ENOTFOUND: 'dns_failed',
  EAI_AGAIN: 'dns_failed',
  ENODATA: 'dns_failed',
  CERT_HAS_EXPIRED: 'tls_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_wrong_host',
  HOSTNAME_MISMATCH: 'tls_wrong_host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'tls_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_untrusted',
  CERT_UNTRUSTED: 'tls_untrusted',
  CERT_REJECTED: 'tls_untrusted',
  CERT_REVOKED: 'tls_untrusted',
  INVALID_CA: 'tls_untrusted',
  CERT_NOT_YET_VALID: 'tls_failed',
  CERT_SIGNATURE_FAILURE: 'tls_failed',
  CERT_CHAIN_TOO_LONG: 'tls_failed',
  INVALID_PURPOSE: 'tls_failed',
  PATH_LENGTH_EXCEEDED: 'tls_failed',
  EPROTO: 'tls_failed',
  ERR_HTTP2_STREAM_ERROR: 'connection_reset',
};

const reasonByPrefix: readonly (readonly [string, AttemptReason])[] = [
  ['ERR_SSL_', 'tls_failed'],
  ['ERR_TLS_', 'tls_failed'],
  ['ERR_HTTP2_', 'bad_response'],
];

/**
 * Converts an error of a connection, before its response has a status that decides. The detail contains only
 * codes, because error messages contain addresses.
 */
export function toSendFailure(error: unknown): SendFailure {
  if (!(error instanceof Error)) return { reason: 'internal_error', detail: typeof error };
  if (error instanceof DialError) return { reason: error.reason, detail: error.message };
  if (error instanceof InvalidRequestError) return { reason: 'internal_error', detail: error.message };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const prefixed = reasonByPrefix.find(([prefix]) => code.startsWith(prefix));
  const reason = (Object.hasOwn(reasonByCode, code) ? reasonByCode[code] : prefixed?.[1]) ?? 'internal_error';
  return { reason, detail: code === '' ? error.name : code };
}
