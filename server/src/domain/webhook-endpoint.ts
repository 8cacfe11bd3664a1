import type { SecretBox } from './ports/secret-box.ts';
import type { SealedText, Webhook } from './webhook.ts';

/* The URL and the custom headers of a webhook, which are stored sealed. */

export type CustomHeaders = Readonly<Record<string, string>>;

/** Decrypts the URL of a webhook. Throws like `SecretBox.decrypt`. */
export function openUrl(
  secretBox: Pick<SecretBox, 'decrypt'>,
  { id, url }: Pick<Webhook, 'id' | 'url'>,
): string {
  return secretBox.decrypt(url, { webhookId: id, field: 'url' });
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
