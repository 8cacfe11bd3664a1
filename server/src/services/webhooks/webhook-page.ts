import type { ListWebhooksInput, Page, WebhookView } from '@tocsin/shared';

/**
 * Returns the page of an app's webhooks that begins after the cursor. The webhooks are the oldest first. The
 * cursor holds the position instead of an id alone, so that it stays valid when its webhook is deleted.
 */
export function toWebhookPage(
  webhooks: readonly WebhookView[],
  { cursor, limit = webhooks.length }: Pick<ListWebhooksInput, 'cursor' | 'limit'>,
): Page<WebhookView> {
  const rest =
    cursor === undefined || cursor === null
      ? webhooks
      : webhooks.filter((webhook) => toCursor(webhook) > cursor);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const hasMore = items.length < rest.length;
  return { items, nextCursor: last !== undefined && hasMore ? toCursor(last) : null };
}

function toCursor({ createdAt, id }: WebhookView): string {
  return `${createdAt}_${id}`;
}
