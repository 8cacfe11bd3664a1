import type { Delivery } from '../../../../src/domain/delivery.ts';

/** By id. */
export type DeliveryOutcomes = ReadonlyMap<
  string,
  Pick<Delivery, 'id' | 'webhookId' | 'status' | 'finishedAt'>
>;

/** Returns when the newest delivered delivery of each webhook ended, epoch ms. Webhooks without one are missing. */
export function findLastSuccesses(
  deliveries: DeliveryOutcomes,
  webhookIds: readonly string[],
): Map<string, number> {
  const wanted = new Set(webhookIds);
  const newestIds = new Map<string, string>();
  const found = new Map<string, number>();
  for (const { id, webhookId, status, finishedAt } of deliveries.values()) {
    if (status !== 'delivered' || !wanted.has(webhookId) || id < (newestIds.get(webhookId) ?? '')) continue;
    newestIds.set(webhookId, id);
    found.set(webhookId, finishedAt ?? 0);
  }
  return found;
}
