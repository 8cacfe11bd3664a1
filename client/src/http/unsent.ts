/** Codes of errors that occur before a connection can carry a request: refused, no address, bad certificate. */
const unsentCodes =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|\w*(CERT|SELF_SIGNED)_\w+|UNABLE_TO_\w+|ERR_SSL_WRONG_VERSION_NUMBER)$/;

/**
 * Node's error of a TLS handshake that the server ended, whose code, ECONNRESET, also occurs later. Deno's error of
 * a connection that could not be made, which has no code.
 */
const unsentMessage = /secure TLS|error \(Connect\)/;

/** `fetch` wraps the error of the connection once or twice. */
const maxDepth = 4;

/**
 * Whether an error of `fetch` proves that no byte of the request was sent. False if it is not certain: a broken
 * connection may have carried the request.
 */
export function isUnsent(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > maxDepth) return false;
  // `as`: every field is checked below.
  const { code, syscall, message, cause, errors } = error as Record<string, unknown>;
  // A connection is tried over several addresses, and each one fails for a reason of its own.
  if (Array.isArray(errors) && errors.length > 0) return errors.every((each) => isUnsent(each, depth + 1));
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  if (typeof code === 'string' && unsentCodes.test(code)) return true;
  if (typeof message === 'string' && unsentMessage.test(message)) return true;
  return isUnsent(cause, depth + 1);
}
