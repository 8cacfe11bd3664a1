import { describe, expect, it } from 'vitest';
import { isUnsent } from '../../../../client/src/http/unsent.ts';

function errorWith(fields: object, message = 'failed'): Error {
  return Object.assign(new Error(message), fields);
}

/** As `fetch` of undici wraps the error of a connection. */
function fetchFailed(cause: unknown): TypeError {
  return new TypeError('fetch failed', { cause });
}

const refused = errorWith({ code: 'ECONNREFUSED', syscall: 'connect' });
const reset = errorWith({ code: 'ECONNRESET', syscall: 'read' });

describe('a failed request', () => {
  it.each([
    ['the connection was refused', refused],
    ['each address refused it', errorWith({ errors: [refused, refused], code: 'ECONNREFUSED' })],
    ['the host is unreachable', errorWith({ code: 'EHOSTUNREACH', syscall: 'connect' })],
    ['the name does not exist', errorWith({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
    ['DNS is away for a moment', errorWith({ code: 'EAI_AGAIN' })],
    ['connecting took too long', errorWith({ code: 'UND_ERR_CONNECT_TIMEOUT' })],
    ['the certificate has expired', errorWith({ code: 'CERT_HAS_EXPIRED' })],
    ['the certificate is of another host', errorWith({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })],
    ['the certificate is not trusted', errorWith({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })],
    ['the server does not speak TLS', errorWith({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' })],
    [
      'the server ended the handshake',
      errorWith(
        { code: 'ECONNRESET' },
        'Client network socket disconnected before secure TLS connection was established',
      ),
    ],
    [
      'Deno cannot connect',
      errorWith(
        {},
        'error sending request for url (http://a): client error (Connect): tcp connect error: refused',
      ),
    ],
  ])('was not sent if %s', (_case, cause) => {
    expect([isUnsent(cause), isUnsent(fetchFailed(cause))]).toEqual([true, true]);
  });

  it.each([
    ['the connection was reset', reset],
    ['one address reset it', errorWith({ errors: [refused, reset] })],
    ['the server closed the connection', errorWith({ code: 'UND_ERR_SOCKET' }, 'other side closed')],
    ['the response headers took too long', errorWith({ code: 'UND_ERR_HEADERS_TIMEOUT' })],
    [
      'the certificate of the client was refused',
      errorWith({ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }),
    ],
    ['writing failed', errorWith({ code: 'EPIPE', syscall: 'write' })],
    [
      'the connection of Deno was closed',
      errorWith(
        {},
        'error sending request for url (http://a): client error (SendRequest): connection closed',
      ),
    ],
    ['nothing is known', new Error('failed')],
    ['a value was thrown', 'refused'],
  ])('may have been sent if %s', (_case, cause) => {
    expect([isUnsent(cause), isUnsent(fetchFailed(cause))]).toEqual([false, false]);
  });

  it('with a cause that is a cycle has an end', () => {
    const error = new Error('failed');
    error.cause = error;
    expect(isUnsent(error)).toBe(false);
  });
});
