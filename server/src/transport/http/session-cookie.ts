import type { FastifyReply, FastifyRequest } from 'fastify';

/** Without TLS, as on localhost: browsers reject the prefix `__Host-` there. */
const plainName = 'tocsin_session';

/**
 * Behind TLS. Browsers accept a cookie with this prefix only from the host itself over TLS, so a sibling
 * subdomain cannot plant one.
 */
const hostName = `__Host-${plainName}`;

/** Returns the values of all session cookies of a request. Without TLS, other hosts can plant some of them. */
export function getSessionCookies(request: FastifyRequest): string[] {
  const name = isBehindTls(request) ? hostName : plainName;
  return (request.headers.cookie ?? '').split(';').flatMap((part) => {
    const [key, value] = part.split('=', 2);
    return key?.trim() === name && value !== undefined ? [value.trim()] : [];
  });
}

/** `value` is base64url, so it needs no escaping. 0 seconds remove the cookie. */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  value: string,
  maxAgeSeconds: number,
): void {
  const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}`;
  reply.header(
    'set-cookie',
    isBehindTls(request)
      ? `${hostName}=${value}; ${attributes}; Secure`
      : `${plainName}=${value}; ${attributes}`,
  );
}

/**
 * Reads the header of any proxy, trusted or not, because a forged value can only make the cookie stricter.
 */
function isBehindTls(request: FastifyRequest): boolean {
  const forwarded = request.headers['x-forwarded-proto'];
  const first = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',', 1)[0]?.trim();
  return request.protocol === 'https' || first === 'https';
}
