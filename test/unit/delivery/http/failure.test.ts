import { describe, expect, it } from 'vitest';
import { DialError, toSendFailure } from '../../../../server/src/delivery/http/failure.ts';
import { InvalidRequestError } from '../../../../server/src/delivery/http/request-bytes.ts';

const withCode = (code: string, message = 'connect ECONNREFUSED 10.0.0.1:443') =>
  Object.assign(new Error(message), { code });

describe('an error of a request', () => {
  it.each([
    ['ECONNREFUSED', 'connection_refused'],
    ['ECONNRESET', 'connection_reset'],
    ['ECONNABORTED', 'connection_reset'],
    ['EPIPE', 'connection_reset'],
    ['EHOSTUNREACH', 'connect_failed'],
    ['ENETUNREACH', 'connect_failed'],
    ['EHOSTDOWN', 'connect_failed'],
    ['ENETDOWN', 'connect_failed'],
    ['EADDRNOTAVAIL', 'connect_failed'],
    ['EACCES', 'connect_failed'],
    ['EPERM', 'connect_failed'],
    ['EINVAL', 'connect_failed'],
    ['EAFNOSUPPORT', 'connect_failed'],
    ['ETIMEDOUT', 'connect_failed'],
    ['ENOTFOUND', 'dns_failed'],
    ['EAI_AGAIN', 'dns_failed'],
    ['ENODATA', 'dns_failed'],
    ['CERT_HAS_EXPIRED', 'tls_expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_wrong_host'],
    ['HOSTNAME_MISMATCH', 'tls_wrong_host'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_untrusted'],
    ['UNABLE_TO_GET_ISSUER_CERT', 'tls_untrusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls_untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_untrusted'],
    ['CERT_UNTRUSTED', 'tls_untrusted'],
    ['CERT_REJECTED', 'tls_untrusted'],
    ['CERT_REVOKED', 'tls_untrusted'],
    ['INVALID_CA', 'tls_untrusted'],
    ['CERT_NOT_YET_VALID', 'tls_failed'],
    ['CERT_SIGNATURE_FAILURE', 'tls_failed'],
    ['CERT_CHAIN_TOO_LONG', 'tls_failed'],
    ['INVALID_PURPOSE', 'tls_failed'],
    ['PATH_LENGTH_EXCEEDED', 'tls_failed'],
    ['EPROTO', 'tls_failed'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls_failed'],
    ['ERR_TLS_HANDSHAKE_TIMEOUT', 'tls_failed'],
    ['ERR_HTTP2_STREAM_ERROR', 'connection_reset'],
    ['ERR_HTTP2_SESSION_ERROR', 'bad_response'],
    ['ERR_INVALID_ARG_TYPE', 'internal_error'],
    ['E_ERR_SSL_X', 'internal_error'],
    ['toString', 'internal_error'],
    ['__proto__', 'internal_error'],
  ])('with the code %s is %s, and its detail is the code alone', (code, reason) => {
    expect(toSendFailure(withCode(code))).toEqual({ reason, detail: code });
  });

  it('without a code has its name as the detail, never its message', () => {
    expect(toSendFailure(new TypeError('10.0.0.1'))).toEqual({
      reason: 'internal_error',
      detail: 'TypeError',
    });
    const numbered = Object.assign(new Error('10.0.0.1'), { code: 7 });
    expect(toSendFailure(numbered)).toEqual({ reason: 'internal_error', detail: 'Error' });
  });

  it.each([
    ['text', 'string'],
    [undefined, 'undefined'],
    [{ code: 'ECONNREFUSED' }, 'object'],
  ])('that is none, %j, is an internal error', (value, detail) => {
    expect(toSendFailure(value)).toEqual({ reason: 'internal_error', detail });
  });

  it('of the dialer keeps its reason and its words', () => {
    const error = new DialError('address_refused', 'the host points to a private address', new Error('why'));
    expect(toSendFailure(error)).toEqual({
      reason: 'address_refused',
      detail: 'the host points to a private address',
    });
    expect(error).toMatchObject({ name: 'DialError', cause: { message: 'why' } });
    expect('cause' in new DialError('dns_failed', 'x')).toBe(false);
  });

  it('of a request that is not valid keeps its words', () => {
    const error = new InvalidRequestError('the header "x" is invalid');
    expect(toSendFailure(error)).toEqual({
      reason: 'internal_error',
      detail: 'the header "x" is invalid',
    });
    expect(error.name).toBe('InvalidRequestError');
  });
});
