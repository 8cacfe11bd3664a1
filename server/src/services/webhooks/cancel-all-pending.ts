import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import { inBatches } from '../common/in-batches.ts';

/** Cancels all waiting deliveries of a webhook that was deleted. Repeatable: a crash leaves the rest for later. */
export async function cancelAllPending(
  deliveries: Pick<DeliveryStore, 'cancelPending'>,
  webhookId: string,
  at: number,
): Promise<void> {
  await inBatches((limit) => deliveries.cancelPending(webhookId, 'webhook_deleted', at, limit));
}
