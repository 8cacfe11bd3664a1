/** The token of `Authorization: Bearer <token>` (RFC 6750); undefined when the header is absent or of another kind. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(header);
  return match?.[1];
}
