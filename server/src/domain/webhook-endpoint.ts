import type { SecretBox } from './ports/secret-box.ts';
import type { ClientCertificate, SealedText, Webhook } from './webhook.ts';

/* The URL, the custom headers and the client certificate of a webhook, which are stored sealed. */

export type CustomHeaders = Readonly<Record<string, string>>;

/** A certificate with its chain, and its private key, in PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** A validated client certificate before it is sealed. */
export interface OpenClientCertificate extends Omit<ClientCertificate, 'sealed'>, KeyPair {}

/** Decrypts the URL of a webhook. Throws like `SecretBox.decrypt`. */
export function openUrl(
  secretBox: Pick<SecretBox, 'decrypt'>,
  { id, url }: Pick<Webhook, 'id' | 'url'>,
): string {
  return secretBox.decrypt(url, { webhookId: id, field: 'url' });
}

/** Returns the host and port of a URL, as the search compares them. */
export function toUrlHost(url: string): string | null {
  return URL.canParse(url) ? new URL(url).host : null;
}

/** Decrypts the custom headers of a webhook. Throws like `SecretBox.decrypt`. */
export function openHeaders(
  secretBox: Pick<SecretBox, 'decrypt'>,
  { id, headers }: Pick<Webhook, 'id' | 'headers'>,
): CustomHeaders {
  // Authenticated: only `sealHeaders` writes such a text.
  return JSON.parse(secretBox.decrypt(headers, { webhookId: id, field: 'headers' })) as CustomHeaders;
}

export function sealUrl(secretBox: Pick<SecretBox, 'encrypt'>, webhookId: string, url: string): SealedText {
  return secretBox.encrypt(url, { webhookId, field: 'url' });
}

export function sealHeaders(
  secretBox: Pick<SecretBox, 'encrypt'>,
  webhookId: string,
  headers: CustomHeaders,
): SealedText {
  return secretBox.encrypt(JSON.stringify(headers), { webhookId, field: 'headers' });
}

/** Decrypts the client certificate of a webhook. Undefined if it has none. Throws like `SecretBox.decrypt`. */
export function openClientCertificate(
  secretBox: Pick<SecretBox, 'decrypt'>,
  { id, clientCertificate }: Pick<Webhook, 'id' | 'clientCertificate'>,
): KeyPair | undefined {
  if (clientCertificate === null) return undefined;
  const place = { webhookId: id, field: 'clientCertificate' } as const;
  // Authenticated: only `sealClientCertificate` writes such a text.
  return JSON.parse(secretBox.decrypt(clientCertificate.sealed, place)) as KeyPair;
}

export function sealClientCertificate(
  secretBox: Pick<SecretBox, 'encrypt'>,
  webhookId: string,
  { certificate, privateKey, ...shown }: OpenClientCertificate,
): ClientCertificate {
  const place = { webhookId, field: 'clientCertificate' } as const;
  return { sealed: secretBox.encrypt(JSON.stringify({ certificate, privateKey }), place), ...shown };
}
