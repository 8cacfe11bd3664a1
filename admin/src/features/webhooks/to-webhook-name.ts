import type { WebhookView } from '@tocsin/shared';

/** What a webhook is called: its description, or the host of its URL. */
export function toWebhookName({ description, url }: Pick<WebhookView, 'description' | 'url'>): string {
  if (description !== null && description !== '') return description;
  return URL.canParse(url) ? new URL(url).host : url;
}
