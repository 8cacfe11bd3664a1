import type { AttemptReason } from '@tocsin/shared';

/** Thrown while connecting, for what no error code of Node's tells. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly reason: AttemptReason;

  constructor(reason: AttemptReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

export interface Failure {
  readonly reason: AttemptReason;
  readonly detail: string;
}

const reasonOfCode: Readonly<Record<string, AttemptReason>> = {
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
  ETIMEDOUT: 'connect_failed', // the kernel gave up; our own deadline does not come as an error
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
  UND_ERR_HEADERS_OVERFLOW: 'bad_response',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'bad_response',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'response_too_large',
};

const reasonOfPrefix: readonly (readonly [string, AttemptReason])[] = [
  ['ERR_SSL_', 'tls_failed'],
  ['ERR_TLS_', 'tls_failed'],
];

/**
 * What an error of a request means. A connection that is closed in order before the answer began is
 * `connection_reset`; one that is closed in the middle of the answer is `bad_response`, since the receiver promised
 * more; one that is reset is `connection_reset` at every stage. The detail has codes only: messages carry addresses.
 */
export function toSendFailure(error: unknown, hasAnswerBegun: boolean): Failure {
  if (!(error instanceof Error)) return { reason: 'internal_error', detail: typeof error };
  if (error instanceof DialError) return { reason: error.reason, detail: error.message };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'UND_ERR_SOCKET') return socketFailure(error.message, hasAnswerBegun);

  // Not HTTP at all. Told by its name: undici leaves the code out.
  if (error.name === 'HTTPParserError') return { reason: 'bad_response', detail: 'not HTTP' };

  const prefixed = reasonOfPrefix.find(([prefix]) => code.startsWith(prefix));
  const reason = (Object.hasOwn(reasonOfCode, code) ? reasonOfCode[code] : prefixed?.[1]) ?? 'internal_error';
  return { reason, detail: code === '' ? error.name : code };
}

/** undici has one code for all of these; its messages are fixed words. */
function socketFailure(message: string, hasAnswerBegun: boolean): Failure {
  switch (message) {
    case 'bad upgrade':
      return { reason: 'protocol_upgrade', detail: 'upgrade that was not asked for' };
    case 'bad response':
      return { reason: 'bad_response', detail: 'response that was not asked for, or 100 Continue' };
    default:
      return hasAnswerBegun
        ? { reason: 'bad_response', detail: 'closed in the middle of the response' }
        : { reason: 'connection_reset', detail: 'closed before the response' };
  }
}
