/** The version of this package. A test compares it with that of the server. */
const version = '0.1.0';

/**
 * Returns the `User-Agent` of the client. Undefined in browsers, where a header that the page sets would only
 * cost a preflight request.
 *
 * @param versions `process.versions` of the runtime, if there is one
 */
export function toUserAgent(
  versions: Readonly<Record<string, string | undefined>> | undefined,
): string | undefined {
  // Bun and Deno also have the version of the Node that they imitate.
  const name = ['bun', 'deno', 'node'].find((candidate) => versions?.[candidate] !== undefined);
  return name === undefined ? undefined : `tocsin-client/${version} ${name}/${versions?.[name]}`;
}
