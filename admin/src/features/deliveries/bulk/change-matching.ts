import type { ChangedDeliveries, DeliveryView, SkippedReason } from '@tocsin/shared';

/** The most deliveries that are collected, so that the list fits in the memory of a page. */
export const maxCollected = 5_000;
/** Items of one call. The server takes no more. */
const batchSize = 200;

export type CollectedDelivery = Pick<DeliveryView, 'id' | 'webhookId' | 'status' | 'endpoint'>;

export interface Collected {
  readonly deliveries: readonly CollectedDelivery[];
  /** Whether more match than were collected. */
  readonly hasMore: boolean;
}

interface ListedPage {
  readonly items: readonly DeliveryView[];
  readonly nextCursor: string | null;
}

/** Reads the newest deliveries that match, page by page. */
export async function collectMatching(
  list: (page: { readonly cursor: string | undefined; readonly limit: number }) => Promise<ListedPage>,
  onProgress: (count: number) => void,
): Promise<Collected> {
  const deliveries: CollectedDelivery[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(batchSize, maxCollected - deliveries.length);
    const page = await list({ cursor, limit });
    for (const { id, webhookId, status, endpoint } of page.items) {
      deliveries.push({ id, webhookId, status, endpoint });
    }
    onProgress(deliveries.length);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && deliveries.length < maxCollected);
  return { deliveries, hasMore: cursor !== undefined };
}

/** What became of deliveries until now. */
export interface BatchProgress {
  /** Number of deliveries that a call has answered. */
  readonly done: number;
  readonly changed: number;
  readonly skipped: ReadonlyMap<SkippedReason, number>;
}

export const noProgress: BatchProgress = { done: 0, changed: 0, skipped: new Map() };

/**
 * Changes deliveries in batches, one after another, from `progress.done` on.
 *
 * @param onProgress - called after each batch. Returns false to stop.
 */
export async function changeInBatches(
  ids: readonly string[],
  change: (batch: readonly string[]) => Promise<ChangedDeliveries>,
  progress: BatchProgress,
  onProgress: (progress: BatchProgress) => boolean,
): Promise<void> {
  let { done, changed } = progress;
  const skipped = new Map(progress.skipped);
  while (done < ids.length) {
    const batch = ids.slice(done, done + batchSize);
    const result = await change(batch);
    done += batch.length;
    changed += result.changed;
    for (const { skipped: reason } of result.results) {
      if (reason !== null) skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
    }
    if (!onProgress({ done, changed, skipped: new Map(skipped) })) return;
  }
}
