/*
 * Signs and compares with WebCrypto only, so that the same code runs in Node, Deno, Bun, workers and edge
 * runtimes. docs/receivers.md documents the signing schemes. shared/vectors has test vectors computed by
 * other tools.
 */

/** The signed parts of a request in the profile `standard`. */
export interface StandardMessage {
  /** The header `webhook-id`. */
  readonly id: string;
  /** The header `webhook-timestamp`, in seconds since 1970. */
  readonly timestamp: number;
  /** The exact body of the request. */
  readonly body: string | Uint8Array;
}

/**
 * Signs a message according to Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`. The key is the
 * base64 part of the secret, decoded. Returns one entry of the header `webhook-signature`.
 *
 * @throws TypeError if the secret is not `whsec_` followed by base64
 * @example
 * const message = { id: 'evt_1', timestamp: 1775835000, body: '{}' };
 * await signStandard('whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c', message);
 * // 'v1,<base64>'
 */
export async function signStandard(secret: string, message: StandardMessage): Promise<string> {
  const key = toKeyBytes(secret, 'whsec_');
  if (key === undefined) throw new TypeError('the secret is not whsec_ followed by base64');
  return `v1,${toBase64(await hmacSha256(key, signedContent(message)))}`;
}

/**
 * Signs a body according to AuthForge's contract: HMAC-SHA256 over the raw body. The key is the whole secret
 * as text, `whsec_` included. Returns the value of the header `X-AuthForge-Signature`.
 *
 * @example
 * await signAuthforge('whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c', '{}'); // 'sha256=<hex>'
 */
export async function signAuthforge(secret: string, body: string | Uint8Array): Promise<string> {
  return `sha256=${toHex(await hmacSha256(toBytes(secret), toBytes(body)))}`;
}

/**
 * Returns the bytes that a signature of the profile `standard` covers: `id.timestamp.body`.
 *
 * @example
 * signedContent({ id: 'evt_1', timestamp: 1775835000, body: '{}' }); // the bytes of 'evt_1.1775835000.{}'
 */
export function signedContent(message: StandardMessage): Uint8Array<ArrayBuffer> {
  const head = toBytes(`${message.id}.${message.timestamp}.`);
  const body = toBytes(message.body);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}

/**
 * Returns the key bytes of a Standard Webhooks secret or public key, or undefined if it is not base64. The
 * prefix is optional, as the specification allows. White space makes it invalid although `atob` would skip
 * it, because in the profile `authforge` the same text would be a different key.
 *
 * @example
 * toKeyBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_')?.length; // 24
 */
export function toKeyBytes(secret: string, prefix: 'whsec_' | 'whpk_'): Uint8Array<ArrayBuffer> | undefined {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  return fromBase64(text);
}

/**
 * Whether two texts are equal. The running time depends only on their lengths.
 *
 * @example
 * equalInConstantTime('sha256=ab', 'sha256=ac'); // false
 */
export function equalInConstantTime(a: string, b: string): boolean {
  // The length of a signature is public. `equalSecrets` hides the length of a secret by hashing both sides.
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/**
 * Whether two secrets are equal. The running time reveals nothing about them, not even their lengths.
 *
 * @example
 * await equalSecrets(request.headers.get('x-webhook-secret') ?? '', secret);
 */
export async function equalSecrets(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all(
    [a, b].map((text) => crypto.subtle.digest('SHA-256', toBytes(text))),
  );
  return left !== undefined && right !== undefined && equalInConstantTime(toHex(left), toHex(right));
}

/**
 * Returns the UTF-8 bytes of a text, or a copy of the given bytes.
 *
 * @example
 * toBytes('é').length; // 2
 */
export function toBytes(text: string | Uint8Array): Uint8Array<ArrayBuffer> {
  // A copy: WebCrypto's types reject views of a SharedArrayBuffer, and a Uint8Array may be one.
  return typeof text === 'string' ? new TextEncoder().encode(text) : new Uint8Array(text);
}

/**
 * Decodes standard base64, padded or not. Returns undefined if the text is not base64.
 *
 * @example
 * fromBase64('AQI=')?.length; // 2
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // no base64 text has this length
  }
}

async function hmacSha256(
  key: Uint8Array<ArrayBuffer>,
  content: Uint8Array<ArrayBuffer>,
): Promise<ArrayBuffer> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return crypto.subtle.sign('HMAC', imported, content);
}

function toBase64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
