import { formatLeast } from '../../lib/incident-text.ts';
import { toHref } from '../../lib/url-state.ts';
import { ScopedLink } from '../scoped-link.tsx';
import type { Column } from '../ui/data-table.tsx';
import { WebhookName } from '../webhook-name.tsx';

interface WebhookWithBacklog {
  /** Null: the webhook was deleted. */
  readonly url: string | null;
  readonly description: string | null;
  readonly waiting: number;
  readonly waitingIsCapped: boolean;
}

/** The webhook of a row, and its deliveries that wait, with their list. */
export function createWebhookColumns<TItem extends WebhookWithBacklog>(
  getWebhookId: (item: TItem) => string,
): { readonly webhook: Column<TItem>; readonly waiting: Column<TItem> } {
  return {
    webhook: {
      header: 'Webhook',
      grow: true,
      cell: (item) =>
        item.url === null ? (
          <code className="font-mono text-[0.8rem]">{getWebhookId(item)}</code>
        ) : (
          <WebhookName url={item.url} description={item.description} />
        ),
    },
    waiting: {
      header: 'Waiting',
      align: 'right',
      visibleFrom: 'sm',
      onPhone: 'label',
      cell: (item) => (
        <ScopedLink
          scope="deliveries:read"
          href={toHref('/deliveries', { webhook: getWebhookId(item), status: 'pending' })}
          className="relative hover:underline"
        >
          {formatLeast(item.waiting, item.waitingIsCapped)}
        </ScopedLink>
      ),
    },
  };
}
