/**
 * Signing and comparing over WebCrypto alone, so that the same lines run in Node, Deno, Bun, browsers' workers and
 * edge runtimes. What is signed, and with which key, is in docs/receivers.md; shared/vectors holds the proof.
 */

/** A message of the profile `standard`, as it is signed. */
export interface StandardMessage {
  /** The header `webhook-id`. */
  readonly id: string;
  /** The header `webhook-timestamp`: seconds since 1970. */
  readonly timestamp: number;
  /** The request's body, byte for byte. */
  readonly body: string | Uint8Array;
}

/**
 * Signs a message as Standard Webhooks 1.0 asks: HMAC-SHA256 over `id.timestamp.body`, keyed by the bytes that the
 * base64 after `whsec_` stands for. Answers one entry of the header `webhook-signature`.
 *
 * @throws TypeError when the secret is not `whsec_` and base64.
 * @example
 * await signStandard('whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c', { id: 'evt_1', timestamp: 1775835000, body: '{}' });
 * // 'v1,<base64>'
 */
export async function signStandard(secret: string, message: StandardMessage): Promise<string> {
  const key = toKeyBytes(secret, 'whsec_');
  if (key === undefined) throw new TypeError('the secret is not whsec_ followed by base64');
  return `v1,${toBase64(await hmacSha256(key, signedContent(message)))}`;
}

/**
 * Signs a body as AuthForge asks: HMAC-SHA256 over the raw body, keyed by the characters of the whole secret,
 * `whsec_` included. Answers the header `X-AuthForge-Signature`.
 *
 * @example
 * await signAuthforge('whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c', '{}'); // 'sha256=<hex>'
 */
export async function signAuthforge(secret: string, body: string | Uint8Array): Promise<string> {
  return `sha256=${toHex(await hmacSha256(toBytes(secret), toBytes(body)))}`;
}

/**
 * The bytes that a message's signature covers in the profile `standard`: `id.timestamp.body`.
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
 * The key material of a Standard Webhooks secret or public key; undefined when the rest is not base64. The prefix may
 * be missing, as the specification allows. White space is refused although `atob` would skip it: the same text would
 * be another key in the profile `authforge`.
 *
 * @example
 * toKeyBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_')?.length; // 24
 */
export function toKeyBytes(secret: string, prefix: 'whsec_' | 'whpk_'): Uint8Array<ArrayBuffer> | undefined {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  return fromBase64(text);
}

/**
 * Whether two texts are equal, in a time that depends on their lengths only.
 *
 * @example
 * equalInConstantTime('sha256=ab', 'sha256=ac'); // false
 */
export function equalInConstantTime(a: string, b: string): boolean {
  // The length of a signature is no secret; that of a webhook secret is hidden by hashing both sides first.
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/**
 * Whether two secrets are equal, in a time that tells nothing of either, their lengths included.
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
 * The UTF-8 bytes of a text; bytes are passed through.
 *
 * @example
 * toBytes('é').length; // 2
 */
export function toBytes(text: string | Uint8Array): Uint8Array<ArrayBuffer> {
  // Copied when given as bytes: WebCrypto's types refuse a view of a SharedArrayBuffer, which a Uint8Array may be.
  return typeof text === 'string' ? new TextEncoder().encode(text) : new Uint8Array(text);
}

/**
 * The bytes behind standard base64, padded or not; undefined when it is not base64.
 *
 * @example
 * fromBase64('AQI=')?.length; // 2
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // a length that no base64 text has
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
