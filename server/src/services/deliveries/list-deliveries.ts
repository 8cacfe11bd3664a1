import type { DeliveryFilter, DeliveryReason, DeliveryView, Page } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { statusOfReason } from '../../domain/delivery-match.ts';
import type { DeliveryStore, StoredDeliveryFilter } from '../../domain/ports/delivery-store.ts';
import type { PageRequest, Visibility } from '../../domain/ports/page-request.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { readUrl, type DeliveryViews } from './delivery-view.ts';

export interface ListDeliveriesDeps {
  readonly deliveries: Pick<DeliveryStore, 'list'>;
  readonly webhooks: Pick<WebhookStore, 'listVisible'>;
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
  readonly access: AccessControl;
  readonly views: DeliveryViews;
}

/** Reads of the store for one page. Each examines a bounded number of deliveries. */
const maxReads = 5;
/** Deliveries read at once for a condition that the store does not know. */
const readAhead = 200;
/** Webhooks that are examined before the deliveries are read. With more, those of each page are. */
const maxExaminedWebhooks = 1_000;

const noPage: Page<never> = { items: [], nextCursor: null };

/** The part of a filter that the store answers, and the rest. */
interface Selection {
  readonly stored: StoredDeliveryFilter;
  /** Undefined: any webhook. */
  readonly isWebhook: ((webhook: Webhook) => boolean) | undefined;
  /** Compared with the reason that callers see. Undefined: the store compares it. */
  readonly reason: DeliveryReason | undefined;
}

/** Lists deliveries, newest first, of the apps that the caller may see. */
export function createListDeliveries(deps: ListDeliveriesDeps) {
  const { deliveries, access, views } = deps;
  return async function listDeliveries(
    actor: Actor,
    filter: DeliveryFilter,
    { cursor, limit }: PageRequest,
  ): Promise<Page<DeliveryView>> {
    const visibility = await access.narrow(actor, filter.appId, 'deliveries:read');
    if (filter.host !== undefined) access.requireScope(actor, 'webhooks:read');
    const selection = await selectWebhooks(deps, toSelection(deps, filter, visibility));
    if (selection === undefined) return noPage;
    const isExact = selection.isWebhook === undefined && selection.reason === undefined;
    const found: DeliveryView[] = [];
    let next: string | null | undefined = cursor;
    for (let reads = 0; reads < maxReads && found.length < limit && next !== null; reads++) {
      const wanted = isExact ? limit - found.length : Math.max(limit, readAhead);
      const page: Page<Delivery> = await deliveries.list(selection.stored, { cursor: next, limit: wanted });
      const known = await views.readWebhooks(actor, page.items);
      const matching = page.items.filter(({ webhookId }) => {
        const webhook = known.get(webhookId);
        return selection.isWebhook === undefined || (webhook !== undefined && selection.isWebhook(webhook));
      });
      const seen = views.toViews(actor, matching, known);
      const { reason } = selection;
      found.push(...(reason === undefined ? seen : seen.filter((view) => view.reason === reason)));
      next = page.nextCursor;
    }
    const items = found.slice(0, limit);
    return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : (next ?? null) };
  };
}

/** Undefined: no delivery can match. */
function toSelection(
  { secretBox }: ListDeliveriesDeps,
  { host, reason, event, ...filter }: DeliveryFilter,
  visibility: Visibility,
): Selection | undefined {
  const stored = { ...filter, event: event === '*' ? undefined : event, ...visibility };
  const isDisabled = reason === 'webhook_disabled';
  const wanted = host?.toLowerCase();
  const isWebhook = (webhook: Webhook) =>
    (wanted === undefined || hasHost(readUrl(secretBox, webhook), wanted)) &&
    (!isDisabled || !webhook.enabled);
  const byWebhook = wanted === undefined && !isDisabled ? undefined : isWebhook;
  if (reason === undefined) return { stored, isWebhook: byWebhook, reason };
  const status = statusOfReason[reason];
  if (filter.status !== undefined && filter.status !== status) return undefined;
  if (status !== 'pending') {
    return { stored: { ...stored, status, reasons: [reason] }, isWebhook: byWebhook, reason: undefined };
  }
  // Those with the reason `webhook_disabled` have another one when their webhook is enabled again.
  const reasons = isDisabled ? undefined : [reason, 'webhook_disabled' as const];
  return { stored: { ...stored, status, reasons }, isWebhook: byWebhook, reason };
}

/**
 * Names the webhooks to the store, if they are few enough to find. Undefined: no webhook matches, and so no
 * delivery.
 */
async function selectWebhooks(
  { webhooks }: ListDeliveriesDeps,
  selection: Selection | undefined,
): Promise<Selection | undefined> {
  if (selection?.isWebhook === undefined) return selection;
  const { stored, isWebhook } = selection;
  if (stored.webhookId !== undefined || stored.eventId !== undefined) return selection;
  const some = await webhooks.listVisible(
    { ...stored, excludedAppIds: stored.excludedAppIds ?? [] },
    maxExaminedWebhooks + 1,
  );
  if (some.length > maxExaminedWebhooks) return selection;
  const webhookIds = some.filter(isWebhook).map(({ id }) => id);
  return webhookIds.length === 0 ? undefined : { ...selection, stored: { ...stored, webhookIds } };
}

/** @param wanted - with or without a port, in lower case */
function hasHost(url: string | undefined, wanted: string): boolean {
  if (url === undefined || !URL.canParse(url)) return false;
  const { host, hostname } = new URL(url);
  return host === wanted || hostname === wanted;
}
